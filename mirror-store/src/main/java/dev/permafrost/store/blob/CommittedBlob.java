package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Verification;
import java.util.Map;

/**
 * Bytes that were verified and are durable under their name.
 *
 * @param digest SHA-256, the blob's name
 * @param sizeBytes number of bytes
 * @param digests every digest that was computed on the way, SHA-256 among them
 * @param verification how they were proved
 */
public record CommittedBlob(Digest digest, long sizeBytes, Map<Algorithm, Digest> digests, Verification verification) {
    /** Copies the digests. */
    public CommittedBlob {
        digests = Map.copyOf(digests);
    }
}
