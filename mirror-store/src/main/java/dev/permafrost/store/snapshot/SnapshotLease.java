package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that no snapshot is dropped while somebody reads it, in whatever process: readers share a lock of the kernel's on an empty
 * file beside the snapshot, and whoever drops it has it alone. A reader writes nothing; where there is no such file, as on a disk that was
 * carried over, or no locks, as on some network file systems, it is seen within its own process alone.
 *
 * <p>A POSIX lock is given up when its process closes <em>any</em> descriptor of the file: nothing else opens it, and all readers of one
 * process share one descriptor.
 */
public final class SnapshotLease implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SnapshotLease.class);

    /** What this process holds, by the file. */
    private static final Map<Path, Held> HELD = new HashMap<>();

    private final Path file;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** One descriptor, and how many share it. */
    private static final class Held {
        private final @Nullable FileChannel channel;
        private final boolean alone;
        private int readers = 1;

        Held(@Nullable FileChannel channel, boolean alone) {
            this.channel = channel;
            this.alone = alone;
        }
    }

    private SnapshotLease(Path file) {
        this.file = file;
    }

    /**
     * For reading; others may read too. Blocks.
     *
     * @param file the lock's, in a folder that exists
     * @throws StoreException STORE_MISSING if the snapshot is being dropped
     */
    static SnapshotLease shared(SnapshotId id, Path file) {
        synchronized (HELD) {
            Path known = real(file);
            Held held = HELD.get(known);
            if (held == null) {
                HELD.put(known, new Held(lockedForReading(id, known), false));
            } else if (held.alone) {
                throw beingDropped(id);
            } else {
                held.readers++;
            }
            return new SnapshotLease(known);
        }
    }

    /**
     * For dropping; nobody else may read. Blocks.
     *
     * @throws StoreException STORE_LOCKED if somebody does
     */
    static SnapshotLease alone(SnapshotId id, Path file) {
        synchronized (HELD) {
            Path known = real(file);
            if (HELD.containsKey(known)) {
                throw beingRead(id, "this process");
            }
            HELD.put(known, new Held(lockedForDropping(id, known), true));
            return new SnapshotLease(known);
        }
    }

    /** Gives it back; more than once is as good as once. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        synchronized (HELD) {
            Held held = HELD.get(file);
            if (held != null && --held.readers == 0) {
                HELD.remove(file);
                closeQuietly(held.channel, file);
            }
        }
    }

    /** The file's own path, by whatever path the store was opened. */
    private static Path real(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            return folder == null ? file : folder.toRealPath().resolve(file.getFileName());
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    private static @Nullable FileChannel lockedForReading(SnapshotId id, Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            if (channel.tryLock(0, Long.MAX_VALUE, true) != null) {
                return channel;
            }
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | OverlappingFileLockException e) {
            log.debug("nobody else sees that {} is being read: {}", file, e.toString());
            closeQuietly(channel, file);
            return null;
        }
        closeQuietly(channel, file);
        throw beingDropped(id);
    }

    private static FileChannel lockedForDropping(SnapshotId id, Path file) {
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            locked = channel.tryLock() != null;
            if (!locked) {
                throw beingRead(id, "a server that was started with --frozen, or another command");
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            throw new IllegalStateException("the table of held locks has lost " + file, e);
        } catch (IOException e) {
            throw Failures.of("locking", file, e);
        } finally {
            if (!locked) {
                closeQuietly(channel, file);
            }
        }
    }

    private static StoreException beingDropped(SnapshotId id) {
        return new StoreException(FailureKind.STORE_MISSING, "snapshot '" + id + "' is being dropped");
    }

    private static StoreException beingRead(SnapshotId id, String by) {
        return new StoreException(
                FailureKind.STORE_LOCKED,
                "snapshot '" + id + "' is being read by " + by
                        + ", and can't be dropped; stop that first, or wait for it");
    }

    private static void closeQuietly(@Nullable FileChannel channel, Path file) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            log.warn("closing {}: {}", file, e.toString());
        }
    }
}
