package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checksums as metadata writes them: a kind and hexadecimal digits. */
final class Checksums {
    /** The kinds, as createrepo names them. Its {@code sha} is SHA-1: it is older than the others. */
    private static final Map<String, Algorithm> KINDS = Map.of(
            "md5", Algorithm.MD5,
            "sha", Algorithm.SHA1,
            "sha1", Algorithm.SHA1,
            "sha224", Algorithm.SHA224,
            "sha256", Algorithm.SHA256,
            "sha384", Algorithm.SHA384,
            "sha512", Algorithm.SHA512);

    private Checksums() {}

    /** The algorithm of a kind, also where it is written with a hyphen, as metalinks of RFC 5854 do; null for an unknown one. */
    static @Nullable Algorithm algorithm(@Nullable String kind) {
        return kind == null ? null : KINDS.get(kind.toLowerCase(Locale.ROOT).replace("-", ""));
    }

    /** The digest of some bytes, of an algorithm that {@link #algorithm} names. */
    static Digest of(Algorithm algorithm, byte[] bytes) {
        try {
            return Digest.of(
                    algorithm, MessageDigest.getInstance(algorithm.jcaName()).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm.jcaName(), e);
        }
    }

    /**
     * A checksum.
     *
     * @throws OddValueException if its kind is unknown, or it is not what that kind has
     */
    static Digest parse(@Nullable String kind, String hex) throws OddValueException {
        Algorithm algorithm = algorithm(kind);
        if (algorithm == null) {
            throw new OddValueException(
                    kind == null
                            ? "a checksum does not say of which kind it is"
                            : "a checksum is of the kind " + PlainText.quoted(kind)
                                    + ", and only md5, sha (which is sha1), sha1, sha224, sha256, sha384 and sha512 are known");
        }
        boolean isHex = hex.chars().allMatch(HexFormat::isHexDigit);
        if (!isHex || hex.length() != 2 * algorithm.lengthBytes()) {
            throw new OddValueException("the checksum " + PlainText.quoted(hex) + " is not "
                    + 2 * algorithm.lengthBytes() + " hexadecimal digits, as " + algorithm.label() + " has them");
        }
        return Digest.parse(algorithm, hex);
    }
}
