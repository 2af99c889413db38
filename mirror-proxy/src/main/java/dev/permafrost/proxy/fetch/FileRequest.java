package dev.permafrost.proxy.fetch;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.ArtifactKey;
import java.net.URI;

/**
 * A file that upstream has, as its index describes it.
 *
 * @param key what it is held under
 * @param url where upstream has it
 * @param expectation what the index says of its bytes
 * @param contentType what it is served as
 * @param cacheControl value of the {@code Cache-Control} field
 */
public record FileRequest(ArtifactKey key, URI url, Expectation expectation, String contentType, String cacheControl) {}
