package dev.permafrost.proxy.fetch;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.ArtifactKey;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A file that upstream has, as its index describes it.
 *
 * @param key what it is held under
 * @param url where upstream has it
 * @param expectation what the index says of its bytes
 * @param contentType what it is served as
 * @param cacheControl value of the {@code Cache-Control} field
 * @param goodFor for how long what is held is good before upstream is asked again, since the index has no digest of it; null for ever
 * @param scrutiny what the bytes must be found to be before anybody is given any; null for anything
 */
public record FileRequest(
        ArtifactKey key,
        URI url,
        Expectation expectation,
        String contentType,
        String cacheControl,
        @Nullable Duration goodFor,
        @Nullable Scrutiny scrutiny) {
    /** A file that stays as it is, whatever it is. */
    public FileRequest(ArtifactKey key, URI url, Expectation expectation, String contentType, String cacheControl) {
        this(key, url, expectation, contentType, cacheControl, null, null);
    }

    /** The same file at another place. */
    public FileRequest at(URI other) {
        return new FileRequest(key, other, expectation, contentType, cacheControl, goodFor, scrutiny);
    }
}
