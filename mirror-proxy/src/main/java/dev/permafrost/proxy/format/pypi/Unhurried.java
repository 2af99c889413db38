package dev.permafrost.proxy.format.pypi;

import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets long work that nobody waits for take turns with what clients do wait for, where both share a processor: a thread that never
 * rests keeps it for milliseconds at a time. For one thread.
 */
final class Unhurried {
    private static final long WORK_NANOS = Duration.ofMillis(1).dividedBy(2).toNanos();
    private static final long REST_NANOS = Duration.ofMillis(1).toNanos();

    private long sinceNanos = System.nanoTime();

    /** Rests for a millisecond if it has been long enough. Called often. */
    void go() {
        if (System.nanoTime() - sinceNanos > WORK_NANOS) {
            LockSupport.parkNanos(REST_NANOS);
            sinceNanos = System.nanoTime();
        }
    }

    /** The same, for those who go through them without hurry. */
    static <T> Iterable<T> through(Iterable<T> all) {
        return () -> {
            Iterator<T> each = all.iterator();
            Unhurried work = new Unhurried();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return each.hasNext();
                }

                @Override
                public T next() {
                    work.go();
                    return each.next();
                }
            };
        };
    }
}
