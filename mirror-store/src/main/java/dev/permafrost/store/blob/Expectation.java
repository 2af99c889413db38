package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Verification;
import java.util.Map;
import java.util.Set;

/**
 * What is known of some bytes before they arrive.
 *
 * @param sizeBytes their number, or -1 where it is not known
 * @param digests their digests, one for each algorithm that the index named; all are checked
 */
public record Expectation(long sizeBytes, Map<Algorithm, Digest> digests) {
    /** Nothing is known. */
    public static final Expectation NOTHING = new Expectation(-1, Map.of());

    /** Copies the digests and checks that each is filed under its own algorithm. */
    public Expectation {
        digests = Map.copyOf(digests);
        digests.forEach((algorithm, digest) -> {
            if (digest.algorithm() != algorithm) {
                throw new IllegalArgumentException("a digest " + digest + " is filed under " + algorithm.label());
            }
        });
    }

    /** These bytes have this digest; their number is not known. */
    public static Expectation of(Digest digest) {
        return new Expectation(-1, Map.of(digest.algorithm(), digest));
    }

    /** The same with a number of bytes, where none was known yet. */
    public Expectation withSize(long size) {
        return sizeBytes >= 0 ? this : new Expectation(size, digests);
    }

    /** The algorithms that must be computed to check it; {@link Algorithm#SHA256} always is. */
    public Set<Algorithm> algorithms() {
        return digests.keySet();
    }

    /** How strong a proof it is if the bytes fit. */
    public Verification verification() {
        if (!digests.isEmpty()) {
            return Verification.DIGEST;
        }
        return sizeBytes >= 0 ? Verification.LENGTH : Verification.NONE;
    }
}
