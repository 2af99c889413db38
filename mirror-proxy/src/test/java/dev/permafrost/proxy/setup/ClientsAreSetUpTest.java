package dev.permafrost.proxy.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.config.ConfigLoader;
import dev.permafrost.proxy.config.KnownRpms;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.tls.CertificateAuthority;
import dev.permafrost.proxy.tls.CertificateFiles;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server gives out at {@code /-/setup/} is what clients read, and the samples that are delivered are the same. */
class ClientsAreSetUpTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Path SAMPLES = Path.of("..", "deploy", "clients");

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(TinyWheel.of("ice", "0.1")).serve(upstream);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void pipInstallsByWhatItWasGivenInTheClear() throws Exception {
        try (RunningMirror mirror = mirror().start()) {
            String conf = mirror.get("/-/setup/pip.conf").body().text();
            assertThat(conf)
                    .endsWith("[global]\nindex-url = http://127.0.0.1:" + mirror.port()
                            + "/simple/\ntrusted-host = 127.0.0.1\n");
            installs(Files.writeString(folder.resolve("pip.conf"), conf));
        }
    }

    @Test
    void pipInstallsByWhatItWasGivenUnderTls() throws Exception {
        try (RunningMirror mirror = mirror().withTls().start()) {
            installsOverTls(mirror);
        }
    }

    @Test
    void theRootOfCertificatesThatWereIssuedHereIsGivenOutToo() throws Exception {
        Path tls = folder.resolve("data/tls");
        CertificateAuthority authority = CertificateAuthority.init(tls, Set.of("localhost"), null);
        Path file = authority.issue(tls, List.of("localhost"), Duration.ofDays(30));
        try (RunningMirror mirror = mirror().withCertificates(new CertificateFiles(file, file, null))
                .start()) {
            installsOverTls(mirror);
        }
    }

    @Test
    void aRootThatVouchesForNothingHereIsNotAskedToBeTrusted() throws Exception {
        CertificateAuthority.init(folder.resolve("data/tls"), Set.of("localhost"), null);
        Path elsewhere = folder.resolve("elsewhere");
        CertificateAuthority other = CertificateAuthority.init(elsewhere, Set.of("localhost"), null);
        Path file = other.issue(elsewhere, List.of("localhost"), Duration.ofDays(30));
        try (RunningMirror mirror = mirror().withCertificates(new CertificateFiles(file, file, null))
                .start()) {
            assertThat(mirror.get("/-/ca.pem").status()).isEqualTo(200);
            assertThat(curl("-k", "https://localhost:" + mirror.tlsPort() + "/-/setup/pip.conf"))
                    .doesNotContain("cert = ");
        }
    }

    @Test
    void withoutARootThereIsNoneToFetch() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get("/-/ca.pem").status()).isEqualTo(404);
            assertThat(mirror.get("/-/setup/").body().text())
                    .contains("http://127.0.0.1:" + mirror.port() + "/-/setup/uv.toml\n")
                    .doesNotContain("ca.pem");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void theUrlIsTheOneByWhichTheClientCame(String version) {
        try (RunningMirror mirror =
                mirror().withTls().behind(List.of("127.0.0.1"), "").start()) {
            String direct = "https://localhost:" + mirror.tlsPort() + "/";
            assertThat(curl("-k", version, direct + "-/setup/uv.toml")).contains("url = \"" + direct + "simple/\"");
            assertThat(curl("-k", version, direct + "-/setup/"))
                    .contains(direct + "-/setup/pip.conf\n", direct + "-/setup/poetry.txt\n", direct + "-/ca.pem\n");
            assertThat(curl(
                            "-k",
                            version,
                            "-H",
                            "X-Forwarded-Host: pypi.local",
                            "-H",
                            "X-Forwarded-Proto: http",
                            "-H",
                            "X-Forwarded-Prefix: /a/mirror",
                            direct + "-/setup/pip.conf"))
                    .contains("index-url = http://pypi.local/a/mirror/simple/\ntrusted-host = pypi.local\n");
            assertThat(mirror.get("/-/setup/pip.conf", "Forwarded: host=\"pypi.local:8443\";proto=https")
                            .body()
                            .text())
                    .contains("index-url = https://pypi.local:8443/simple/\ncert = ");
        }
    }

    @Test
    void theConfiguredPrefixIsPartOfIt() {
        try (RunningMirror mirror =
                mirror().behind(List.of("127.0.0.1"), "/mirror").start()) {
            String url = "http://127.0.0.1:" + mirror.port() + "/mirror/simple/\n";
            assertThat(mirror.get("/mirror/-/setup/pip.conf").body().text()).contains(url);
            // taken off by the proxy, whether it says so or not
            assertThat(mirror.get("/-/setup/pip.conf").body().text()).contains(url);
            assertThat(mirror.get("/-/setup/pip.conf", "X-Forwarded-Prefix: /mirror")
                            .body()
                            .text())
                    .contains(url);
            assertThat(mirror.get("/mirror/-/setup/pip.conf", "X-Forwarded-Prefix: /mirror")
                            .body()
                            .text())
                    .contains(url);
            assertThat(mirror.get("/-/setup/pip.conf", "X-Forwarded-Prefix: /other")
                            .body()
                            .text())
                    .contains("/other/simple/\n");
        }
        try (RunningMirror mirror = mirror().behind(List.of(), "/mirror").start()) {
            assertThat(mirror.get("/-/setup/pip.conf").body().text())
                    .contains("http://127.0.0.1:" + mirror.port() + "/simple/\n");
        }
    }

    @Test
    void aHostThatCouldBeAnythingElseIsNotRepeated() {
        try (RunningMirror mirror = mirror().start()) {
            for (String host : List.of("a\"b", "a/b", "<x>", "u@h", "a b")) {
                try (RawHttp client = mirror.connect()) {
                    RawHttp.Response answer = client.send("GET /-/setup/uv.toml HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                            .read();
                    assertThat(answer.status()).as(host).isEqualTo(400);
                    assertThat(answer.body().text()).isEqualTo("malformed request\n");
                }
            }
            // of what may stand there, and is no host
            assertThat(mirror.connect()
                            .send("GET /-/setup/uv.toml HTTP/1.1\r\nHost: [a]~\r\n\r\n")
                            .read()
                            .body()
                            .text())
                    .contains("url = \"http://localhost/simple/\"");
        }
    }

    @Test
    void theSamplesAreWhatIsGivenOut() throws Exception {
        List<RpmSetup.Repository> rpms = KnownRpms.of(
                ConfigLoader.load(Path.of("..", "deploy", "config", "centos7.yaml"), List.of(), null, false));
        for (Client client : Client.values()) {
            String sample = client == Client.POETRY ? "pyproject.toml" : client.file();
            assertThat(Files.readString(SAMPLES.resolve(sample)))
                    .as(sample)
                    .isEqualTo(client.text("https://pypi.local/", true, rpms));
        }
    }

    @Test
    void pythonReadsTheTomlAsItIsMeant() throws Exception {
        assumeTrue(
                Subprocess.onPath("python3").isPresent()
                        && Subprocess.command("python3", "-c", "import tomllib")
                                        .run(TIMEOUT)
                                        .exit()
                                == 0,
                "no python3 with tomllib here");
        assertThat(toml(SAMPLES.resolve("uv.toml")))
                .isEqualTo(
                        "{'index': [{'name': 'permafrost', 'url': 'https://pypi.local/simple/', 'default': True}]}\n");
        assertThat(toml(SAMPLES.resolve("pyproject.toml")))
                .isEqualTo("{'tool': {'poetry': {'source': [{'name': 'permafrost', 'url': 'https://pypi.local/simple/',"
                        + " 'priority': 'primary'}]}}}\n");
    }

    @Test
    void pipReadsTheSampleAsItIsMeant() {
        assumeTrue(Pips.newest().isPresent(), "no pip here");
        Subprocess.Result result = Pips.newest()
                .orElseThrow()
                .target(folder.resolve("none"))
                .configuredBy(SAMPLES.resolve("pip.conf").toAbsolutePath())
                .pip(TIMEOUT, "config", "list")
                .orFail();
        assertThat(result.out())
                .contains("global.index-url='https://pypi.local/simple/'")
                .contains("global.cert='" + Client.ROOT_FILE + "'");
    }

    @Test
    void uvInstallsByWhatItWasGiven() throws Exception {
        assumeTrue(Subprocess.onPath("uv").isPresent(), "no uv here");
        try (RunningMirror mirror = mirror().withTls().start()) {
            Path toml = Files.writeString(
                    folder.resolve("uv.toml"),
                    curl("-k", "https://localhost:" + mirror.tlsPort() + "/-/setup/uv.toml"));
            Path target = folder.resolve("target");
            Subprocess.command(
                            "uv",
                            "pip",
                            "install",
                            "--no-cache",
                            "--config-file",
                            toml.toString(),
                            "--target",
                            target.toString(),
                            "ice")
                    .env("SSL_CERT_FILE", folder.resolve("data/tls/root.pem").toString())
                    .run(TIMEOUT)
                    .orFail();
            assertThat(target.resolve("ice/__init__.py")).exists();
        }
    }

    private RunningMirror.Builder mirror() {
        return RunningMirror.in(folder.resolve("data")).from(upstream);
    }

    private void installsOverTls(RunningMirror mirror) throws Exception {
        String base = "https://localhost:" + mirror.tlsPort() + "/";
        String conf = curl("-k", base + "-/setup/pip.conf");
        assertThat(conf).endsWith("index-url = " + base + "simple/\ncert = " + Client.ROOT_FILE + "\n");
        // as its comments say, but for the place of the root
        Path root = Files.writeString(folder.resolve("root.pem"), curl("-k", base + "-/ca.pem"));
        installs(Files.writeString(folder.resolve("pip.conf"), conf.replace(Client.ROOT_FILE, root.toString())));
    }

    private void installs(Path conf) {
        assumeTrue(Pips.newest().isPresent(), "no pip here");
        for (Pips.Pip pip : List.of(Pips.oldest().orElseThrow(), Pips.newest().orElseThrow())) {
            Path target = folder.resolve("target-" + pip.pipVersion());
            Pips.Environment environment = pip.target(target);
            environment
                    .configuredBy(conf)
                    .pip(TIMEOUT, "install", "--no-cache-dir", "--target", target.toString(), "ice")
                    .orFail();
            assertThat(environment
                            .python(TIMEOUT, "import ice; print(ice.__version__)")
                            .orFail()
                            .out())
                    .as(pip.toString())
                    .isEqualTo("0.1\n");
        }
    }

    private static String toml(Path file) {
        return Subprocess.command(
                        "python3",
                        "-c",
                        "import sys, tomllib; print(tomllib.load(open(sys.argv[1], 'rb')))",
                        file.toString())
                .run(TIMEOUT)
                .orFail()
                .out();
    }

    private static String curl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--fail"));
        command.addAll(List.of(arguments));
        return Subprocess.command(command).run(Duration.ofSeconds(30)).orFail().out();
    }
}
