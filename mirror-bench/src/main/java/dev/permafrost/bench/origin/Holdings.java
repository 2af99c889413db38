package dev.permafrost.bench.origin;

import org.jspecify.annotations.Nullable;

/** What an origin has. For many threads. */
public interface Holdings {
    /** The file at that path, or null. */
    @Nullable Artifact at(String path);

    /**
     * The page at that path, or null.
     *
     * @param asJson whether whoever asks takes JSON (PEP 691)
     */
    @Nullable Page page(String path, boolean asJson);

    /** Whether to count what is asked for, path by path: not where there are too many paths to remember. */
    default boolean counts() {
        return true;
    }

    /**
     * A page.
     *
     * @param contentType its media type
     * @param etag its entity tag with its quotes, null for none
     */
    @SuppressWarnings("ArrayRecordComponent") // sent once, compared by nobody
    record Page(byte[] bytes, String contentType, @Nullable String etag) {}
}
