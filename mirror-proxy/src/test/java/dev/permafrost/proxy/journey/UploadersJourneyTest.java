package dev.permafrost.proxy.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real tools upload to a repository of ours, over HTTP and HTTPS, and every pip installs and finds what they sent. */
class UploadersJourneyTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private RunningMirror mirror;
    private String token = "";
    private Path root;

    @BeforeEach
    void start() throws Exception {
        Path tokens = folder.resolve("tokens");
        token = Tokens.issue(tokens, "ci");
        mirror = RunningMirror.in(folder.resolve("data"))
                .auth(new RepositoryAuth(null, tokens, Audience.ANYONE, Audience.of(Set.of("ci"))))
                .withTls()
                .start();
        root = Files.write(
                folder.resolve("ca.pem"), mirror.get("/-/ca.pem").body().bytes());
    }

    @AfterEach
    void stop() {
        mirror.close();
    }

    private static void has(String tool) {
        assumeTrue(Subprocess.onPath(tool).isPresent(), "no " + tool + " here");
    }

    private Path wheel(TinyWheel wheel) throws Exception {
        return Files.write(folder.resolve(wheel.filename()), wheel.bytes());
    }

    private Subprocess.Result twine(String url, Path... files) {
        List<String> command = new ArrayList<>(List.of("twine", "--no-color", "upload", "--non-interactive"));
        command.addAll(List.of("--cert", root.toString(), "--repository-url", url, "-u", "__token__", "-p", token));
        command.addAll(List.of("--disable-progress-bar", "--verbose"));
        for (Path file : files) {
            command.add(file.toString());
        }
        return Subprocess.command(command)
                .env("HOME", folder.toString())
                .env("PYTHONIOENCODING", "utf-8")
                // requests takes this before what twine is told, where a machine has it set
                .env("REQUESTS_CA_BUNDLE", root.toString())
                .run(TIMEOUT);
    }

    @Test
    void twineUploadsAndSkipsWhatIsThere() throws Exception {
        has("twine");
        Path first = wheel(TinyWheel.of("floe", "1.0").requires("berg"));
        Path second = wheel(TinyWheel.of("berg", "2.0"));
        twine("http://127.0.0.1:" + mirror.port() + "/", first).orFail();
        twine("https://localhost:" + mirror.tlsPort() + "/pypi/legacy/", second).orFail();
        // other bytes under the same name
        Path other = Files.write(
                Files.createDirectory(folder.resolve("other")).resolve(second.getFileName()),
                TinyWheel.of("berg", "2.0").padded(10, 1).bytes());
        String url = "http://127.0.0.1:" + mirror.port();
        Subprocess.Result refused = twine(url, other);
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.out() + refused.err()).contains("409", "File already exists");
        Subprocess.Result skipped = Subprocess.command(
                        "twine",
                        "upload",
                        "--skip-existing",
                        "--non-interactive",
                        "--repository-url",
                        url,
                        "-u",
                        "__token__",
                        "-p",
                        token,
                        other.toString())
                .env("HOME", folder.toString())
                .env("PYTHONIOENCODING", "utf-8")
                .run(TIMEOUT)
                .orFail();
        assertThat(skipped.out()).contains("Skipping");
        Pips.all().parallelStream().forEach(pip -> {
            String installed = pip.target(folder.resolve("t" + Integer.toHexString(System.identityHashCode(pip))))
                    .install(url + "/simple/", TIMEOUT, "floe")
                    .orFail()
                    .out();
            assertThat(installed).as("%s", pip).contains("floe-1.0", "berg-2.0");
        });
    }

    @Test
    void twineUploadsAWheelFarLargerThanAnyBuffer() throws Exception {
        has("twine");
        TinyWheel large = TinyWheel.of("shelf", "1.0").padded(40_000_000, 3);
        twine("https://localhost:" + mirror.tlsPort() + "/", wheel(large)).orFail();
        RawHttp.Response page = mirror.get("/simple/shelf/");
        assertThat(page.body().text()).contains(large.filename());
    }

    @Test
    void poetryPublishes() throws Exception {
        has("poetry");
        Path project = Files.createDirectory(folder.resolve("project"));
        Files.writeString(project.resolve("pyproject.toml"), """
                [tool.poetry]
                name = "serac"
                version = "1.0"
                description = "made up for a test"
                authors = []
                [tool.poetry.dependencies]
                python = ">=3.7"
                [build-system]
                requires = ["poetry-core"]
                build-backend = "poetry.core.masonry.api"
                """);
        Files.writeString(project.resolve("serac.py"), "x = 1\n");
        poetry(project, "publish", "--build", "--no-interaction", "-r", "ours").orFail();
        String page = mirror.get("/simple/serac/").body().text();
        assertThat(page).contains("serac-1.0-py3-none-any.whl", "serac-1.0.tar.gz");
    }

    private Subprocess.Result poetry(Path project, String... arguments) {
        List<String> command = new ArrayList<>(List.of("poetry"));
        command.addAll(List.of(arguments));
        return Subprocess.command(command)
                .in(project)
                .env("HOME", folder.toString())
                .env("POETRY_REPOSITORIES_OURS_URL", "http://127.0.0.1:" + mirror.port() + "/legacy/")
                .env("POETRY_HTTP_BASIC_OURS_USERNAME", "__token__")
                .env("POETRY_HTTP_BASIC_OURS_PASSWORD", token)
                .env("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
                .run(TIMEOUT);
    }

    @Test
    void pipSearchesWhereItStillCan() throws Exception {
        has("twine");
        twine("http://127.0.0.1:" + mirror.port() + "/", wheel(TinyWheel.of("moraine-tools", "1.4")))
                .orFail();
        for (String index : List.of("/pypi", "")) {
            Pips.all().parallelStream().forEach(pip -> {
                Subprocess.Result found = pip.target(folder.resolve("none"))
                        .pip(TIMEOUT, "search", "-i", "http://127.0.0.1:" + mirror.port() + index, "moraine");
                assertThat(found.out())
                        .as("%s at %s: %s", pip, index, found.err())
                        .contains("moraine-tools (1.4)", "made up for a test");
            });
        }
    }

    @Test
    void curlYanksAndDeletesByTheSameForm() throws Exception {
        has("twine");
        String url = "http://127.0.0.1:" + mirror.port() + "/";
        twine(url, wheel(TinyWheel.of("floe", "1.0")), wheel(TinyWheel.of("floe", "1.1")))
                .orFail();
        post(url, ":action=yank", "name=floe", "version=1.1", "reason=it melts").orFail();
        String page = new String(mirror.get("/simple/floe/").body().bytes(), UTF_8);
        assertThat(page).contains("data-yanked=\"it melts\"");
        post(url, ":action=unyank", "name=floe", "version=1.1").orFail();
        assertThat(mirror.get("/simple/floe/").body().text()).doesNotContain("data-yanked");
        post(url, ":action=remove_pkg", "name=floe", "version=1.1").orFail();
        assertThat(mirror.get("/simple/floe/").body().text())
                .contains("floe-1.0-")
                .doesNotContain("floe-1.1-");
        post(url, ":action=remove_pkg", "name=floe", "version=1.0").orFail();
        assertThat(mirror.get("/simple/floe/").status()).isEqualTo(404);
        assertThat(post(url, ":action=remove_pkg", "name=floe", "version=1.0").out())
                .contains("there is no floe");
    }

    private Subprocess.Result post(String url, String... fields) {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-u", "__token__:" + token, url));
        for (String field : fields) {
            command.addAll(List.of("-F", field));
        }
        return Subprocess.command(command).run(TIMEOUT);
    }
}
