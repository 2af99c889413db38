package dev.permafrost.store.transfer;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the files of a bundle are written. */
interface PieceTarget {
    /** Begins a file, whose size is known. */
    Output begin(Piece piece) throws IOException;

    /** A file that is being written. */
    interface Output extends Closeable {
        /** Writes all that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;

        /** Says that all has been written. */
        void finish() throws IOException;
    }
}
