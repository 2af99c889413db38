package dev.permafrost.store;

import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A change of several rows that is made as a whole or not at all.
 *
 * @param docs documents, by their chunks as they are to be
 * @param deleted entries that are no more; their blobs stay until nothing names them
 */
public record Amendment(Map<DocKey, List<byte[]>> docs, Set<ArtifactKey> deleted) {
    /** That nothing changes. */
    public static final Amendment NOTHING = new Amendment(Map.of(), Set.of());

    /** Copies both. */
    public Amendment {
        docs = Map.copyOf(docs);
        deleted = Set.copyOf(deleted);
    }
}
