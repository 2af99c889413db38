package dev.permafrost.proxy.fetch;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** What a file of which the index promises no bytes must be, so that an error page is not kept in its place. */
public interface Scrutiny {
    /** Most bytes that it may have. */
    long bytesMax();

    /** Whether it may have that media type, as upstream gives it. */
    boolean isOfType(@Nullable String contentType);

    /** What it should have been, for a message: {@code it is no …}. */
    default String kind(String contentType) {
        return contentType;
    }

    /**
     * Reads all of it. Blocks.
     *
     * @throws IOException saying why it is not what it should be
     */
    void read(InputStream bytes) throws IOException;
}
