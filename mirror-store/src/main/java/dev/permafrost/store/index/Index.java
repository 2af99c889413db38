package dev.permafrost.store.index;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sorted rows in families. All of it blocks and may be used by many threads; all of it throws {@link StoreException},
 * SHUTTING_DOWN once closed.
 */
public interface Index extends AutoCloseable {
    /** The value of a row, or null where there is none. */
    byte @Nullable [] get(Family family, byte[] key);

    /**
     * The values of the first row of a series, of the second and so on, up to the first that is not there, as they are at this moment. For
     * a few rows this takes less than a {@link #scan}: it reads of the disk only where there is something.
     *
     * @param key the key of the row with that number, from 0 on
     */
    List<byte[]> series(Family family, IntFunction<byte[]> key);

    /**
     * Visits the rows whose key begins with the prefix, in the order of their unsigned bytes, as they are at this moment. The
     * visitor must be quick: closing waits for it.
     */
    void scan(Family family, byte[] prefix, RowVisitor visitor);

    /**
     * Passes over the rows whose key begins with the prefix, in the order of their unsigned bytes, as they are at this moment, and leaps
     * where the visitor says so. For passes over much, of which nothing is kept in memory; the visitor must be quick, as with
     * {@link #scan}.
     */
    default void walk(Family family, byte[] prefix, Walker walker) {
        byte[][] next = {prefix};
        scan(family, prefix, (key, value) -> {
            if (Arrays.compareUnsigned(key, next[0]) < 0) {
                return true;
            }
            byte[] onwards = walker.at(key, () -> value);
            if (onwards == null) {
                return false;
            }
            next[0] = onwards;
            return true;
        });
    }

    /** A number that is another one after each write; cheap to tell. */
    default long lastChange() {
        return System.nanoTime();
    }

    /**
     * Writes all rows of the batch, or none.
     *
     * @param sync whether they must survive a power cut once this returns; many calls at once share one sync
     */
    void write(Batch batch, boolean sync);

    /** Writes a copy of the index as it is at this moment to a folder that must not exist, durably. */
    void checkpoint(Path directory);

    /** How it is doing, told without looking at rows. */
    default IndexFigures figures() {
        return IndexFigures.NONE;
    }

    /** Closes it after the calls in progress; further calls do nothing. */
    @Override
    void close();

    /** Is shown rows one by one. */
    @FunctionalInterface
    interface RowVisitor {
        /** Takes a row; returns whether to go on. */
        boolean visit(byte[] key, byte[] value);
    }

    /** Is shown keys one by one. */
    @FunctionalInterface
    interface Walker {
        /**
         * Takes a row.
         *
         * @param value reads the row's value, as long as this call lasts
         * @return the key to go on from, at the earliest with the next row, for which the row's own key will do; null to end
         */
        byte @Nullable [] at(byte[] key, Supplier<byte[]> value);
    }
}
