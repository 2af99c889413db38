package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose word is taken for whom they speak for, seen from raw sockets and in the access log. */
class ProxiesAreBelievedIfTrustedTest {
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[1000]);
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void aTrustedProxySpeaksForItsClient() throws Exception {
        try (RunningMirror mirror = mirror(List.of("127.0.0.0/8"), "").start()) {
            assertThat(clientLogged(mirror, 1, "X-Forwarded-For: 1.1.1.1, 203.0.113.5"))
                    .isEqualTo("203.0.113.5");
            assertThat(clientLogged(mirror, 2, "Forwarded: for=\"[2001:db8::1]:4711\""))
                    .isEqualTo("2001:db8::1");
            assertThat(clientLogged(mirror, 3, "Forwarded: for=1.1.1.1", "X-Forwarded-For: 203.0.113.5"))
                    .isEqualTo("127.0.0.1");
            assertThat(clientLogged(mirror, 4, "X-Forwarded-For: 203.0.113.5\" evil"))
                    .isEqualTo("127.0.0.1");
            assertThat(clientLogged(mirror, 5)).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void nobodyElseDoes() throws Exception {
        try (RunningMirror mirror =
                mirror(List.of("10.0.0.0/8", "unix"), "").host("pypi.local").start()) {
            mirror.get("/-/health/live", "X-Forwarded-For: 203.0.113.5");
            mirror.get("/-/health/live", "Forwarded: for=203.0.113.5");
            // there, the first segment would be no repository's name
            assertThat(mirror.get("/pypi/simple/demo/", "X-Forwarded-Host: pypi.local")
                            .status())
                    .isEqualTo(200);
            assertThat(clients(3)).containsOnly("127.0.0.1");
        }
    }

    @Test
    void theHostTableGoesByTheHostThatTheClientAsked() {
        try (RunningMirror mirror =
                mirror(List.of("127.0.0.1"), "").host("pypi.local").start()) {
            assertThat(mirror.get("/pypi/simple/demo/").status()).isEqualTo(200);
            assertThat(mirror.get("/pypi/simple/demo/", "X-Forwarded-Host: PyPI.local:8443")
                            .status())
                    .isEqualTo(404);
            assertThat(mirror.get("/simple/demo/", "Forwarded: host=pypi.local").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void overHttp2Too() throws Exception {
        try (RunningMirror mirror = mirror(List.of("127.0.0.1"), "/mirror")
                .withTls()
                .host("pypi.local")
                .start()) {
            for (String version : List.of("--http2", "--http1.1")) {
                String out = curl(
                        version,
                        "-H",
                        "X-Forwarded-For: 203.0.113.5",
                        "-H",
                        "X-Forwarded-Host: pypi.local",
                        "-w",
                        "\\n%{http_version} %{http_code} %{redirect_url}",
                        "https://localhost:" + mirror.tlsPort() + "/mirror/simple/Demo");
                assertThat(out)
                        .endsWith((version.equals("--http2") ? "2" : "1.1") + " 301 https://localhost:"
                                + mirror.tlsPort() + "/mirror/simple/demo/");
            }
            assertThat(clients(2)).containsExactly("203.0.113.5", "203.0.113.5");
        }
    }

    @Test
    void aPrefixThatNoProxyTookOffIsTakenOffHere() {
        try (RunningMirror mirror = mirror(List.of(), "/a/mirror").start()) {
            assertThat(mirror.get("/a/mirror/simple/demo/").status()).isEqualTo(200);
            assertThat(mirror.get("/a/mirror/pypi/simple/demo/").status()).isEqualTo(200);
            assertThat(mirror.get("/a/mirror" + FILE.path()).body().lengthBytes())
                    .isEqualTo(1000);
            assertThat(mirror.get("/a/mirror/-/health/live").status()).isEqualTo(200);
            RawHttp.Response bare = mirror.get("/a/mirror");
            assertThat(bare.status()).isEqualTo(301);
            assertThat(bare.header("Location")).isEqualTo("mirror/");
            assertThat(mirror.get("/a/mirror/simple/Demo").header("Location")).isEqualTo("demo/");
            // a proxy that takes it off is as welcome
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            assertThat(mirror.get("/a/mirrors/simple/demo/").status()).isEqualTo(404);
            assertThat(mirror.get("/a").header("Location"))
                    .as("a project of that name")
                    .isEqualTo("simple/a/");
        }
    }

    private RunningMirror.Builder mirror(List<String> proxies, String prefix) {
        return RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .accessLog(new AccessLogConfig(folder.resolve("access.log"), AccessLogConfig.Format.COMBINED, 0, 0))
                .behind(proxies, prefix);
    }

    /** Sends the nth request and gives the client of its line; lines of connections on other loops may come in any order. */
    private String clientLogged(RunningMirror mirror, int nth, String... headerLines) throws Exception {
        mirror.get("/-/health/live", headerLines);
        return clients(nth).get(nth - 1);
    }

    private List<String> clients(int lines) throws Exception {
        Path file = folder.resolve("access.log");
        Eventually.is(
                SOON,
                "the access log's lines",
                () -> file.toFile().exists() && contentOf(file.toFile()).lines().count() >= lines);
        return Files.readAllLines(file).stream()
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    private String curl(String... arguments) {
        List<String> command = new java.util.ArrayList<>(List.of(
                "curl", "-sS", "--cacert", folder.resolve("data/tls/root.pem").toString()));
        command.addAll(List.of(arguments));
        return Subprocess.command(command).run(Duration.ofSeconds(30)).orFail().out();
    }
}
