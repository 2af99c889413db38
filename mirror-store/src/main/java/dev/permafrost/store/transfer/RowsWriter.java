package dev.permafrost.store.transfer;

import dev.permafrost.store.index.Family;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Packs changes of rows into pieces, each of which can be read by itself: deflated, for each row a byte with its family's number (128
 * more where it is deleted), key and value with four bytes of length before each, and a zero at the end.
 */
final class RowsWriter {
    /** Fewer bytes than these no row has, before it is deflated. */
    static final int ROW_BYTES_MIN = 1 + Integer.BYTES;

    static final int DELETED = 0x80;
    static final int END = 0;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final int pieceBytes;
    private final Consumer<byte[]> pieces;
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    private ByteArrayOutputStream packed = new ByteArrayOutputStream();
    private @Nullable DataOutputStream out;
    private long rows;

    /**
     * A writer.
     *
     * @param pieceBytes a piece ends with the row by which it has so many bytes
     * @param pieces is given each
     */
    RowsWriter(int pieceBytes, Consumer<byte[]> pieces) {
        this.pieceBytes = pieceBytes;
        this.pieces = pieces;
    }

    void put(Family family, byte[] key, byte[] value) {
        write(family.code(), key, value);
    }

    void delete(Family family, byte[] key) {
        write(family.code() | DELETED, key, null);
    }

    private void write(int what, byte[] key, byte @Nullable [] value) {
        try {
            DataOutputStream to = out;
            if (to == null) {
                packed = new ByteArrayOutputStream();
                deflater.reset();
                to = new DataOutputStream(new DeflaterOutputStream(packed, deflater, BUFFER_BYTES));
                out = to;
            }
            to.writeByte(what);
            to.writeInt(key.length);
            to.write(key);
            if (value != null) {
                to.writeInt(value.length);
                to.write(value);
            }
            rows++;
            if (packed.size() >= pieceBytes) {
                end();
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }

    private void end() throws IOException {
        DataOutputStream ending = out;
        if (ending != null) {
            ending.writeByte(END);
            ending.close();
            out = null;
            pieces.accept(packed.toByteArray());
        }
    }

    /**
     * Gives away what is left; further calls are not for it.
     *
     * @return how many rows there were
     */
    long finish() {
        try {
            end();
            return rows;
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        } finally {
            deflater.end();
        }
    }
}
