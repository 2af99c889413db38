package dev.permafrost.store.check;

import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.Suspect;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Reads one blob from end to end, and looks whether it is what its name, and what names it, says. */
final class BlobReading implements Callable<BlobReading.Found> {
    static final int BUFFER_BYTES = 1 << 20;

    private static final ThreadLocal<ByteBuffer> BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocate(BUFFER_BYTES));

    private final CheckedStore store;
    private final Digest digest;
    private final long sizeBytes;
    private final RateLimit limit;
    private final @Nullable Quarantine quarantine;

    /**
     * What was found.
     *
     * @param bytes how many bytes were read
     * @param fault what is wrong; null where nothing is
     * @param why the same in words
     * @param takenAway whether the file was taken away
     */
    record Found(
            Digest digest, long sizeBytes, long bytes, Trouble.@Nullable Fault fault, String why, boolean takenAway) {}

    /**
     * A blob to be read.
     *
     * @param sizeBytes how many bytes it is said to have
     * @param quarantine where it goes if it is damaged; null for nowhere
     */
    BlobReading(CheckedStore store, Digest digest, long sizeBytes, RateLimit limit, @Nullable Quarantine quarantine) {
        this.store = store;
        this.digest = digest;
        this.sizeBytes = sizeBytes;
        this.limit = limit;
        this.quarantine = quarantine;
    }

    @Override
    public Found call() throws InterruptedException {
        try (Suspect suspect = store.blobs().suspect(digest).orElse(null)) {
            if (suspect == null) {
                // what names it is gone meanwhile, or it is not there, which is for the next run to tell
                return found(0, null, "", false);
            }
            Digest real;
            try (OpenBlob blob = store.blobs().open(digest)) {
                real = hash(blob.channel());
            } catch (IOException e) {
                return found(0, Trouble.Fault.UNREADABLE, String.valueOf(e.getMessage()), false);
            } catch (StoreException e) {
                if (e.kind() == FailureKind.STORE_CORRUPT) {
                    return found(0, null, "", false);
                }
                return found(0, Trouble.Fault.UNREADABLE, String.valueOf(e.getMessage()), false);
            }
            long bytes = suspect.facts().sizeBytes();
            if (!real.equals(digest)) {
                boolean taken = quarantine != null && quarantine.take(digest, suspect);
                return found(bytes, Trouble.Fault.DAMAGED, "its bytes have the SHA-256 " + real.hex(), taken);
            }
            return bytes == sizeBytes
                    ? found(bytes, null, "", false)
                    : found(
                            bytes,
                            Trouble.Fault.WRONG_SIZE,
                            "it has " + bytes + " bytes, as its name wants it, and what names it says " + sizeBytes,
                            false);
        }
    }

    private Found found(long bytes, Trouble.@Nullable Fault fault, String why, boolean takenAway) {
        return new Found(digest, sizeBytes, bytes, fault, why, takenAway);
    }

    private Digest hash(FileChannel channel) throws IOException, InterruptedException {
        MessageDigest sha256 = sha256();
        ByteBuffer buffer = BUFFER.get();
        for (long at = 0; ; ) {
            store.goOn();
            int n = channel.read(buffer.clear(), at);
            if (n < 0) {
                return Digest.of(Algorithm.SHA256, sha256.digest());
            }
            limit.take(n);
            sha256.update(buffer.flip());
            at += n;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance(Algorithm.SHA256.jcaName());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
