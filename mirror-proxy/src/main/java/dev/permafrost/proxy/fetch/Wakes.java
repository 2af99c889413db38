package dev.permafrost.proxy.fetch;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** Those who read a growing file: told of its first bytes at once, then of each so many bytes or after a while. */
final class Wakes {
    private static final long BYTES = 256 << 10;
    private static final Duration INTERVAL = Duration.ofMillis(50);

    private final Blocking blocking;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean later = new AtomicBoolean();
    private long wokenBytes;
    private long wokenNanos;

    Wakes(Blocking blocking) {
        this.blocking = blocking;
    }

    /** Adds a reader; what is returned takes it away. */
    Runnable add(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** So many bytes can be read now. One thread at a time. */
    void advanced(long readableBytes) {
        long now = System.nanoTime();
        if (readableBytes - wokenBytes >= BYTES || wokenBytes == 0 || now - wokenNanos >= INTERVAL.toNanos()) {
            wokenBytes = readableBytes;
            wokenNanos = now;
            all();
        } else if (later.compareAndSet(false, true)) {
            blocking.later(INTERVAL, this::now);
        }
    }

    /** Tells all of them. */
    void all() {
        listeners.forEach(Runnable::run);
    }

    /** Lets go of the mark first: bytes that come while readers are being told are told of by another wake. */
    private void now() {
        later.set(false);
        all();
    }
}
