package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.RenderedPage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Makes of a page's bytes the forms in which it is sent, each with its own entity tag. Takes time: not for event loops. */
final class PageVariants {
    /** What pages of the simple index depend on. */
    static final String VARY = "Accept, Accept-Encoding";

    /** Smaller pages fit into a packet or two as they are. */
    private static final int COMPRESSED_FROM_BYTES = 1 << 10;

    private PageVariants() {}

    /** The page, plain and in those codings that make it smaller. */
    static RenderedPage of(byte[] plain, String contentType, String vary, long lastSerial) {
        RenderedPage.Variant identity = variant(plain, contentType, "identity");
        if (plain.length < COMPRESSED_FROM_BYTES) {
            return new RenderedPage(identity, null, null, contentType, vary, lastSerial);
        }
        byte[] gzip = PageCompression.gzip(plain);
        byte[] zstd = PageCompression.zstd(plain);
        int best = Math.min(plain.length, gzip.length);
        return new RenderedPage(
                identity,
                gzip.length < plain.length ? variant(gzip, contentType, "gzip") : null,
                zstd != null && zstd.length < best ? variant(zstd, contentType, "zstd") : null,
                contentType,
                vary,
                lastSerial);
    }

    private static RenderedPage.Variant variant(byte[] bytes, String contentType, String coding) {
        ByteBuffer body = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new RenderedPage.Variant(body, etag(bytes, contentType, coding));
    }

    /** An entity tag of these bytes in that form, with its quotes. */
    static String etag(byte[] bytes, String contentType, String coding) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update((contentType + " " + coding).getBytes(StandardCharsets.US_ASCII));
            return '"' + HexFormat.of().formatHex(sha256.digest(bytes), 0, 16) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
