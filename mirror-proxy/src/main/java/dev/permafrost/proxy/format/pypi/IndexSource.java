package dev.permafrost.proxy.format.pypi;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where an index page comes from: everything about upstream's answer but its body.
 *
 * @param project whose page was asked for
 * @param base URL of the answer, after redirects; relative links start from it
 * @param etag the answer's validator, verbatim, null if it had none
 * @param lastModified the answer's date, verbatim, null if it bore none
 * @param fetchedAt when it was received
 */
record IndexSource(
        ProjectName project,
        URI base,
        @Nullable String etag,
        @Nullable String lastModified,
        Instant fetchedAt) {}
