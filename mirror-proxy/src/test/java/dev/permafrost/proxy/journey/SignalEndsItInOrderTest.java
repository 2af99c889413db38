package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM, as a supervisor sends it: not ready, then no listener, and what was under way comes to its end. */
@Tag("journey")
final class SignalEndsItInOrderTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path folder = Path.of("");

    @Test
    void afterSigtermTransfersFinishAndItEndsWellByItself() throws Exception {
        byte[] bytes = new byte[40_000_000];
        new Random(1).nextBytes(bytes);
        IndexFile file = IndexFile.of("large", "large-1.0.tar.gz", "1.0", bytes);
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(file).serve(upstream);
            try (Product.Served server = Product.in(folder)
                            .connected(
                                    folder.resolve("data"),
                                    upstream.url("/simple/"),
                                    "--set",
                                    "http.shutdown-delay=2s");
                    RawHttp held = RawHttp.connect(server.port(), 64 << 10);
                    RawHttp kept = RawHttp.connect(server.port())) {
                RawHttp.get(server.port(), file.path());
                RawHttp.Head head = held.request("GET", file.path()).readHead();
                assertThat(kept.request("GET", "/-/health/ready").read().status())
                        .isEqualTo(200);
                server.process().terminate();
                long begun = System.nanoTime();
                int ready = 200;
                while (ready == 200 && System.nanoTime() - begun < SOON.toNanos()) {
                    ready = RawHttp.get(server.port(), "/-/health/ready").status();
                }
                assertThat(ready).isEqualTo(503);
                Thread.sleep(2500);
                RawHttp.Body body = held.readBody(head, false);
                assertThat(body.complete()).isTrue();
                assertThat(body.sha256()).isEqualTo(file.sha256());
                assertThat(kept.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
                Subprocess.Result result = server.process().await(SOON);
                // 128 + SIGTERM: the JVM ends by the signal, its hooks done
                assertThat(result.exit()).isIn(0, 143);
                assertThat(result.err()).doesNotContain("cutting off");
            }
        }
    }
}
