package dev.permafrost.proxy.accesslog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that lines are appended to: begun anew when it is full, or when another program has moved it away. Blocks.
 *
 * <p>A full one becomes {@code FILE.full}, and {@code FILE.1} when the older ones have made room. Where that can't be done the
 * lines go on into the present file; none of the older ones is lost by trying again.
 */
final class LogFile implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LogFile.class);
    private static final long RETRY_NANOS = Duration.ofMinutes(1).toNanos();

    private final AccessLogConfig config;
    private final Path file;
    private final Path full;
    private final LongSupplier nanos;
    private @Nullable FileChannel channel;
    private @Nullable Object fileKey;
    private long sizeBytes;
    /** The last rotation failed. */
    private boolean stuck;

    private long stuckNanos;

    LogFile(AccessLogConfig config, Path file, LongSupplier nanos) {
        this.config = config;
        this.file = file;
        this.full = file.resolveSibling(file.getFileName() + ".full");
        this.nanos = nanos;
    }

    /** Appends all of it. */
    void append(ByteBuffer bytes) throws IOException {
        FileChannel out = opened();
        if (config.rotateBytes() > 0 && sizeBytes > 0 && sizeBytes + bytes.remaining() > config.rotateBytes()) {
            rotate();
            out = opened();
        }
        while (bytes.hasRemaining()) {
            sizeBytes += out.write(bytes);
        }
    }

    /** Begins another file if this one has been moved away. */
    void lookWhetherMoved() throws IOException {
        if (channel == null) {
            return;
        }
        try {
            Object now = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            if (now != null && !now.equals(fileKey)) {
                close();
            }
        } catch (NoSuchFileException moved) {
            close();
        }
    }

    private FileChannel opened() throws IOException {
        FileChannel open = channel;
        if (open != null) {
            return open;
        }
        FileChannel opened = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        channel = opened;
        sizeBytes = opened.size();
        fileKey = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return opened;
    }

    private void rotate() {
        long now = nanos.getAsLong();
        if (stuck && now - stuckNanos < RETRY_NANOS) {
            return;
        }
        try {
            putAside();
            stuck = false;
        } catch (IOException e) {
            if (!stuck) {
                log.warn(
                        "the access log {} can't be put aside though it is full: {}; it grows on, and that is tried again"
                                + " each minute: may its folder be written to, and is it no mount of its own?",
                        file,
                        e.toString());
            }
            stuck = true;
            stuckNanos = now;
        }
    }

    private void putAside() throws IOException {
        if (config.keepFiles() == 0) {
            Files.deleteIfExists(file);
            close();
            return;
        }
        // one that was broken off
        makeRoom();
        try {
            Files.move(file, full, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException moved) {
            // by somebody else
        }
        close();
        makeRoom();
    }

    /** Moves the full file to where the newest belongs. What is not in the way of it stays where it is. */
    private void makeRoom() throws IOException {
        if (!Files.exists(full)) {
            return;
        }
        int free = 1;
        while (free < config.keepFiles() && Files.exists(numbered(free))) {
            free++;
        }
        for (int i = free - 1; i >= 1; i--) {
            Files.move(numbered(i), numbered(i + 1), StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(full, numbered(1), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
