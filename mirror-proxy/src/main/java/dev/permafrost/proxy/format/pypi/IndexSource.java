package dev.permafrost.proxy.format.pypi;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where an index page comes from: everything about upstream's answer but its body.
 *
 * @param of whose page was asked for, null for the list of all projects
 * @param base URL of the answer, after redirects; relative links start from it
 * @param etag the answer's validator, verbatim, null if it had none
 * @param lastModified the answer's date, verbatim, null if it bore none
 * @param fetchedAt when it was received
 */
record IndexSource(
        @Nullable ProjectName of,
        URI base,
        @Nullable String etag,
        @Nullable String lastModified,
        Instant fetchedAt) {
    /**
     * Whose page it is.
     *
     * @throws IllegalStateException for the list of all projects
     */
    ProjectName project() {
        if (of == null) {
            throw new IllegalStateException("the list of all projects is nobody's page");
        }
        return of;
    }

    /** What it is, in words. */
    String title() {
        return of == null ? "list of projects" : "page of project " + of;
    }
}
