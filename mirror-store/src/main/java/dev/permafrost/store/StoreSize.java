package dev.permafrost.store;

import dev.permafrost.store.model.Verification;
import java.util.Map;

/**
 * How much a store holds.
 *
 * @param entries number of entries, by how they were proved
 * @param blobs number of blobs
 * @param blobBytes their bytes together
 */
public record StoreSize(Map<Verification, Long> entries, long blobs, long blobBytes) {
    /** Copies the map. */
    public StoreSize {
        entries = Map.copyOf(entries);
    }
}
