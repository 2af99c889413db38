package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/** The ways of taking blobs out of packs. */
final class BlobTakers {
    private BlobTakers() {}

    /** Whether a store has a blob, as far as its size tells. */
    static boolean isThere(BlobStore blobs, Digest digest, long sizeBytes) {
        return blobs.size(digest).orElse(-1) == sizeBytes;
    }

    /**
     * Puts those into a store that it has not.
     *
     * @param taken is told the size of each
     */
    static BlobTaker into(BlobStore blobs, LongConsumer taken) {
        return frame -> isThere(blobs, frame.digest(), frame.sizeBytes())
                ? null
                : new Staged(blobs.stage(Set.of()), frame, taken);
    }

    /** Reads all of them, and keeps none. */
    static BlobTaker checking(LongConsumer read) {
        return frame -> new Checked(frame, read);
    }

    private record Staged(StagedBlob staged, BlobFrame frame, LongConsumer taken) implements BlobTaker.Taking {
        @Override
        public void write(ByteBuffer bytes) {
            staged.write(bytes);
        }

        @Override
        public void end() {
            staged.commit(new Expectation(frame.sizeBytes(), Map.of(Algorithm.SHA256, frame.digest())));
            taken.accept(frame.sizeBytes());
        }

        @Override
        public void abandon() {
            staged.discard();
        }
    }

    private record Checked(BlobFrame frame, MessageDigest sum, LongConsumer read) implements BlobTaker.Taking {
        Checked(BlobFrame frame, LongConsumer read) {
            this(frame, Sha256.start(), read);
        }

        @Override
        public void write(ByteBuffer bytes) {
            sum.update(bytes);
        }

        @Override
        public void end() {
            Digest got = Digest.of(Algorithm.SHA256, sum.digest());
            if (!got.equals(frame.digest())) {
                throw new StoreException(
                        FailureKind.DIGEST_MISMATCH, "expected " + frame.digest() + ", got " + got.hex());
            }
            read.accept(frame.sizeBytes());
        }

        @Override
        public void abandon() {}
    }
}
