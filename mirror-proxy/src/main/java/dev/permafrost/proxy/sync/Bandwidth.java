package dev.permafrost.proxy.sync;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A bucket of tokens: bytes are paid for after they have been taken, and whoever took some waits until that is done. What was not used
 * within a tenth of a second is lost, so that no burst follows a pause.
 */
final class Bandwidth {
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long bytesPerSecond;
    private final LongSupplier nanoTime;
    /** When all that has been taken so far is paid for. */
    private long paidAt;

    /**
     * A limit.
     *
     * @param bytesPerSecond 0 for none
     * @param nanoTime the clock
     */
    Bandwidth(long bytesPerSecond, LongSupplier nanoTime) {
        this.bytesPerSecond = bytesPerSecond;
        this.nanoTime = nanoTime;
        this.paidAt = nanoTime.getAsLong();
    }

    /** Takes bytes; for how many nanoseconds whoever did so has to wait. */
    long take(int bytes) {
        if (bytesPerSecond == 0) {
            return 0;
        }
        long price = (long) (bytes * 1e9 / bytesPerSecond);
        synchronized (this) {
            long now = nanoTime.getAsLong();
            long unused = now - paidAt;
            paidAt = (unused > BURST_NANOS ? now - BURST_NANOS : paidAt) + price;
            return Math.max(0, paidAt - now);
        }
    }
}
