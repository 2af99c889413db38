package dev.permafrost.proxy.access;

import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a file says, read again when it changes; what it said stays in use where it can't be read any more. */
final class WatchedFile<T> {
    private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

    private final Path file;
    private final Function<Path, T> reader;
    private volatile Read<T> read;
    private Stamp stamp;
    /** Why it could not be read when it was last looked at; empty where it could. */
    private String problem = "";

    /**
     * What was read.
     *
     * @param generation how often it has been read, so that nothing that is remembered of another reading counts for it
     */
    record Read<T>(T value, int generation) {}

    /** What tells that a file is not the one that it was. */
    private record Stamp(
            long sizeBytes, Instant modified, @Nullable Object fileKey) {
        static Stamp of(Path file) {
            try {
                BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(is.size(), is.lastModifiedTime().toInstant(), is.fileKey());
            } catch (IOException absent) {
                return new Stamp(-1, Instant.EPOCH, null);
            }
        }
    }

    /**
     * Reads a file. Blocks.
     *
     * @throws StoreException as the reader does
     */
    WatchedFile(Path file, Function<Path, T> reader) {
        this.file = file;
        this.reader = reader;
        this.stamp = Stamp.of(file);
        this.read = new Read<>(reader.apply(file), 0);
    }

    /** What it says. Never blocks. */
    Read<T> now() {
        return read;
    }

    Path file() {
        return file;
    }

    /** Reads it again where it has changed. Blocks. */
    boolean look() {
        Stamp now = Stamp.of(file);
        if (now.equals(stamp) && problem.isEmpty()) {
            return false;
        }
        stamp = now;
        try {
            read = new Read<>(reader.apply(file), read.generation + 1);
        } catch (StoreException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.equals(problem)) {
                log.error("keeping what {} said before: {}", file, message);
                problem = message;
            }
            return false;
        }
        log.info("{} has changed and counts from now on", file);
        problem = "";
        return true;
    }
}
