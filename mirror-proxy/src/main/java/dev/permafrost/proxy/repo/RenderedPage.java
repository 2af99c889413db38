package dev.permafrost.proxy.repo;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A page in one of the forms in which it leaves, rendered once for many requests.
 *
 * @param body the bytes, in direct memory; never changed, read by duplicates only
 * @param etag strong entity tag with its quotes, of this form alone
 * @param coding how the bytes are coded
 * @param contentType value of the {@code Content-Type} field
 * @param vary value of the {@code Vary} field, null where the page does not depend on the request
 * @param lastSerial value of the {@code X-PyPI-Last-Serial} field, by which mirrors know how new the page is; -1 for none
 */
public record RenderedPage(
        ByteBuffer body,
        String etag,
        Coding coding,
        String contentType,
        @Nullable String vary,
        long lastSerial) {
    /** Its size in bytes. */
    public int sizeBytes() {
        return body.remaining();
    }
}
