package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;

/**
 * What the store knows of a file that it holds.
 *
 * @param sha256 SHA-256 of its bytes
 * @param sizeBytes number of its bytes
 */
record HeldFile(Digest sha256, long sizeBytes) {
    /** Checks the digest's algorithm and the size. */
    HeldFile {
        if (sha256.algorithm() != Algorithm.SHA256 || sizeBytes < 0) {
            throw new IllegalArgumentException("no file has " + sha256 + " and " + sizeBytes + " bytes");
        }
    }
}
