package dev.permafrost.store.model;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Something native or scarce that several hold at once and that must be closed by the last of them, not before. Born with
 * one reference, its maker's.
 */
public abstract class RefCounted implements AutoCloseable {
    private final AtomicInteger references = new AtomicInteger(1);

    /** Makes it with one reference. */
    protected RefCounted() {}

    /**
     * Takes one more reference if it is still open.
     *
     * @return false if the last reference has gone; then it must not be used
     */
    public final boolean tryRetain() {
        int n;
        do {
            n = references.get();
            if (n == 0) {
                return false;
            }
        } while (!references.compareAndSet(n, n + 1));
        return true;
    }

    /**
     * Gives one reference back; the last one frees it.
     *
     * @throws IllegalStateException if more are given back than were taken
     */
    public final void release() {
        int n;
        do {
            n = references.get();
            if (n == 0) {
                throw new IllegalStateException("released more often than retained: " + this);
            }
        } while (!references.compareAndSet(n, n - 1));
        if (n == 1) {
            free();
        }
    }

    /** How many references are out; for tests and diagnostics. */
    public final int references() {
        return references.get();
    }

    /** The same as {@link #release}, for try-with-resources. */
    @Override
    public final void close() {
        release();
    }

    /** Called once, by whoever gives the last reference back. Must not throw. */
    protected abstract void free();
}
