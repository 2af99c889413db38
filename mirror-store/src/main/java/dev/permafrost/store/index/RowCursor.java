package dev.permafrost.store.index;

/**
 * The rows of a family in the order of their keys' unsigned bytes, as they were when it was opened, one at a time: for two indexes that
 * are read side by side. Used by the thread that opened it, and closed soon, since closing the index waits for it. Blocks.
 */
public interface RowCursor extends AutoCloseable {
    /** Goes to the next row, at first to the first one; false behind the last. */
    boolean next();

    /** The key of the row. */
    byte[] key();

    /** The value of the row. */
    byte[] value();

    @Override
    void close();
}
