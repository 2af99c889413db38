package dev.permafrost.store;

import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A change of several rows that is made as a whole or not at all, and that a lost index gets back as it was.
 *
 * @param docs documents, by their chunks as they are to be
 * @param added entries, by what {@link MirrorStore#hold} has stored of them
 * @param moved entries that are under another key from now on, in place of what is there, by the key of before
 * @param deleted entries that are no more; their blobs stay until nothing names them
 */
public record Amendment(
        Map<DocKey, List<byte[]>> docs,
        Map<ArtifactKey, CommittedBlob> added,
        Map<ArtifactKey, ArtifactKey> moved,
        Set<ArtifactKey> deleted) {
    /** That nothing changes. */
    public static final Amendment NOTHING = new Amendment(Map.of(), Map.of(), Set.of());

    /** Copies all. */
    public Amendment {
        docs = Map.copyOf(docs);
        added = Map.copyOf(added);
        moved = Map.copyOf(moved);
        deleted = Set.copyOf(deleted);
    }

    /** One by which nothing moves. */
    public Amendment(Map<DocKey, List<byte[]>> docs, Map<ArtifactKey, CommittedBlob> added, Set<ArtifactKey> deleted) {
        this(docs, added, Map.of(), deleted);
    }

    /** The same with these entries. */
    public Amendment adding(Map<ArtifactKey, CommittedBlob> entries) {
        return new Amendment(docs, entries, moved, deleted);
    }

    /** The key under which it adds that blob, if it does. */
    Optional<ArtifactKey> keyOf(CommittedBlob blob) {
        return added.entrySet().stream()
                .filter(one -> one.getValue().equals(blob))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
