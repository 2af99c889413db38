package dev.permafrost.store.check;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came of a search for blobs that nothing names.
 *
 * @param dryRun whether it was no more than a search
 * @param snapshots how many snapshots were asked, beside the live rows
 * @param named how many of the blobs that are there something names
 * @param deleted how many were deleted, or would have been
 * @param deletedBytes their bytes together
 * @param young how many nothing names, and are too young to be deleted
 * @param youngBytes their bytes together
 * @param wantedAgain how many were committed again between the search and their deletion
 * @param rows how many rows were deleted of blobs that no entry names any more
 * @param missing how many blobs are named and not there
 * @param stopped why it ended early; null where it did not
 * @param marking how long the search for names took
 * @param sweeping how long the rest took
 */
public record GcReport(
        boolean dryRun,
        int snapshots,
        long named,
        long deleted,
        long deletedBytes,
        long young,
        long youngBytes,
        long wantedAgain,
        long rows,
        long missing,
        @Nullable String stopped,
        Duration marking,
        Duration sweeping) {}
