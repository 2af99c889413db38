package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** Reads a project's page in one form, as a stream: memory grows with the files on it, not with what surrounds them. */
interface IndexReader {
    /**
     * Reads the body to its end, content coding undone, and leaves it open. Blocks. A file that can't be served safely
     * is skipped and counted; the rest of the page works.
     *
     * @throws StoreException of kind {@link FailureKind#UPSTREAM_INVALID} if it is no whole index page, of kind
     *     {@link FailureKind#UPSTREAM_TOO_LARGE} if it is beyond a limit
     * @throws IOException if the body itself fails
     */
    Result read(InputStream body, IndexSource source, IndexLimits limits) throws IOException;

    /**
     * A page, and what was left out of it.
     *
     * @param page the page
     * @param skippedCount how many of its files were skipped
     * @param skipped why, for the first few of them, one line each and safe to log
     */
    record Result(ProjectPage page, int skippedCount, List<String> skipped) {}
}
