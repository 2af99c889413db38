package dev.permafrost.store.model;

import java.util.Arrays;
import java.util.HexFormat;

/** A digest and the algorithm that made it. Immutable; equal by value; ordered by algorithm, then by bytes. */
public final class Digest implements Comparable<Digest> {
    private static final HexFormat HEX = HexFormat.of();

    private final Algorithm algorithm;
    private final byte[] bytes;

    private Digest(Algorithm algorithm, byte[] bytes) {
        this.algorithm = algorithm;
        this.bytes = bytes;
    }

    /**
     * A digest of these bytes, which are copied.
     *
     * @throws IllegalArgumentException if their number is not the algorithm's
     */
    public static Digest of(Algorithm algorithm, byte[] bytes) {
        if (bytes.length != algorithm.lengthBytes()) {
            throw new IllegalArgumentException("a " + algorithm.label() + " digest has " + algorithm.lengthBytes()
                    + " bytes, not " + bytes.length);
        }
        return new Digest(algorithm, bytes.clone());
    }

    /**
     * A digest from its hexadecimal form, in either case.
     *
     * @throws IllegalArgumentException if it is not hexadecimal or not of the algorithm's length
     */
    public static Digest parse(Algorithm algorithm, String hex) {
        if (hex.length() != 2 * algorithm.lengthBytes()) {
            throw new IllegalArgumentException("a " + algorithm.label() + " digest has " + 2 * algorithm.lengthBytes()
                    + " hexadecimal digits, not " + hex.length());
        }
        return new Digest(algorithm, HEX.parseHex(hex));
    }

    /** A SHA-256 digest from its hexadecimal form; see {@link #parse}. */
    public static Digest sha256(String hex) {
        return parse(Algorithm.SHA256, hex);
    }

    /** The algorithm. */
    public Algorithm algorithm() {
        return algorithm;
    }

    /** A copy of the digest's bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The digest in lower-case hexadecimal. */
    public String hex() {
        return HEX.formatHex(bytes);
    }

    @Override
    public int compareTo(Digest other) {
        int byAlgorithm = algorithm.compareTo(other.algorithm);
        return byAlgorithm != 0 ? byAlgorithm : Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Digest d && d.algorithm == algorithm && Arrays.equals(d.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** {@code sha256:2c26b4…}. */
    @Override
    public String toString() {
        return algorithm.label() + ":" + hex();
    }
}
