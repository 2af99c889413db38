package dev.permafrost.store.transfer;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Where the files of a bundle come from. One thread. Blocks. */
interface PieceSource extends Closeable {
    /** {@code bundle.json}. */
    byte[] manifest();

    /** Its signature. */
    byte[] signature();

    /** Whether a file is at hand. */
    boolean has(Piece piece) throws IOException;

    /**
     * Opens a file, which is to be asked for in the order of the manifest. It has the size that the manifest says, or a
     * {@link dev.permafrost.store.model.StoreException} is thrown.
     *
     * @return its bytes; null where it is not at hand, since it is on a volume that is not
     */
    @Nullable InputStream open(Piece piece) throws IOException;

    /** Where a file is, for people. */
    String where(Piece piece);
}
