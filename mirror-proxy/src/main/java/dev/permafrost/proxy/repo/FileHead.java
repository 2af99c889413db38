package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.Digest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a file beside its bytes.
 *
 * @param contentType its media type
 * @param etag strong entity tag with its quotes, null while the bytes are not known yet (RFC 9110 §8.8.3)
 * @param lastModified when these bytes came to be, null where that is not known
 * @param cacheControl value of the {@code Cache-Control} field
 * @param outcome how the reply came about
 * @param contentEncoding the coding that these bytes have, null for none; never one of a package, only of a page kept as a file
 * @param vary value of the {@code Vary} field, null where the file does not depend on the request
 * @param lastSerial value of the {@code X-PyPI-Last-Serial} field, -1 for none; only of a page kept as a file
 */
public record FileHead(
        String contentType,
        @Nullable String etag,
        @Nullable Instant lastModified,
        String cacheControl,
        CacheOutcome outcome,
        @Nullable String contentEncoding,
        @Nullable String vary,
        long lastSerial) {
    /** What is said of a file that is the same for everybody. */
    public FileHead(
            String contentType,
            @Nullable String etag,
            @Nullable Instant lastModified,
            String cacheControl,
            CacheOutcome outcome) {
        this(contentType, etag, lastModified, cacheControl, outcome, null, null, -1);
    }

    /** The entity tag of bytes with that digest. */
    public static String etagOf(Digest digest) {
        return '"' + digest.hex() + '"';
    }
}
