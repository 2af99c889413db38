package dev.permafrost.store.snapshot;

import dev.permafrost.store.model.Digest;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which blobs of one snapshot nothing else names: they are kept in flat memory, 40 bytes each, and crossed out as they are seen elsewhere. For
 * one thread.
 */
public final class SoleBlobs {
    private static final int DIGEST_BYTES = 32;

    private final BitSet crossedOut = new BitSet();
    private byte[] digests;
    private long[] sizes;
    private int count;

    /** None yet; room for so many. */
    public SoleBlobs(long blobs) {
        int room = (int) Math.max(16, Math.min(blobs, Integer.MAX_VALUE / DIGEST_BYTES - 1));
        this.digests = new byte[room * DIGEST_BYTES];
        this.sizes = new long[room];
    }

    /** Adds one; each is larger than the one before. */
    public void add(Digest blob, long sizeBytes) {
        if (count == sizes.length) {
            sizes = Arrays.copyOf(sizes, Math.addExact(count, count));
            digests = Arrays.copyOf(digests, Math.multiplyExact(sizes.length, DIGEST_BYTES));
        }
        System.arraycopy(blob.bytes(), 0, digests, count * DIGEST_BYTES, DIGEST_BYTES);
        sizes[count++] = sizeBytes;
    }

    /** Crosses one out, if it is among them. */
    public void crossOut(Digest blob) {
        byte[] wanted = blob.bytes();
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int at = middle * DIGEST_BYTES;
            int order = Arrays.compareUnsigned(digests, at, at + DIGEST_BYTES, wanted, 0, DIGEST_BYTES);
            if (order == 0) {
                crossedOut.set(middle);
                return;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
    }

    /** How many are left. */
    public long blobs() {
        return (long) count - crossedOut.cardinality();
    }

    /** Their bytes together. */
    public long bytes() {
        long bytes = 0;
        for (int i = crossedOut.nextClearBit(0); i < count; i = crossedOut.nextClearBit(i + 1)) {
            bytes += sizes[i];
        }
        return bytes;
    }
}
