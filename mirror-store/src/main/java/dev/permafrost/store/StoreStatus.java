package dev.permafrost.store;

import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.Verification;
import dev.permafrost.store.snapshot.SnapshotManifest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a store holds at one moment.
 *
 * @param data its folder
 * @param serving the snapshot that it was opened on; empty for the live index
 * @param entries number of entries, by how they were proved
 * @param blobs number of blobs
 * @param blobBytes their bytes together
 * @param suspended number of downloads that broke off and can be gone on with
 * @param snapshots its snapshots, oldest first
 * @param current the snapshot that {@code current} names
 * @param freeBytes bytes free on its disk
 */
public record StoreStatus(
        Path data,
        Optional<SnapshotId> serving,
        Map<Verification, Long> entries,
        long blobs,
        long blobBytes,
        long suspended,
        List<SnapshotManifest> snapshots,
        Optional<SnapshotId> current,
        long freeBytes) {
    /** Copies the collections. */
    public StoreStatus {
        entries = Map.copyOf(entries);
        snapshots = List.copyOf(snapshots);
    }
}
