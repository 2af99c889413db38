package dev.permafrost.proxy.repo;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A page in the forms in which it leaves, rendered once for many requests.
 *
 * @param plain the page as it is
 * @param gzip the same compressed (RFC 1952), null where that would save nothing
 * @param zstd the same compressed (RFC 8878), null where that would save nothing over gzip, or can't be made here
 * @param contentType value of the {@code Content-Type} field
 * @param vary value of the {@code Vary} field, null where the page does not depend on the request
 * @param lastSerial value of the {@code X-PyPI-Last-Serial} field, by which mirrors know how new the page is; -1 for none
 */
public record RenderedPage(
        Variant plain,
        @Nullable Variant gzip,
        @Nullable Variant zstd,
        String contentType,
        @Nullable String vary,
        long lastSerial) {
    /**
     * One form of a page.
     *
     * @param body the bytes, in direct memory; never changed, read by duplicates only
     * @param etag strong entity tag with its quotes, of this form alone
     */
    public record Variant(ByteBuffer body, String etag) {
        /** Its size in bytes. */
        public int sizeBytes() {
            return body.remaining();
        }
    }

    /** The size of all its forms in bytes. */
    public int sizeBytes() {
        return plain.sizeBytes() + sizeBytes(gzip) + sizeBytes(zstd);
    }

    private static int sizeBytes(@Nullable Variant variant) {
        return variant == null ? 0 : variant.sizeBytes();
    }
}
