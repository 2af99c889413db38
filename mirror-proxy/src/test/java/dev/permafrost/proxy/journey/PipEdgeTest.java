package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What pip does besides installing the newest of everything, and what it does when upstream is wrong. */
@Tag("journey")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PipEdgeTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final SimpleIndexTree tree = new SimpleIndexTree();
    private final IndexFile good = IndexFile.of(TinyWheel.of("firn", "1.0").padded(50_000, 1));
    private final IndexFile corrupt =
            IndexFile.of(TinyWheel.of("slush", "1.0").padded(200_000, 2)).withSha256("5".repeat(64));
    private final IndexFile broken =
            IndexFile.of(TinyWheel.of("crevasse", "1.0").padded(3_000_000, 3));

    @TempDir
    static Path folder = Path.of("");

    private @Nullable ScriptedUpstream upstream;
    private Product.@Nullable Served server;

    @BeforeAll
    void serve() throws Exception {
        assumeFalse(Pips.all().isEmpty(), "no pip here");
        tree.add(good)
                .add(corrupt)
                .add(broken)
                .add(TinyWheel.of("serac", "1.0"))
                .add(TinyWheel.of("serac", "2.0").requiresPython(">=99"))
                .add(TinyWheel.of("sastrugi", "1.0"))
                .add(IndexFile.of(TinyWheel.of("sastrugi", "1.1")).yankedFor("drifts"))
                .add(TinyWheel.of("lazy", "1.0").padded(2_000_000, 4).requires("firn"))
                .add(TinyWheel.of("lazier", "1.0").padded(2_000_000, 5).requires("lazy"));
        ScriptedUpstream started = ScriptedUpstream.start();
        upstream = started;
        tree.serve(started);
        // Neither ranges nor a validator, so that it can't be gone on with.
        started.on(broken.path()).onRequest(request -> Answer.ok(broken.bytes()).closeAfter(1_000_000));
        server = Product.in(folder).connected(data(), started.url("/simple/"));
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
        if (upstream != null) {
            upstream.close();
        }
    }

    @Test
    void hashCheckingModeAcceptsTheRightHashAndNoOther() throws Exception {
        for (Pips.Pip pip : oldestAndNewest()) {
            install(pip, "-r", requirements("firn==1.0 --hash=sha256:" + good.sha256()), "--require-hashes")
                    .orFail();
            Subprocess.Result wrong =
                    install(pip, "-r", requirements("firn==1.0 --hash=sha256:" + "0".repeat(64)), "--require-hashes");
            assertThat(wrong.exit()).isEqualTo(1);
            assertThat(wrong.err()).contains("DO NOT MATCH THE HASHES");
        }
    }

    @Test
    void downloadGetsTheVeryBytes() throws Exception {
        for (Pips.Pip pip : oldestAndNewest()) {
            Path into = Files.createTempDirectory(folder, "download");
            pip.target(into).download(index(), into, TIMEOUT, "firn").orFail();
            assertThat(into.resolve(good.filename())).hasBinaryContent(good.bytes());
        }
    }

    @Test
    void indexVersionsListsThem() {
        List<Pips.Pip> able =
                Pips.all().stream().filter(pip -> major(pip) >= 22).toList();
        assumeFalse(able.isEmpty(), "no pip here that has 'pip index versions'");
        for (Pips.Pip pip : able) {
            Subprocess.Result versions = pip.target(folder)
                    .pip(TIMEOUT, "index", "versions", "--no-cache-dir", "--index-url", index(), "serac")
                    .orFail();
            assertThat(versions.out()).contains("Available versions: 1.0\n");
        }
    }

    @Test
    void aVersionForAnotherPythonIsPassedOver() throws Exception {
        for (Pips.Pip pip : oldestAndNewest()) {
            assertThat(install(pip, "serac").orFail().out()).contains("Successfully installed serac-1.0");
        }
    }

    @Test
    void aYankedVersionIsAvoidedUnlessItIsPinned() throws Exception {
        Pips.Pip pip = Pips.newest().orElseThrow();
        assertThat(install(pip, "sastrugi").orFail().out()).contains("Successfully installed sastrugi-1.0");
        Subprocess.Result pinned = install(pip, "sastrugi==1.1").orFail();
        assertThat(pinned.out()).contains("Successfully installed sastrugi-1.1");
        assertThat(pinned.err()).contains("yanked version", "drifts");
    }

    @Test
    void fastDepsReadsColdAndHeldWheelsByRanges() throws Exception {
        List<Pips.Pip> able =
                Pips.all().stream().filter(pip -> major(pip) >= 21).toList();
        assumeFalse(able.isEmpty(), "no pip here that has fast-deps");
        for (Pips.Pip pip : able) {
            Subprocess.Result installed =
                    install(pip, "lazier", "--use-feature=fast-deps").orFail();
            assertThat(installed.out() + installed.err())
                    // by ranges, or, once the wheel is held, from the sidecar that was made of it
                    .containsAnyOf(
                            "Obtaining dependency information from lazier",
                            "Obtaining dependency information for lazier",
                            "lazier-1.0-py2.py3-none-any.whl.metadata")
                    .contains("Successfully installed")
                    .doesNotContain("does not support range requests");
        }
        IndexFile lazier = tree.file("lazier-1.0-py2.py3-none-any.whl");
        assertThat(Folders.blobs(data())).contains(lazier.sha256());
        assertThat(Objects.requireNonNull(upstream).count(lazier.path())).isEqualTo(1);
    }

    @Test
    void noPipInstallsAFileThatIsNotWhatTheIndexPromises() throws Exception {
        refusedByEveryPip(corrupt, "slush");
    }

    @Test
    void noPipInstallsAFileThatUpstreamCutsShort() throws Exception {
        refusedByEveryPip(broken, "crevasse");
    }

    /** The oldest would take a clean end in the middle of a body for its end. */
    private void refusedByEveryPip(IndexFile file, String project) throws Exception {
        assumeTrue(major(oldestAndNewest().get(0)) < 24, "no old pip here");
        for (Pips.Pip pip : oldestAndNewest()) {
            Path target = Files.createTempDirectory(folder, "target");
            Subprocess.Result result = pip.target(target).install(index(), TIMEOUT, "--retries=1", project);
            assertThat(result.exit()).as("%s", result).isPositive();
            assertThat(target.resolve(project)).doesNotExist();
        }
        assertThat(Folders.blobs(data()))
                .doesNotContain(file.sha256(), Folders.sha256(Files.write(folder.resolve("bytes"), file.bytes())));
        assertThat(Product.in(folder)
                        .status(data())
                        .path("verified")
                        .path("none")
                        .longValue())
                .isZero();
    }

    private Subprocess.Result install(Pips.Pip pip, String... packagesAndOptions) throws Exception {
        return pip.target(Files.createTempDirectory(folder, "target")).install(index(), TIMEOUT, packagesAndOptions);
    }

    private String requirements(String line) throws Exception {
        return Files.writeString(Files.createTempFile(folder, "requirements", ".txt"), line + "\n")
                .toString();
    }

    private String index() {
        return Objects.requireNonNull(server).index();
    }

    private Path data() {
        return folder.resolve("data");
    }

    private static List<Pips.Pip> oldestAndNewest() {
        List<Pips.Pip> both = new ArrayList<>();
        Pips.oldest().ifPresent(both::add);
        Pips.newest().filter(pip -> !both.contains(pip)).ifPresent(both::add);
        return both;
    }

    private static int major(Pips.Pip pip) {
        return Integer.parseInt(pip.pipVersion().split("\\.", -1)[0]);
    }
}
