package dev.permafrost.store.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Every operation by which the store changes the file system, in one narrow interface, so that tests can make each of them
 * fail, or replay them as a power cut would have left them. All of them block.
 */
public interface FileOps {
    /** Creates a file that must not exist yet, for writing. */
    WritableFile create(Path file) throws IOException;

    /** Cuts an existing file to that length, which it has at least, and opens it to write on from there. */
    WritableFile append(Path file, long lengthBytes) throws IOException;

    /** Renames atomically within one file system, replacing what is there. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file, or an empty folder; does nothing if it is not there. */
    void delete(Path file) throws IOException;

    /** Creates a folder whose parent exists; does nothing if it is there. */
    void createDirectory(Path directory) throws IOException;

    /** Makes a folder's entries (creations, renames, deletions in it) durable. */
    void syncDirectory(Path directory) throws IOException;

    /**
     * Puts the bytes of a file of anybody's in the place of a file of ours without copying them, durably.
     *
     * @param how by {@link Taking#CLONE} or by {@link Taking#LINK}
     * @return whether that could be done; if not, both files are as they were
     */
    boolean share(Path file, Path ours, Taking how) throws IOException;

    /** The real file system. */
    static FileOps system() {
        return SystemFileOps.INSTANCE;
    }

    /** A file open for writing at its end. Used by one thread at a time. */
    interface WritableFile extends Closeable {
        /** Writes all that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;

        /** Makes the content durable. */
        void sync() throws IOException;
    }
}
