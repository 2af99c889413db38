package dev.permafrost.proxy.wishes;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.SmallFile;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A list of wishes in {@code wishes.json} of a folder, which one process at a time has: read when it is opened, and written anew whenever it
 * has changed, a few seconds later, by a thread of its own. A crash loses those seconds.
 */
public final class KeptWishes implements AutoCloseable {
    /** How long a wish may be in memory only. */
    public static final Duration INTERVAL = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(KeptWishes.class);
    private static final String FILE = "wishes.json";
    private static final String LOCK = "wishes.lock";

    private final Path file;
    private final FileChannel lock;
    private final WishList list;
    private final ScheduledExecutorService writer;
    private long written;
    private boolean isFailing;

    private KeptWishes(Path file, FileChannel lock, WishList list) {
        this.file = file;
        this.lock = lock;
        this.list = list;
        this.written = list.changes();
        this.writer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "permafrost-wishes");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Opens the list in a folder, which is made if it isn't there. A file that can't be read is put aside, and said so. Blocks.
     *
     * @throws StoreException STORE_LOCKED where another process has it; DISK_FAILED or STORE_READ_ONLY where it can't be written there
     */
    public static KeptWishes open(Path folder, Clock clock) {
        Path file = folder.resolve(FILE);
        FileChannel lock = lock(folder);
        try {
            WishList list = new WishList(clock);
            list.restore(read(file));
            return new KeptWishes(file, lock, list);
        } catch (RuntimeException e) {
            closeQuietly(lock);
            throw e;
        }
    }

    private static FileChannel lock(Path folder) {
        Path file = folder.resolve(LOCK);
        FileChannel channel = null;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock got = channel.tryLock();
            if (got != null) {
                return channel;
            }
        } catch (IOException e) {
            closeQuietly(channel);
            throw Failures.of("opening", file, e);
        } catch (OverlappingFileLockException e) {
            // this process has it already
            log.debug("{} is open", file, e);
        }
        closeQuietly(channel);
        throw new StoreException(
                FailureKind.STORE_LOCKED,
                "another server keeps its wishes in " + folder + "; give each a 'state' folder of its own");
    }

    private static List<WishList.Noted> read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] document = in.readNBytes(WishJson.BYTES_MAX + 1);
            if (document.length > WishJson.BYTES_MAX) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT,
                        file + " can't be read: it has more than " + WishJson.BYTES_MAX + " bytes");
            }
            return WishJson.readKept(document, file.toString());
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        } catch (StoreException e) {
            Path aside = file.resolveSibling(FILE + ".unreadable");
            try {
                Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException failed) {
                throw Failures.of("renaming", file, failed);
            }
            log.warn("{}; it is put aside as {}, and the list begins anew", e.getMessage(), aside);
            return List.of();
        }
    }

    /** Has what changes written from now on. */
    public void begin() {
        var unused = writer.scheduleWithFixedDelay(
                this::tryWrite, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The list. */
    public WishList list() {
        return list;
    }

    private void tryWrite() {
        try {
            write();
            isFailing = false;
        } catch (StoreException e) {
            if (!isFailing) {
                log.warn("{}; wishes are in memory only until that is possible", e.getMessage());
            }
            isFailing = true;
        }
    }

    /**
     * Writes what has changed. Blocks.
     *
     * @throws StoreException DISK_FAILED where that can't be done
     */
    public synchronized void write() {
        long changes = list.changes();
        if (changes != written) {
            SmallFile.write(file, WishJson.kept(list.noted()), false);
            written = changes;
        }
    }

    /** Writes what has changed, and lets another process have the list. Blocks. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(INTERVAL.toSeconds(), TimeUnit.SECONDS)) {
                log.warn("{} is still being written", file);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tryWrite();
        closeQuietly(lock);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            log.debug("closing a lock", e);
        }
    }
}
