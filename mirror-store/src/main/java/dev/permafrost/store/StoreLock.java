package dev.permafrost.store;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a store has one owner process; the kernel gives it up when that process ends, however it ends.
 *
 * <p>A POSIX lock is also given up when its process closes <em>any</em> descriptor of the file, so one that holds it must
 * not as much as open the file again: a table of what is held here is asked first.
 */
final class StoreLock implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreLock.class);
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private StoreLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Takes the lock of the store in that folder, which exists; STORE_LOCKED if it is taken. */
    static StoreLock acquire(Path root) throws IOException {
        Path file = root.toRealPath().resolve(MirrorStore.LOCK_FILE);
        if (!HELD_HERE.add(file)) {
            throw locked(root);
        }
        boolean acquired = false;
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                acquired = channel.tryLock() != null;
            } catch (OverlappingFileLockException e) {
                throw new IllegalStateException("the table of held locks has lost " + file, e);
            } finally {
                if (!acquired) {
                    channel.close();
                }
            }
            if (!acquired) {
                throw locked(root);
            }
            return new StoreLock(file, channel);
        } finally {
            if (!acquired) {
                HELD_HERE.remove(file);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("closing {}: {}", file, e.toString());
        }
        HELD_HERE.remove(file);
    }

    private static StoreException locked(Path root) {
        return new StoreException(
                FailureKind.STORE_LOCKED,
                "another process has the store " + root + " open and does not answer on its control socket; stop it, or"
                        + " wait until it has ended");
    }
}
