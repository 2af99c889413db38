package dev.permafrost.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RunningMirror;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why the server is not ready is said in words, and looked up in no more than the request's own time. */
@SuppressWarnings("NullAway") // what goes wrong here is a failed test
class ReadinessSaysWhyNotTest {
    @TempDir
    Path folder;

    @Test
    void itIsNotReadyBeforeItBeginsNorWhenItCloses() {
        Readiness readiness = new Readiness(() -> null);
        assertThat(readiness.why()).isEqualTo("the server is starting");
        readiness.begin();
        assertThat(readiness.why()).isNull();
        readiness.closing();
        assertThat(readiness.why()).isEqualTo("the server is shutting down");
        readiness.look();
        assertThat(readiness.why()).isEqualTo("the server is shutting down");
    }

    @Test
    void whatMayBlockIsLookedAtBeforehandOnly() {
        AtomicInteger looks = new AtomicInteger();
        AtomicReference<String> full = new AtomicReference<>();
        Readiness readiness = new Readiness(() -> {
            looks.incrementAndGet();
            return full.get();
        });
        readiness.begin();
        for (int i = 0; i < 100; i++) {
            assertThat(readiness.why()).isNull();
        }
        assertThat(looks).hasValue(1);
        full.set("the disk is full");
        assertThat(readiness.why()).isNull();
        readiness.look();
        assertThat(readiness.why()).isEqualTo("the disk is full");
        full.set(null);
        readiness.look();
        assertThat(readiness.why()).isNull();
    }

    @Test
    void aDiskThatDoesNotAnswerIsAReason() {
        Readiness readiness = new Readiness(() -> null);
        readiness.begin();
        long now = System.nanoTime();
        assertThat(readiness.why(now + Duration.ofSeconds(20).toNanos())).isNull();
        assertThat(readiness.why(now + Duration.ofSeconds(45).toNanos()))
                .matches("the store's disk has not answered for 4[45] s");
    }

    /** A closed store stands for a disk that is full or read-only, which a test can't make. */
    @Test
    void aStoreThatTakesNothingMattersOnlyWhereSomethingMayBeAdded() throws Exception {
        try (RunningMirror connected = RunningMirror.in(folder.resolve("connected"))
                        .from(URI.create("http://127.0.0.1:9/simple/"))
                        .start();
                RunningMirror offline =
                        RunningMirror.in(folder.resolve("offline")).offline().start()) {
            offline.store().close();
            connected.store().close();
            Eventually.is(
                    Duration.ofSeconds(20),
                    "not ready",
                    () -> connected.get("/-/health/ready").status() == 503);
            // until it has been looked at once more
            Thread.sleep(2 * Readiness.LOOK_INTERVAL.toMillis());
            assertThat(offline.get("/-/health/ready").status()).isEqualTo(200);
        }
    }

    @Test
    void othersHaveTheirSay() {
        Readiness readiness = new Readiness(() -> null);
        AtomicReference<String> draining = new AtomicReference<>();
        readiness.ask(draining::get);
        readiness.begin();
        assertThat(readiness.why()).isNull();
        draining.set("clients are being sent away");
        assertThat(readiness.why()).isEqualTo("clients are being sent away");
    }
}
