package dev.permafrost.store.index;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Sorted rows in families. All of it blocks and may be used by many threads; all of it throws {@link StoreException},
 * SHUTTING_DOWN once closed.
 */
public interface Index extends AutoCloseable {
    /** The value of a row, or null where there is none. */
    byte @Nullable [] get(Family family, byte[] key);

    /**
     * Visits the rows whose key begins with the prefix, in the order of their unsigned bytes, as they are at this moment. The
     * visitor must be quick: closing waits for it.
     */
    void scan(Family family, byte[] prefix, RowVisitor visitor);

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
}
