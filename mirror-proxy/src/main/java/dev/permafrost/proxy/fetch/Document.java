package dev.permafrost.proxy.fetch;

import dev.permafrost.proxy.upstream.UpstreamResponse;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What upstream said of a document beside its bytes.
 *
 * @param url the URL that answered, after redirects; links are relative to it
 * @param contentType its media type as given, null where it gave none
 * @param etag its entity tag as given
 * @param lastModified its Last-Modified as given
 */
public record Document(
        URI url,
        @Nullable String contentType,
        @Nullable String etag,
        @Nullable String lastModified) {
    static Document of(UpstreamResponse response) {
        return new Document(
                response.url(),
                response.header("Content-Type"),
                response.header("ETag"),
                response.header("Last-Modified"));
    }
}
