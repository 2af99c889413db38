package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinySdist;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A metadata sidecar that a page tells of can be had, and is the wheel's own (PEP 658, PEP 714). */
class SidecarsAreTrueTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String JSON = "Accept: " + SimpleIndexTree.JSON;
    private static final TinyWheel WHEEL = TinyWheel.of("demo", "1.0").requires("other");
    private static final IndexFile BARE = IndexFile.of(WHEEL);
    private static final IndexFile WITH = BARE.withMetadata(WHEEL.metadata());
    private static final IndexFile OTHER = IndexFile.of(TinyWheel.of("other", "1.0"));
    private static final String SIDECAR = BARE.path() + ".metadata";

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void upstreamsIsToldOfFetchedOnceAndKept() {
        new SimpleIndexTree().add(WITH).serve(upstream);
        try (RunningMirror mirror = live()) {
            assertTold(mirror, WHEEL.metadata());
            for (int i = 0; i < 2; i++) {
                RawHttp.Response answer = mirror.get(SIDECAR);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body().text()).isEqualTo(new String(WHEEL.metadata(), UTF_8));
            }
            assertThat(upstream.requests(SIDECAR)).hasSize(1);
            assertThat(upstream.requests(BARE.path())).isEmpty();
        }
        try (RunningMirror offline = offline()) {
            // a sidecar alone makes no file that could be installed
            assertThat(offline.get("/simple/demo/").status()).isEqualTo(404);
            assertThat(offline.get("/simple/").body().text()).doesNotContain("demo");
        }
    }

    @Test
    void ofAWheelThatIsKeptThereIsOneWithoutUpstreamsHelp() {
        new SimpleIndexTree().add(BARE).serve(upstream);
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get(BARE.path()).status()).isEqualTo(200);
            Eventually.is(SOON, "its sidecar", () -> mirror.get(SIDECAR).status() == 200);
            assertTold(mirror, WHEEL.metadata());
            assertThat(upstream.requests(SIDECAR)).isEmpty();
        }
        try (RunningMirror offline = offline()) {
            assertTold(offline, WHEEL.metadata());
            assertThat(offline.get(SIDECAR).body().text()).isEqualTo(new String(WHEEL.metadata(), UTF_8));
        }
    }

    @Test
    void anotherThanUpstreamPromisesIsNotMade() {
        byte[] promised = "Metadata-Version: 2.1\nName: demo\nVersion: 9\n".getBytes(UTF_8);
        new SimpleIndexTree().add(BARE.withMetadata(promised)).serve(upstream);
        try (RunningMirror mirror = live()) {
            assertTold(mirror, promised);
            assertThat(mirror.get(SIDECAR).body().bytes()).isEqualTo(promised);
            assertThat(mirror.get(BARE.path()).status()).isEqualTo(200);
            assertNotTold(mirror);
        }
        try (RunningMirror offline = offline()) {
            assertThat(offline.get("/simple/demo/").body().text())
                    .contains(BARE.filename())
                    .doesNotContain("metadata");
            assertThat(offline.get(SIDECAR).status()).isEqualTo(404);
        }
    }

    @Test
    void oneThatUpstreamPromisesAndDoesNotHaveIsNotToldOfAgain() {
        new SimpleIndexTree().add(WITH).serve(upstream);
        upstream.on(SIDECAR).reply(404);
        try (RunningMirror mirror = live()) {
            assertTold(mirror, WHEEL.metadata());
            assertThat(mirror.get(SIDECAR).status()).isEqualTo(404);
            Eventually.is(
                    SOON,
                    "not told",
                    () -> !mirror.get("/simple/demo/").body().text().contains("metadata"));
            assertNotTold(mirror);
            // the wheel has it
            assertThat(mirror.get(BARE.path()).status()).isEqualTo(200);
            assertTold(mirror, WHEEL.metadata());
            assertThat(mirror.get(SIDECAR).body().bytes()).isEqualTo(WHEEL.metadata());
        }
    }

    @Test
    void wrongBytesReachNobody() {
        new SimpleIndexTree().add(WITH).serve(upstream);
        byte[] wrong = WHEEL.metadata();
        wrong[wrong.length - 2] ^= 1;
        upstream.on(SIDECAR).reply(Answer.ok(wrong));
        try (RunningMirror mirror = live()) {
            RawHttp.Body got = mirror.get(SIDECAR).body();
            assertThat(got.complete()).isFalse();
            assertThat(got.ending()).isEqualTo(RawHttp.Ending.RST);
            assertThat(mirror.blobs()).isZero();
        }
    }

    @Test
    void whatOnlyHasNoDigestIsNotToldOf() {
        new SimpleIndexTree().add(WITH).serve(upstream);
        upstream.on("/simple/demo/")
                .reply(
                        "text/html",
                        "<a href=\"../.." + BARE.path() + "#sha256=" + BARE.sha256() + "\" data-core-metadata=\"true\">"
                                + BARE.filename() + "</a>");
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get("/simple/demo/").body().text()).doesNotContain("metadata");
            assertThat(mirror.get(SIDECAR).status()).isEqualTo(404);
            assertThat(upstream.requests(SIDECAR)).isEmpty();
        }
    }

    @Test
    void aWheelThatIsNoneGetsNone() {
        IndexFile broken = IndexFile.of("demo", BARE.filename(), "1.0", new byte[1000]);
        new SimpleIndexTree().add(broken).add(OTHER).serve(upstream);
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get(broken.path()).status()).isEqualTo(200);
            // the one that is whole is made after it, by the same road
            assertThat(mirror.get(OTHER.path()).status()).isEqualTo(200);
            Eventually.is(
                    SOON,
                    "the other's",
                    () -> mirror.get(OTHER.path() + ".metadata").status() == 200);
            assertThat(mirror.get(broken.path() + ".metadata").status()).isEqualTo(404);
        }
    }

    /** PEP 643: of one that says that its wheels will say the same. */
    @Test
    void ofASourceDistributionThatHoldsForItsWheelsThereIsOneToo() {
        TinySdist fixed = TinySdist.of("demo", "1.0").field("Requires-Dist", "other");
        IndexFile sdist = IndexFile.of("demo", fixed.filename(), "1.0", fixed.bytes());
        new SimpleIndexTree().add(sdist).serve(upstream);
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get(sdist.path()).status()).isEqualTo(200);
            Eventually.is(
                    SOON,
                    "its sidecar",
                    () -> mirror.get(sdist.path() + ".metadata").status() == 200);
            assertTold(mirror, fixed.pkgInfo());
        }
        try (RunningMirror offline = offline()) {
            assertTold(offline, fixed.pkgInfo());
            assertThat(offline.get(sdist.path() + ".metadata").body().bytes()).isEqualTo(fixed.pkgInfo());
            assertThat(offline.get("/pypi/demo/json").body().text()).contains("\"requires_dist\":[\"other\"]");
        }
    }

    @Test
    void oneThatWasNotMadeBeforeAStopIsMadeWhenTheDistributionIsAskedFor() {
        TinySdist fixed = TinySdist.of("demo", "1.0").metadataVersion("2.2");
        TinySdist old = TinySdist.of("demo", "0.9").metadataVersion("1.2");
        IndexFile sdist = IndexFile.of("demo", fixed.filename(), "1.0", fixed.bytes());
        IndexFile other = IndexFile.of("demo", old.filename(), "0.9", old.bytes());
        new SimpleIndexTree().add(sdist).add(other).serve(upstream);
        ArtifactKey sidecar = new ArtifactKey("pypi", "demo/" + fixed.filename() + ".metadata");
        DocKey none = new DocKey("pypi", "no-sidecar", "demo/" + fixed.filename());
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get(sdist.path()).status()).isEqualTo(200);
            assertThat(mirror.get(other.path()).status()).isEqualTo(200);
            Eventually.is(
                    SOON,
                    "its sidecar",
                    () -> mirror.get(sdist.path() + ".metadata").status() == 200);
            Eventually.is(
                    SOON,
                    "that the other has none",
                    () -> mirror.store()
                            .view()
                            .catalog()
                            .docHead(new DocKey("pypi", "no-sidecar", "demo/" + old.filename()))
                            .isPresent());
            // as a stop between the two leaves it, and as if it had been looked at in vain
            mirror.store().amend(() -> new Amendment(Map.of(), Map.of(), Set.of(sidecar)));
            mirror.store().putDoc(none, List.of(sdist.sha256().getBytes(UTF_8)));
        }
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get(sdist.path()).status()).isEqualTo(200);
            assertThat(mirror.get(other.path()).status()).isEqualTo(200);
            assertThat(mirror.get(sdist.path() + ".metadata").status()).isEqualTo(404);
            mirror.store().putDoc(none, List.of());
        }
        try (RunningMirror mirror = live()) {
            assertThat(mirror.get(sdist.path() + ".metadata").status()).isEqualTo(404);
            assertThat(mirror.get(sdist.path()).status()).isEqualTo(200);
            Eventually.is(
                    SOON,
                    "its sidecar",
                    () -> mirror.get(sdist.path() + ".metadata").status() == 200);
            assertThat(mirror.get("/simple/demo/").body().text()).contains("data-core-metadata");
        }
    }

    @Test
    void ofOneThatMayChangeOrIsNotWhatItSaysThereIsNone() {
        List<TinySdist> none = List.of(
                TinySdist.of("demo", "1.0").field("Dynamic", "Requires-Dist"),
                TinySdist.of("demo", "1.1").metadataVersion("2.1"));
        List<IndexFile> files = new ArrayList<>();
        none.forEach(sdist -> files.add(IndexFile.of("demo", sdist.filename(), "1", sdist.bytes())));
        // the metadata of another version, of another project, and no archive at all
        files.add(IndexFile.of(
                "demo", "demo-1.2.tar.gz", "1.2", TinySdist.of("demo", "1.3").bytes()));
        files.add(IndexFile.of(
                "demo", "demo-1.4.tar.gz", "1.4", TinySdist.of("x", "1.4").bytes()));
        files.add(IndexFile.of("demo", "demo-1.5.tar.gz", "1.5", new byte[1000]));
        TinySdist last = TinySdist.of("demo", "2.0");
        files.add(IndexFile.of("demo", last.filename(), "2.0", last.bytes()));
        SimpleIndexTree tree = new SimpleIndexTree();
        files.forEach(tree::add);
        tree.serve(upstream);
        try (RunningMirror mirror = live()) {
            files.forEach(file -> assertThat(mirror.get(file.path()).status()).isEqualTo(200));
            // they are made in their order
            String lasts = files.get(files.size() - 1).path() + ".metadata";
            Eventually.is(SOON, "the last one's", () -> mirror.get(lasts).status() == 200);
            for (IndexFile file : files.subList(0, files.size() - 1)) {
                assertThat(mirror.get(file.path() + ".metadata").status())
                        .as(file.filename())
                        .isEqualTo(404);
            }
        }
    }

    @Test
    void realPipReadsThemConnectedAndOffline() {
        Optional<Pips.Pip> newest = Pips.newest();
        assumeTrue(newest.isPresent(), "no pip here");
        Pips.Pip pip = newest.get();
        new SimpleIndexTree().add(WITH).add(OTHER).serve(upstream);
        try (RunningMirror mirror = live()) {
            pip.target(folder.resolve("one"))
                    .install(index(mirror), Duration.ofMinutes(2), "demo", "--no-cache-dir")
                    .orFail();
            assertThat(upstream.requests(SIDECAR)).hasSize(1);
            Eventually.is(
                    SOON,
                    "the other's",
                    () -> mirror.get(OTHER.path() + ".metadata").status() == 200);
        }
        try (RunningMirror offline = offline()) {
            String log = pip.target(folder.resolve("two"))
                    .install(index(offline), Duration.ofMinutes(2), "demo", "--no-cache-dir", "-v")
                    .orFail()
                    .out();
            assertThat(log).contains(OTHER.filename() + ".metadata", "Successfully installed");
        }
    }

    private static String index(RunningMirror mirror) {
        return "http://127.0.0.1:" + mirror.port() + "/simple/";
    }

    private RunningMirror live() {
        return RunningMirror.in(folder.resolve("data")).from(upstream).start();
    }

    private RunningMirror offline() {
        return RunningMirror.in(folder.resolve("data")).offline().start();
    }

    private static void assertNotTold(RunningMirror mirror) {
        assertThat(mirror.get("/simple/demo/").body().text())
                .contains(BARE.filename())
                .doesNotContain("metadata");
        assertThat(mirror.get("/simple/demo/", JSON).body().text())
                .contains(BARE.filename())
                .doesNotContain("core-metadata");
        assertThat(mirror.get(SIDECAR).status()).isEqualTo(404);
    }

    private static void assertTold(RunningMirror mirror, byte[] metadata) {
        String sha256 = IndexFile.of("any", "any.zip", "1", metadata).sha256();
        assertThat(mirror.get("/simple/demo/").body().text())
                .contains("data-core-metadata=\"sha256=" + sha256, "data-dist-info-metadata=\"sha256=" + sha256);
        assertThat(mirror.get("/simple/demo/", JSON).body().text())
                .contains("\"core-metadata\":{\"sha256\":\"" + sha256 + "\"}")
                .doesNotContain("dist-info-metadata");
    }
}
