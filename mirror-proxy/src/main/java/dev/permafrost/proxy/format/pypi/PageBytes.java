package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.RenderedPage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Makes pages that can be sent of their bytes: compressed where that helps, each form with its own validator. */
final class PageBytes {
    /** Smaller pages fit into a packet or two as they are. */
    private static final int COMPRESSED_FROM_BYTES = 1 << 10;

    private PageBytes() {}

    /** A page of these bytes. */
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

    /** A strong validator of these bytes as that (RFC 9110 §8.8.3). */
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
