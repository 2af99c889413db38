package dev.permafrost.store.check;

import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.snapshot.BlobListReader;
import dev.permafrost.store.snapshot.SnapshotManifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds what names blobs that are in trouble: a pass over the live rows and the snapshots' lists, made where there are any. */
final class TroubleSources {
    private static final int ROWS_PER_LOOK = 1024;

    private final CheckedStore store;
    private final Map<Digest, Names> names = new HashMap<>();

    private static final class Names {
        private final List<ArtifactKey> entries = new ArrayList<>();
        private final List<String> origins = new ArrayList<>();
        private final List<String> snapshots = new ArrayList<>();
    }

    TroubleSources(CheckedStore store) {
        this.store = store;
    }

    /** What was found, with what names it. Blocks. */
    List<Trouble> of(List<BlobReading.Found> found) {
        if (found.isEmpty()) {
            return List.of();
        }
        found.forEach(one -> names.put(one.digest(), new Names()));
        lookInEntries();
        lookInSnapshots();
        List<Trouble> troubles = new ArrayList<>();
        for (BlobReading.Found one : found) {
            Names those = names.getOrDefault(one.digest(), new Names());
            Trouble.Fault fault = one.fault();
            if (fault != null) {
                troubles.add(new Trouble(
                        fault,
                        one.digest(),
                        one.sizeBytes(),
                        one.why(),
                        one.takenAway(),
                        those.entries,
                        those.origins,
                        those.snapshots));
            }
        }
        return troubles;
    }

    private void lookInEntries() {
        int[] rows = {0};
        new Catalog(store.index()).entries((key, entry) -> {
            if (++rows[0] % ROWS_PER_LOOK == 0) {
                store.goOn();
            }
            Names those = names.get(entry.digest());
            if (those != null && those.entries.size() < Trouble.ENTRIES_MAX) {
                those.entries.add(key);
                if (!entry.origin().isEmpty() && !those.origins.contains(entry.origin())) {
                    those.origins.add(entry.origin());
                }
            }
        });
    }

    private void lookInSnapshots() {
        List<Digest> sorted = names.keySet().stream().sorted().toList();
        for (SnapshotManifest manifest : store.snapshots().list()) {
            store.goOn();
            BlobListReader list = store.snapshots().openBlobs(manifest.id());
            try (Marks marks = new Marks(List.of(new ListCursor(list)), (digest, size) -> {})) {
                for (Digest digest : sorted) {
                    if (marks.has(digest)) {
                        Names those = names.get(digest);
                        if (those != null) {
                            those.snapshots.add(manifest.id().name());
                        }
                    }
                }
            }
        }
    }
}
