package dev.permafrost.store.model;

import java.time.Instant;

/**
 * What the store holds under a key.
 *
 * @param digest SHA-256 of the bytes, which is also the blob's name
 * @param sizeBytes number of bytes
 * @param verification how the bytes were proved
 * @param committedAt when they were committed, to the millisecond
 * @param origin the URL they came from, empty where they did not come by URL
 */
public record Entry(Digest digest, long sizeBytes, Verification verification, Instant committedAt, String origin) {
    /** Longest origin, in UTF-16 units. */
    public static final int ORIGIN_CHARS_MAX = 64 * 1024;

    /** Checks that the digest is the one that names blobs. */
    public Entry {
        if (digest.algorithm() != Algorithm.SHA256) {
            throw new IllegalArgumentException("a blob is named by its sha256, not by " + digest);
        }
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("a size is not negative: " + sizeBytes);
        }
        if (origin.length() > ORIGIN_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "an origin has at most " + ORIGIN_CHARS_MAX + " characters, not " + origin.length());
        }
    }
}
