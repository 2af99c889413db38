package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Whether the blobs of a list are there, have the sizes that the list says, and, where they were read, the bytes that their names say.
 *
 * @param blobs how many were looked at
 * @param missing how many are not there
 * @param otherSize how many are longer or shorter
 * @param damaged how many have other bytes; 0 where none was read
 * @param isVerified whether they were read
 * @param faults the first of those that are not as they must be, at most {@value #FAULTS_MAX}
 */
public record BlobProof(
        long blobs, long missing, long otherSize, long damaged, boolean isVerified, List<Fault> faults) {
    /** Most that are named. */
    public static final int FAULTS_MAX = 1000;

    /** One that is not as it must be, and how. */
    public record Fault(Digest blob, String what) {}

    /** Copies the list. */
    public BlobProof {
        faults = List.copyOf(faults);
    }

    /** Whether all are as they must be, as far as they were looked at. */
    public boolean isSound() {
        return missing + otherSize + damaged == 0;
    }

    /**
     * Looks at them. Blocks, for as long as it takes to read them where they are to be read.
     *
     * @param list shows them
     * @param reads whether to read and hash each
     * @param progress is told how many have been looked at
     */
    public static BlobProof of(Consumer<BlobList.Visitor> list, BlobStore blobs, boolean reads, LongConsumer progress) {
        List<Fault> faults = new ArrayList<>();
        long[] counts = new long[4];
        list.accept((digest, sizeBytes) -> {
            long is = blobs.size(digest).orElse(-1);
            String fault = null;
            if (is < 0) {
                counts[1]++;
                fault = "it is not there";
            } else if (is != sizeBytes) {
                counts[2]++;
                fault = "it has " + is + " bytes, not " + sizeBytes;
            } else if (reads && !isSound(blobs, digest)) {
                counts[3]++;
                fault = "it has other bytes than its name says";
            }
            if (fault != null && faults.size() < FAULTS_MAX) {
                faults.add(new Fault(digest, fault));
            }
            progress.accept(++counts[0]);
        });
        return new BlobProof(counts[0], counts[1], counts[2], counts[3], reads, faults);
    }

    private static boolean isSound(BlobStore blobs, Digest digest) {
        try (OpenBlob blob = blobs.open(digest)) {
            return blob.isSound();
        } catch (StoreException e) {
            if (e.kind() == FailureKind.STORE_CORRUPT) {
                return false;
            }
            throw e;
        }
    }
}
