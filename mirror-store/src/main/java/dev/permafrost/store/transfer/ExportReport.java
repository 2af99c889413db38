package dev.permafrost.store.transfer;

import dev.permafrost.store.model.SnapshotId;
import java.util.List;
import java.util.Optional;

/**
 * What a bundle carries that was written, or would be.
 *
 * @param snapshot the snapshot
 * @param base the one that the receiver must have
 * @param repositories those that it has anything of
 * @param blobs how many blobs it carries
 * @param blobBytes their bytes together
 * @param blobsRemoved how many of the base's are no more
 * @param rows how many rows of the index change
 * @param bytes how large it is
 * @param volumes on how many volumes it lies
 * @param fingerprint of the key by which it is signed
 */
public record ExportReport(
        SnapshotId snapshot,
        Optional<SnapshotId> base,
        List<String> repositories,
        long blobs,
        long blobBytes,
        long blobsRemoved,
        long rows,
        long bytes,
        int volumes,
        String fingerprint) {
    /** Copies the repositories. */
    public ExportReport {
        repositories = List.copyOf(repositories);
    }
}
