package dev.permafrost.store.transfer;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.ByteBuffer;

/**
 * That a snapshot has a blob which its base has not, or the other way round: a record of the lists, which are sorted by digest.
 *
 * @param added whether the snapshot has it
 * @param position for an added one, where its frame begins in the packs taken together
 */
record BlobChange(boolean added, Digest digest, long sizeBytes, long position) {
    static final int BYTES = 1 + 32 + Long.BYTES + Long.BYTES;
    private static final byte ADDED = '+';
    private static final byte REMOVED = '-';

    void write(ByteBuffer out) {
        out.put(added ? ADDED : REMOVED).put(digest.bytes()).putLong(sizeBytes).putLong(position);
    }

    static BlobChange read(ByteBuffer in) {
        byte sign = in.get();
        byte[] digest = new byte[32];
        in.get(digest);
        long size = in.getLong();
        long position = in.getLong();
        if ((sign != ADDED && sign != REMOVED) || size < 0 || position < 0) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "a list of blobs has a record that can't be");
        }
        return new BlobChange(sign == ADDED, Digest.of(Algorithm.SHA256, digest), size, position);
    }
}
