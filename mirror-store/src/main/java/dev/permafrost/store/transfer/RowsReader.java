package dev.permafrost.store.transfer;

import dev.permafrost.store.index.CarriedRows;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RowsWriter} has packed, piece by piece, and sees to it that it is sorted. */
final class RowsReader {
    private static final int KEY_BYTES_MAX = 64 << 10;
    private static final int VALUE_BYTES_MAX = 64 << 20;
    private static final int BUFFER_BYTES = 64 * 1024;

    private @Nullable Family family;
    private byte[] last = {};
    private long rows;

    /** Is shown changes of rows. */
    @FunctionalInterface
    interface Visitor {
        /** Takes a row; without a value it is deleted. */
        void visit(Family family, byte[] key, byte @Nullable [] value);
    }

    /**
     * Shows the rows of the next piece, whose digest has been checked.
     *
     * @throws StoreException STORE_CORRUPT if they can't be read, or are not sorted
     */
    void read(byte[] piece, Visitor visitor) {
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(new InflaterInputStream(new ByteArrayInputStream(piece)), BUFFER_BYTES))) {
            for (int what = in.readUnsignedByte(); what != RowsWriter.END; what = in.readUnsignedByte()) {
                Family of = Family.ofCode(what & ~RowsWriter.DELETED);
                byte[] key = bytes(in, KEY_BYTES_MAX);
                order(of, key);
                CarriedRows.checkKey(of, key);
                visitor.visit(of, key, (what & RowsWriter.DELETED) == 0 ? bytes(in, VALUE_BYTES_MAX) : null);
                rows++;
            }
            if (in.read() >= 0) {
                throw new IOException("something follows its end");
            }
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT, "the bundle's rows can't be read: " + e.getMessage(), e);
        }
    }

    /** How many rows have been read. */
    long rows() {
        return rows;
    }

    private void order(Family of, byte[] key) throws IOException {
        Family before = family;
        if (before != null && (of.code() < before.code() || (of == before && Arrays.compareUnsigned(last, key) >= 0))) {
            throw new IOException("they are not sorted");
        }
        family = of;
        last = key;
    }

    private static byte[] bytes(DataInputStream in, int max) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > max) {
            throw new IOException("a row has " + length + " bytes where there can be " + max);
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw new IOException("a row is cut short");
        }
        return bytes;
    }
}
