package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is too much to send without asking for anything, and what is not. */
class FloodsAreSeenTest {
    private static final int HEADER_BYTES_MAX = 16 << 10;

    private final AtomicLong sent = new AtomicLong();
    private FloodGuard guard;

    @BeforeEach
    void connect() {
        guard = new FloodGuard(HEADER_BYTES_MAX, sent::get);
    }

    @Test
    void aThousandFramesAreLetPassAndNoMore() {
        assertThat(framesUntilFlood()).isEqualTo(1_001);
    }

    @Test
    void eachRequestIsGoodForTenMore() {
        for (int i = 0; i < 50; i++) {
            guard.request();
        }
        assertThat(framesUntilFlood()).isEqualTo(1_501);
    }

    @Test
    void soIsEachKibibyteThatTheClientTakesForOne() {
        sent.set(300 << 10);
        assertThat(framesUntilFlood()).isEqualTo(1_301);
    }

    @Test
    void aMebibyteIsReadAndHalfOfWhatIsSentAndTheHeadsOfRequests() {
        assertThat(guard.floodsWith(1 << 20)).isFalse();
        assertThat(guard.floodsWith(1)).isTrue();
        sent.set(2_000);
        assertThat(guard.floodsWith(999)).isFalse();
        assertThat(guard.floodsWith(1)).isTrue();
        guard.request();
        assertThat(guard.floodsWith(HEADER_BYTES_MAX - 1)).isFalse();
        assertThat(guard.floodsWith(1)).isTrue();
    }

    @Test
    void bodiesAreNoFlood() {
        for (int i = 0; i < 300; i++) {
            guard.body(16 << 10);
            assertThat(guard.floodsWith(16 << 10)).isFalse();
        }
    }

    @Test
    void norAreTheHeadsOfTheFramesThatCarryThem() {
        for (int i = 0; i < 300_000; i++) {
            guard.body(1 << 10);
            assertThat(guard.floodsWith(9 + (1 << 10))).isFalse();
        }
    }

    @Test
    void framesOfABodyThatAreNearlyEmptyAre() {
        int bytes = 0;
        boolean floods = false;
        for (; !floods && bytes < 10 << 20; bytes += 10) {
            guard.body(1);
            floods = guard.floodsWith(10);
        }
        assertThat(floods).isTrue();
        assertThat(bytes).isBetween(1 << 20, 2 << 20);
    }

    private int framesUntilFlood() {
        int frames = 1;
        while (!guard.floodsWithFrame()) {
            frames++;
        }
        return frames;
    }
}
