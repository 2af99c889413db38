package dev.permafrost.store.model;

import java.util.Locale;
import java.util.Optional;

/**
 * A digest algorithm that a package index may name. {@link #SHA256} is the one that names blobs; the others are computed
 * when an index asks for them.
 */
public enum Algorithm {
    SHA256("sha256", "SHA-256", 32, 1),
    SHA1("sha1", "SHA-1", 20, 2),
    SHA512("sha512", "SHA-512", 64, 3),
    MD5("md5", "MD5", 16, 4),
    SHA384("sha384", "SHA-384", 48, 5),
    SHA224("sha224", "SHA-224", 28, 6),
    /** BLAKE2b with 256 bits of output, PyPI's {@code blake2b_256}. */
    BLAKE2B_256("blake2b_256", "BLAKE2B-256", 32, 7);

    private final String label;
    private final String jcaName;
    private final int lengthBytes;
    private final int code;

    Algorithm(String label, String jcaName, int lengthBytes, int code) {
        this.label = label;
        this.jcaName = jcaName;
        this.lengthBytes = lengthBytes;
        this.code = code;
    }

    /** The name in package indexes, as Python's hashlib spells it: {@code sha256}, {@code blake2b_256}. */
    public String label() {
        return label;
    }

    /** The name under which a Java security provider knows it. */
    public String jcaName() {
        return jcaName;
    }

    /** Length of a digest in bytes. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** The number that stands for it on disk; never reused. */
    public int code() {
        return code;
    }

    /** The algorithm of that label, in any case; empty for one that this store does not compute. */
    public static Optional<Algorithm> ofLabel(String label) {
        String wanted = label.toLowerCase(Locale.ROOT);
        for (Algorithm a : values()) {
            if (a.label.equals(wanted)) {
                return Optional.of(a);
            }
        }
        return Optional.empty();
    }

    /**
     * The algorithm of that on-disk number.
     *
     * @throws StoreException of kind {@link FailureKind#STORE_CORRUPT} for a number that no version has written
     */
    public static Algorithm ofCode(int code) {
        for (Algorithm a : values()) {
            if (a.code == code) {
                return a;
            }
        }
        throw new StoreException(
                FailureKind.STORE_CORRUPT,
                "an index row names digest algorithm number " + code + ", which this version does not know");
    }
}
