package dev.permafrost.proxy.repo;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A page in the form in which it leaves, rendered once for many requests.
 *
 * @param body the bytes, in direct memory; never changed, read by duplicates only
 * @param contentType value of the {@code Content-Type} field
 * @param etag strong entity tag with its quotes, of this variant alone
 * @param vary value of the {@code Vary} field, null where the page does not depend on the request
 */
public record RenderedPage(
        ByteBuffer body,
        String contentType,
        String etag,
        @Nullable String vary) {
    /** Its size in bytes. */
    public int sizeBytes() {
        return body.remaining();
    }
}
