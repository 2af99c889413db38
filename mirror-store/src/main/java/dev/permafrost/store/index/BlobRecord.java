package dev.permafrost.store.index;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.time.Instant;
import java.util.Map;

/**
 * What is known of a blob beside its name.
 *
 * @param sizeBytes number of bytes
 * @param digests its digests in other algorithms
 * @param verifiedAt when its bytes were last read and found right, to the millisecond
 */
public record BlobRecord(long sizeBytes, Map<Algorithm, Digest> digests, Instant verifiedAt) {
    /** Copies the digests. */
    public BlobRecord {
        digests = Map.copyOf(digests);
    }
}
