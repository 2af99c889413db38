package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a file says, read again when it changes; what it said stays in use where it can't be read any more. Programs such as
 * htpasswd empty a file and write it anew: what is read while it changes does not count, and neither does an empty file before
 * it has been one for a whole look.
 *
 * @param <T> what is made of what it says
 */
public final class WatchedFile<T> {
    private static final Logger log = LoggerFactory.getLogger(WatchedFile.class);

    private final Path file;
    private final Function<Path, T> reader;
    private final Predicate<T> empty;
    private volatile Read<T> read;
    private Stamp stamp;
    /** Why it could not be read when it was last looked at; empty where it could. */
    private String problem = "";

    /**
     * What was read.
     *
     * @param <T> what was made of it
     * @param generation how often it has been read, so that nothing that is remembered of another reading counts for it
     */
    public record Read<T>(T value, int generation) {}

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
     * @param empty whether what was read has no entries
     * @throws StoreException as the reader does
     */
    public WatchedFile(Path file, Function<Path, T> reader, Predicate<T> empty) {
        this.file = file;
        this.reader = reader;
        this.empty = empty;
        this.stamp = Stamp.of(file);
        this.read = new Read<>(reader.apply(file), 0);
    }

    /** What it says. Never blocks. */
    public Read<T> now() {
        return read;
    }

    /** Which it is. */
    public Path file() {
        return file;
    }

    /** Reads it again where it has changed, and says whether it counts. Blocks. */
    public boolean look() {
        Stamp now = Stamp.of(file);
        boolean same = now.equals(stamp);
        if (same && problem.isEmpty()) {
            return false;
        }
        stamp = now;
        T found = null;
        String wrong = "";
        try {
            found = reader.apply(file);
        } catch (StoreException e) {
            wrong = String.valueOf(e.getMessage());
        }
        if (!Stamp.of(file).equals(now)) {
            // it is being written: the next look finds it changed
            return false;
        }
        if (found != null && !same && empty.test(found) && !empty.test(read.value)) {
            wrong = "it has no entries any more; if that is meant, it counts from the next look on";
        }
        if (found == null || !wrong.isEmpty()) {
            if (!wrong.equals(problem)) {
                log.error("keeping what {} said before: {}", file, wrong);
                problem = wrong;
            }
            return false;
        }
        read = new Read<>(found, read.generation + 1);
        log.info("{} has changed and counts from now on", file);
        problem = "";
        return true;
    }
}
