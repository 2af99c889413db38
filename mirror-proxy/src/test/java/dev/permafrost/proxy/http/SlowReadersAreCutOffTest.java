package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that takes less than the least is cut off; one that takes a little more never is, nor one that has to wait itself. */
class SlowReadersAreCutOffTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration WINDOW = Duration.ofSeconds(4);
    private static final long LEAST = 20_000;
    /** More than all buffers between here and there hold. */
    private static final IndexFile LARGE = IndexFile.sized("large", 24_000_000);

    private static final IndexFile WAITED = IndexFile.sized("waited", 3_000_000);

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private CapturedLog log;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(LARGE).add(WAITED).serve(upstream);
        upstream.on(WAITED.path()).reply(Answer.ok(WAITED.bytes()).stallAfter(1_000_000, WINDOW.multipliedBy(3)));
        mirror = RunningMirror.in(data)
                .from(upstream)
                .withTls()
                .http("writeBytesPerSecondMin", LEAST)
                .http("writeSlowWindow", WINDOW)
                .start();
        mirror.get(LARGE.path());
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoTakesTooLittleIsResetInTime(boolean tls) {
        long before = mirror.refused(Refusal.SLOW_READER);
        try (RawHttp client = connect(tls)) {
            client.request("GET", LARGE.path());
            RawHttp.Head head = client.readHead();
            long begun = System.nanoTime();
            Eventually.is(SOON, "it is cut off", () -> {
                // a little, again and again: never nothing at all
                client.readBytes(100);
                return mirror.refused(Refusal.SLOW_READER) > before;
            });
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(WINDOW.multipliedBy(3));
            if (tls) {
                assertThat(head.status()).isEqualTo(200);
            } else {
                assertThat(client.readBody(head, false).complete()).isFalse();
                assertThat(client.ending()).isEqualTo(RawHttp.Ending.RST);
            }
        }
        assertThat(log.await(SOON, "is cut off")).contains("http.write-bytes-per-second-min");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoTakesALittleMoreSteadilyIsNot(boolean tls) {
        long before = mirror.refused(Refusal.SLOW_READER);
        try (RawHttp client = connect(tls)) {
            client.request("GET", LARGE.path());
            RawHttp.Head head = client.readHead();
            client.readSlowly(5 * LEAST);
            long until = System.nanoTime() + WINDOW.multipliedBy(2).toNanos();
            while (System.nanoTime() < until) {
                assertThat(client.readBytes(10_000)).hasSize(10_000);
            }
            client.readSlowly(Long.MAX_VALUE);
            assertThat(client.request("GET", "/-/health/live").readBytes(1_000_000))
                    .hasSize(1_000_000);
            assertThat(head.status()).isEqualTo(200);
        }
        assertThat(mirror.refused(Refusal.SLOW_READER)).isEqualTo(before);
    }

    @Test
    void whoWaitsForUpstreamIsNot() {
        try (RawHttp client = mirror.connect();
                RawHttp encrypted = connect(true)) {
            RawHttp.Response first = client.request("GET", WAITED.path()).readDigest();
            assertThat(first.body().sha256()).isEqualTo(WAITED.sha256());
            assertThat(encrypted
                            .request("GET", WAITED.path())
                            .readDigest()
                            .body()
                            .sha256())
                    .isEqualTo(WAITED.sha256());
        }
        assertThat(upstream.count(WAITED.path())).isEqualTo(1);
    }

    /** Here nothing is left in the socket: it is the window that is hardly ever opened. */
    @Test
    void whoHardlyOpensItsWindowIsCutOffToo() {
        long before = mirror.refused(Refusal.SLOW_READER);
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.request(1, "GET", LARGE.path(), true).flush();
            long begun = System.nanoTime();
            Eventually.is(SOON, "it is cut off", () -> {
                client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 10)
                        .frame(RawHttp2.WINDOW_UPDATE, 0, 1, 10)
                        .flush();
                return mirror.refused(Refusal.SLOW_READER) > before;
            });
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(WINDOW.multipliedBy(3));
        }
    }

    @Test
    void whoOpensItsWindowSteadilyIsNot() throws InterruptedException {
        long before = mirror.refused(Refusal.SLOW_READER);
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.request(1, "GET", LARGE.path(), true).flush();
            long until = System.nanoTime() + WINDOW.multipliedBy(2).toNanos();
            while (System.nanoTime() < until) {
                client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, (int) LEAST / 5)
                        .frame(RawHttp2.WINDOW_UPDATE, 0, 1, (int) LEAST / 5)
                        .flush();
                Thread.sleep(100);
            }
            assertThat(client.frame(RawHttp2.PING, 0, 0, new byte[8]).flush()).isTrue();
        }
        assertThat(mirror.refused(Refusal.SLOW_READER)).isEqualTo(before);
    }

    private static RawHttp connect(boolean tls) {
        return tls ? RawHttp.connectTls(mirror.tlsPort(), 16 << 10) : RawHttp.connect(mirror.port(), 16 << 10);
    }
}
