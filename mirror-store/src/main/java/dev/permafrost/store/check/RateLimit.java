package dev.permafrost.store.check;

import java.util.concurrent.TimeUnit;

/** Lets no more than so many bytes a second through, of all threads together. */
final class RateLimit {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final long bytesPerSecond;
    private long freeAtNanos;

    /**
     * A limit.
     *
     * @param bytesPerSecond 0 for none
     */
    RateLimit(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        this.freeAtNanos = System.nanoTime();
    }

    /** Waits until so many bytes may be read. Blocks. */
    void take(long bytes) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
        long waitNanos;
        synchronized (this) {
            long now = System.nanoTime();
            // what was not used is not saved up
            freeAtNanos = Math.max(freeAtNanos, now);
            waitNanos = freeAtNanos - now;
            freeAtNanos += (long) ((double) bytes / bytesPerSecond * SECOND_NANOS);
        }
        TimeUnit.NANOSECONDS.sleep(waitNanos);
    }
}
