package dev.permafrost.store.index;

import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What became of an entry, as one piece of bytes, for logs.
 *
 * @param entry what it is now; null where it was deleted
 */
public record EntryRecord(ArtifactKey key, @Nullable Entry entry) {
    /** In the place of an entry that was deleted; no entry's bytes begin so, and a record that is cut off does not end so. */
    private static final byte[] DELETED = {0};

    /** The bytes. */
    public byte[] encode() {
        byte[] row = Keys.entry(key);
        byte[] value = entry == null ? DELETED.clone() : EntryCodec.encode(entry);
        return ByteBuffer.allocate(Integer.BYTES + row.length + value.length)
                .putInt(row.length)
                .put(row)
                .put(value)
                .array();
    }

    /**
     * The record of these bytes.
     *
     * @throws StoreException of kind STORE_CORRUPT if they are no record
     */
    public static EntryRecord decode(byte[] bytes) {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            int length = in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw new BufferUnderflowException();
            }
            byte[] row = new byte[length];
            in.get(row);
            byte[] value = new byte[in.remaining()];
            in.get(value);
            return new EntryRecord(Keys.entryKey(row), Arrays.equals(value, DELETED) ? null : EntryCodec.decode(value));
        } catch (BufferUnderflowException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "a logged entry is too short", e);
        }
    }
}
