package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real nginx as a reverse proxy, below a path of its own, and a real pip that installs through both. */
@SuppressWarnings("NullAway") // what goes wrong here is a failed test
class NginxInFrontTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String FIELDS = """
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Host $http_host;
                proxy_set_header Forwarded "";
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header X-Forwarded-Host $http_host;
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void needs() {
        assumeTrue(Nginx.available(), "no nginx here");
    }

    @Test
    void thatTakesThePrefixOff() throws Exception {
        installs(
                "",
                "location /mirror/ { %s proxy_set_header X-Forwarded-Prefix /mirror; proxy_pass http://127.0.0.1:%d/; }");
    }

    @Test
    void thatLeavesThePrefixOn() throws Exception {
        installs("/mirror", "location /mirror/ { %s proxy_pass http://127.0.0.1:%d; }");
    }

    private void installs(String prefix, String location) throws Exception {
        SimpleIndexTree tree = new SimpleIndexTree()
                .add(TinyWheel.of("Snow.Flake", "1.5").requires("ice>=0.1").padded(200_000, 1))
                .add(TinyWheel.of("ice", "0.1"));
        Path log = folder.resolve("access.log");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            tree.serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                            .from(upstream)
                            .accessLog(new AccessLogConfig(log, AccessLogConfig.Format.JSON, 0, 0))
                            .behind(List.of("127.0.0.1"), prefix)
                            .start();
                    Nginx nginx = Nginx.start(
                            Files.createDirectory(folder.resolve("nginx")),
                            location.formatted(FIELDS, mirror.port()))) {
                // a name that is not in its normal form is redirected, below the prefix
                RawHttp.Response moved = RawHttp.get(nginx.port(), "/mirror/simple/Snow.Flake/");
                assertThat(moved.status()).isEqualTo(301);
                assertThat(moved.header("Location")).isEqualTo("../snow-flake/");
                assertThat(RawHttp.get(nginx.port(), "/mirror/simple/snow-flake/", "X-Forwarded-For: 203.0.113.5")
                                .status())
                        .isEqualTo(200);
                Eventually.is(
                        Duration.ofSeconds(10),
                        "the client's line",
                        () -> log.toFile().exists() && contentOf(log.toFile()).contains("\"remote\":\"203.0.113.5\""));
                Pips.Pip pip = Pips.newest().orElse(null);
                assumeTrue(pip != null, "no pip here");
                Pips.Environment environment = pip.target(folder.resolve("target"));
                environment
                        .install(nginx.url("/mirror/simple/"), TIMEOUT, "Snow.Flake")
                        .orFail();
                assertThat(environment
                                .python(TIMEOUT, "import snow_flake, ice; print(snow_flake.__version__)")
                                .orFail()
                                .out())
                        .isEqualTo("1.5\n");
                assertThat(nginx.count("/mirror"
                                + tree.file("snow_flake-1.5-py2.py3-none-any.whl")
                                        .path()))
                        .isEqualTo(1);
            }
        }
    }
}
