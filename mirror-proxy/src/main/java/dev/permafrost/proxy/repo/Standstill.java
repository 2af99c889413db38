package dev.permafrost.proxy.repo;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Keeps what metadata lists from changing between the moment at which it is made to say what is held and that at which a snapshot is
 * taken of it. Fetching and serving go on.
 */
public final class Standstill {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Nothing stands still yet. */
    public Standstill() {}

    /** Changes something, unless everything stands still; then empty. Blocks as the change does. */
    public <T> Optional<T> change(Supplier<T> change) {
        if (!lock.readLock().tryLock()) {
            return Optional.empty();
        }
        try {
            return Optional.of(change.get());
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Does something while nothing changes, after what is being changed. Blocks. */
    public <T> T during(Supplier<T> work) {
        lock.writeLock().lock();
        try {
            return work.get();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
