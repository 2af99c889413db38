package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinySdist;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** poetry, and the newest pips that there are, do what people do with them, over HTTPS by our own authority. */
@Tag("journey")
class InstallersJourneyTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final Pattern POETRY_VERSION = Pattern.compile("(\\d+)\\.(\\d+)");

    private static final TinyWheel BERG = TinyWheel.of("berg", "2.0");
    private static final TinyWheel FLOE = TinyWheel.of("floe", "1.0").requires("berg>=1");
    private static final IndexFile BERG_FILE = IndexFile.of(BERG).withMetadata(BERG.metadata());
    private static final IndexFile FLOE_FILE = IndexFile.of(FLOE).withMetadata(FLOE.metadata());
    /** Without a sidecar of upstream's. */
    private static final IndexFile OLD_BERG = IndexFile.of(TinyWheel.of("berg", "1.0"));

    private static final IndexFile SOURCE = IndexFile.of(
            "floe", "floe-3.0.tar.gz", "3.0", TinySdist.of("floe", "3.0").bytes());

    @TempDir
    static Path folder;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private static Path root;
    private static int fresh;

    @BeforeAll
    static void start() throws IOException {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree()
                .add(BERG_FILE)
                .add(OLD_BERG)
                .add(FLOE_FILE)
                .add(SOURCE)
                .serve(upstream);
        mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .withTls()
                .start();
        root = Files.write(
                folder.resolve("ca.pem"), mirror.get("/-/ca.pem").body().bytes());
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    private static String url(String path) {
        return "https://localhost:" + mirror.tlsPort() + path;
    }

    private static synchronized Path fresh() {
        try {
            return Files.createDirectory(folder.resolve("fresh" + ++fresh));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Pips.Pip newestPip() {
        assumeTrue(Pips.newest().isPresent(), "no pip here");
        return Pips.newest().orElseThrow();
    }

    /** The newest pip of this machine, and the newest that an index on its disk has, where it is another; each in a fresh folder. */
    private static Map<String, Pips.Environment> pips() throws IOException {
        Map<String, Pips.Environment> all = new LinkedHashMap<>();
        Pips.Pip newest = newestPip();
        all.put(newest.pipVersion(), newest.target(fresh()));
        for (Path simple : RealIndex.configured()) {
            if (Files.isDirectory(simple.resolve("pip"))) {
                Path itself = fresh();
                newest.target(itself)
                        .install(simple.toUri().toString(), TIMEOUT, "--only-binary=:all:", "pip")
                        .orFail();
                Pips.Environment further = newest.target(fresh()).withPipIn(itself);
                String said = further.pip(TIMEOUT, "--version").orFail().out();
                all.put(said.split(" ", -1)[1], further);
            }
        }
        return all;
    }

    @Test
    void theNewestPipsDoTheirRealWork() throws IOException {
        Map<String, Pips.Environment> pips = pips();
        System.out.println("over HTTPS by pip " + String.join(", ", pips.keySet()));
        for (Map.Entry<String, Pips.Environment> one : pips.entrySet()) {
            String version = one.getKey();
            Pips.Environment pip = one.getValue();
            assertThat(install(pip, requirements(BERG_FILE.sha256()), "--require-hashes")
                            .orFail()
                            .out())
                    .as(version)
                    .contains("Successfully installed", "berg-2.0", "floe-1.0");
            Subprocess.Result wrong = install(pip, requirements(OLD_BERG.sha256()), "--require-hashes");
            assertThat(wrong.exit()).as(version).isEqualTo(1);
            assertThat(wrong.err()).contains("DO NOT MATCH THE HASHES");

            // the newest version is a source distribution
            assertThat(install(pip, "floe", "--only-binary", ":all:").orFail().out())
                    .as(version)
                    .contains("Successfully installed", "berg-2.0", "floe-1.0");

            Path into = fresh();
            pip.download(url("/simple/"), into, TIMEOUT, "--cert", root.toString(), "floe<3")
                    .orFail();
            assertThat(into.resolve(FLOE_FILE.filename())).hasBinaryContent(FLOE_FILE.bytes());
            assertThat(into.resolve(BERG_FILE.filename())).hasBinaryContent(BERG_FILE.bytes());

            assertThat(pip.pip(
                                    TIMEOUT,
                                    "index",
                                    "versions",
                                    "--no-cache-dir",
                                    "--cert",
                                    root.toString(),
                                    "--index-url",
                                    url("/simple/"),
                                    "berg")
                            .orFail()
                            .out())
                    .as(version)
                    .contains("Available versions: 2.0, 1.0");

            // as from pypiserver's list of files
            List<String> found = List.of("--no-index", "--find-links", url("/packages/"), "floe<3");
            assertThat(install(pip, found.toArray(String[]::new)).orFail().out())
                    .as(version)
                    .contains("Successfully installed", "berg-2.0", "floe-1.0");
            assertThat(install(pip, "--no-index", "--find-links", url("/packages/"), "nothing")
                            .exit())
                    .isEqualTo(1);
        }
    }

    @Test
    void withoutOurAuthorityNothingIsInstalled() {
        Subprocess.Result refused =
                newestPip().target(fresh()).install(url("/simple/"), TIMEOUT, "--retries=0", "berg");
        assertThat(refused.exit()).isPositive();
        assertThat(refused.out() + refused.err()).contains("CERTIFICATE_VERIFY_FAILED");
    }

    private static Subprocess.Result install(Pips.Environment pip, String... packagesAndOptions) {
        List<String> arguments = new ArrayList<>(List.of("--upgrade", "--cert", root.toString()));
        arguments.addAll(List.of(packagesAndOptions));
        return pip.install(url("/simple/"), TIMEOUT, arguments.toArray(String[]::new));
    }

    private static String requirements(String bergSha256) throws IOException {
        Path file = fresh().resolve("requirements.txt");
        Files.writeString(
                file,
                "floe==1.0 --hash=sha256:" + FLOE_FILE.sha256() + "\nberg==2.0 --hash=sha256:" + bergSha256 + "\n");
        return "--requirement=" + file;
    }

    /** It locks by our page, installs what it has locked by our files, and, the second time, by the lock file alone. */
    @Test
    void poetryLocksAndInstalls() throws IOException {
        assumeTrue(Subprocess.onPath("poetry").isPresent(), "no poetry here");
        Path first = fresh();
        Files.writeString(first.resolve("pyproject.toml"), """
                [tool.poetry]
                name = "camp"
                version = "0.1"
                description = "made up for a test"
                authors = []
                [tool.poetry.dependencies]
                python = ">=3.7"
                floe = "<3"
                [[tool.poetry.source]]
                name = "ours"
                url = "%s"
                %s
                [build-system]
                requires = ["poetry-core"]
                build-backend = "poetry.core.masonry.api"
                """.formatted(
                        url("/simple/"), isPoetryWithPriorities(first) ? "priority = \"primary\"" : "default = true"));
        poetryInstalls(first);
        assertThat(first.resolve("poetry.lock"))
                .content()
                .contains(FLOE_FILE.sha256(), BERG_FILE.sha256(), url("/simple"));
        Path second = fresh();
        for (String file : List.of("pyproject.toml", "poetry.lock")) {
            Files.copy(first.resolve(file), second.resolve(file));
        }
        poetryInstalls(second);
    }

    private static void poetryInstalls(Path project) {
        poetry(project, "install", "--no-root", "--no-interaction").orFail();
        Path python = project.resolve(".venv").resolve("bin").resolve("python");
        String versions = Subprocess.command(
                        python.toString(), "-c", "import berg, floe; print(berg.__version__, floe.__version__)")
                .withoutEnv(name -> name.startsWith("PYTHON"))
                .run(TIMEOUT)
                .orFail()
                .out();
        assertThat(versions.strip()).isEqualTo("2.0 1.0");
    }

    /** Since 1.5. */
    private static boolean isPoetryWithPriorities(Path project) {
        Matcher version =
                POETRY_VERSION.matcher(poetry(project, "--version").orFail().out());
        assertThat(version.find()).isTrue();
        int major = Integer.parseInt(version.group(1));
        return major > 1 || Integer.parseInt(version.group(2)) >= 5;
    }

    private static Subprocess.Result poetry(Path project, String... arguments) {
        List<String> command = new ArrayList<>(List.of("poetry"));
        command.addAll(List.of(arguments));
        return Subprocess.command(command)
                .in(project)
                .withoutEnv(name -> name.startsWith("PIP_") || name.startsWith("POETRY_") || name.startsWith("VIRTUAL"))
                .env("HOME", project.toString())
                .env("PIP_CONFIG_FILE", "/dev/null")
                .env("POETRY_CACHE_DIR", fresh().toString())
                .env("POETRY_VIRTUALENVS_IN_PROJECT", "true")
                .env("POETRY_CERTIFICATES_OURS_CERT", root.toString())
                // requests takes this before what poetry is told, where a machine has it set
                .env("REQUESTS_CA_BUNDLE", root.toString())
                .env("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
                .run(TIMEOUT);
    }
}
