package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.RenderedPage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Makes of a page's bytes a form in which it is sent, each with its own entity tag. Takes time: not for event loops. */
final class PageVariants {
    /** What pages of the simple index depend on. */
    static final String VARY = "Accept, Accept-Encoding";

    /** Smaller pages fit into a packet or two as they are. */
    private static final int COMPRESSED_FROM_BYTES = 1 << 10;

    private PageVariants() {}

    /** The page in that coding, or as it is where that would save nothing. */
    static RenderedPage of(byte[] plain, Coding coding, String contentType, String vary, long lastSerial) {
        byte[] coded = plain.length < COMPRESSED_FROM_BYTES ? plain : PageCompression.coded(plain, coding);
        boolean smaller = coded.length < plain.length;
        byte[] bytes = smaller ? coded : plain;
        Coding applied = smaller ? coding : Coding.IDENTITY;
        ByteBuffer body = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new RenderedPage(body, etag(bytes, contentType, applied), applied, contentType, vary, lastSerial);
    }

    /** An entity tag of these bytes in that form, with its quotes. */
    static String etag(byte[] bytes, String contentType, Coding coding) {
        MessageDigest sha256 = sha256();
        sha256.update((contentType + " " + coding).getBytes(StandardCharsets.US_ASCII));
        return '"' + HexFormat.of().formatHex(sha256.digest(bytes), 0, 16) + '"';
    }

    /** A new computation of such a digest. */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
