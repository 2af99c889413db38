package dev.permafrost.proxy.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever takes bytes waits until they are paid for, all together as long as the rate says. */
class BandwidthIsKeptTest {
    private static final int RATE = 1_000_000;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND);
    private final Bandwidth bandwidth = new Bandwidth(RATE, now::get);

    @Test
    void twoTakeAsMuchAsTheRateSaysThoughTheClockPassesItsHighestNumber() {
        long start = now.get();
        long firstAt = 0;
        long secondAt = 0;
        long taken = 0;
        while (taken < 10L * RATE) {
            boolean isFirst = firstAt <= secondAt;
            now.set(start + Math.min(firstAt, secondAt));
            long next = now.get() - start + bandwidth.take(50_000);
            taken += 50_000;
            firstAt = isFirst ? next : firstAt;
            secondAt = isFirst ? secondAt : next;
        }
        assertThat(Math.max(firstAt, secondAt)).isBetween(10 * SECOND - SECOND / 10, 10 * SECOND);
    }

    @Test
    void noBurstFollowsAPause() {
        bandwidth.take(1);
        now.addAndGet(60 * SECOND);
        assertThat(bandwidth.take(RATE)).isBetween(9 * SECOND / 10, SECOND);
        assertThat(bandwidth.take(RATE)).isBetween(19 * SECOND / 10, 2 * SECOND);
    }

    @Test
    void withoutALimitNobodyWaits() {
        assertThat(new Bandwidth(0, now::get).take(Integer.MAX_VALUE)).isZero();
    }
}
