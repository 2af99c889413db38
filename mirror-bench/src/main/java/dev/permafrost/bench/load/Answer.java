package dev.permafrost.bench.load;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The body that every request of a load must be answered with.
 *
 * @param lengthBytes how long it is
 * @param sha256 its digest in hexadecimal
 */
public record Answer(long lengthBytes, String sha256) {
    /** That body. */
    public static Answer of(byte[] body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
            return new Answer(body.length, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
