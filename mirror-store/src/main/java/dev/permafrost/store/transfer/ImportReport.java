package dev.permafrost.store.transfer;

import dev.permafrost.store.model.SnapshotId;
import java.util.List;
import java.util.Optional;

/**
 * What a bundle has brought, or would bring.
 *
 * @param snapshot the snapshot
 * @param base the snapshot of this store that it was made of
 * @param sender who sent it, in its own words
 * @param signer the key that it is signed with, as it is trusted here
 * @param outcome what was done
 * @param isCurrent whether {@code current} names it now
 * @param repositories those that it has anything of
 * @param entriesPut how many files it lists that are new or other than in the base
 * @param entriesDeleted how many of the base's it lists no more
 * @param blobsTaken how many blobs were not here before
 * @param bytesTaken their bytes together
 */
public record ImportReport(
        SnapshotId snapshot,
        Optional<SnapshotId> base,
        String sender,
        Signer signer,
        Outcome outcome,
        boolean isCurrent,
        List<String> repositories,
        long entriesPut,
        long entriesDeleted,
        long blobsTaken,
        long bytesTaken) {
    /** Copies the repositories. */
    public ImportReport {
        repositories = List.copyOf(repositories);
    }

    /** The same, if {@code current} names the snapshot or not. */
    public ImportReport withCurrent(boolean value) {
        return new ImportReport(
                snapshot,
                base,
                sender,
                signer,
                outcome,
                value,
                repositories,
                entriesPut,
                entriesDeleted,
                blobsTaken,
                bytesTaken);
    }

    /** What was done. */
    public enum Outcome {
        /** The snapshot is there now. */
        TAKEN,
        /** It was there already, the same. */
        THERE_ALREADY,
        /** All of it was read and found right, and nothing was written. */
        CHECKED
    }
}
