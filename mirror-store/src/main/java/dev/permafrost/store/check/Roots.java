package dev.permafrost.store.check;

import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.snapshot.SnapshotManifest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Everything that names blobs: the live rows of one moment, and the snapshots that there were by the end of looking at these, in that
 * order, so that what was sealed in between is among them. One thread.
 */
final class Roots implements AutoCloseable {
    private static final int ROWS_PER_LOOK = 1024;

    private final CheckedStore store;
    private final DigestSorter live;
    private final List<SnapshotId> lists = new ArrayList<>();
    private int snapshots;

    private Roots(CheckedStore store) {
        this.store = store;
        this.live = new DigestSorter(() -> FileBlobStore.scratchFile(store.root(), store.ops()));
    }

    /**
     * Looks at all of them; the caller closes it. Blocks.
     *
     * @param settle is called between the rows and the snapshots, and waits for those that are being sealed
     * @throws dev.permafrost.store.model.StoreException STORE_CORRUPT if a snapshot's list is not what it was sealed with
     */
    static Roots look(CheckedStore store, Runnable settle, CheckProgress progress) {
        Roots roots = new Roots(store);
        boolean looked = false;
        try {
            roots.lookAtRows(progress);
            settle.run();
            roots.lookAtSnapshots(progress);
            looked = true;
            return roots;
        } finally {
            if (!looked) {
                roots.close();
            }
        }
    }

    private void lookAtRows(CheckProgress progress) {
        long[] rows = {0};
        new Catalog(store.index()).entries((key, entry) -> {
            live.add(entry.digest().bytes(), entry.sizeBytes());
            if (++rows[0] % ROWS_PER_LOOK == 0) {
                store.goOn();
                progress.tell("looking at entries", rows[0], 0);
            }
        });
    }

    private void lookAtSnapshots(CheckProgress progress) {
        List<SnapshotManifest> all = store.snapshots().list();
        snapshots = all.size();
        // snapshots that nothing has changed between have the same list
        Set<String> seen = new HashSet<>();
        for (SnapshotManifest manifest : all) {
            store.goOn();
            progress.tell("looking at snapshots", lists.size(), snapshots);
            if (seen.add(manifest.blobListSha256())) {
                store.snapshots().prove(manifest);
                lists.add(manifest.id());
            }
        }
    }

    /** How many snapshots there are. */
    int snapshots() {
        return snapshots;
    }

    /** All that is named. */
    Marks all(BiConsumer<Digest, Long> passedOver) {
        List<BlobCursor> cursors = new ArrayList<>(live.sorted());
        cursors.addAll(lists());
        return new Marks(cursors, passedOver);
    }

    private List<BlobCursor> lists() {
        List<BlobCursor> cursors = new ArrayList<>();
        for (SnapshotId id : lists) {
            cursors.add(new ListCursor(store.snapshots().openBlobs(id)));
        }
        return cursors;
    }

    /** All that live rows name. */
    Marks live(BiConsumer<Digest, Long> passedOver) {
        return new Marks(live.sorted(), passedOver);
    }

    @Override
    public void close() {
        live.close();
    }
}
