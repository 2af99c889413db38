package dev.permafrost.store.transfer;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.ByteBuffer;

/** What comes before each blob in the packs: a mark, its size in bytes, its SHA-256. */
record BlobFrame(Digest digest, long sizeBytes) {
    private static final long MARK = 0x50464242_4c4f4231L; // "PFBBLOB1"
    static final int BYTES = Long.BYTES + Long.BYTES + 32;

    void write(ByteBuffer out) {
        out.putLong(MARK).putLong(sizeBytes).put(digest.bytes());
    }

    /** Reads one; STORE_CORRUPT if there is none. */
    static BlobFrame read(ByteBuffer in, String where) {
        long mark = in.getLong();
        long size = in.getLong();
        byte[] digest = new byte[32];
        in.get(digest);
        if (mark != MARK || size < 0) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    where + " is damaged: a blob does not begin where one should; see what 'sha256sum -c "
                            + BundleManifest.SUMS_NAME + "' says there, and carry it over again");
        }
        return new BlobFrame(Digest.of(Algorithm.SHA256, digest), size);
    }
}
