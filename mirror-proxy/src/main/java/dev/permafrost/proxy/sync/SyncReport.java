package dev.permafrost.proxy.sync;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run.
 *
 * @param held how many files are held now that were to be
 * @param heldBytes how many bytes these have, as far as their sizes were known
 * @param receivedBytes how many bytes have come, of whatever
 * @param failed how many are not
 * @param failures those, each with its reason; the first {@value #FAILURES_MAX}
 * @param notTried how many were not even tried, since the run ended before
 * @param ended why it did; null where it came to its end
 */
public record SyncReport(
        long held,
        long heldBytes,
        long receivedBytes,
        long failed,
        List<Failure> failures,
        long notTried,
        @Nullable String ended) {
    /** Most failures that are named. */
    public static final int FAILURES_MAX = 10_000;

    /** Copies the list. */
    public SyncReport {
        failures = List.copyOf(failures);
    }

    /**
     * A file that is not held.
     *
     * @param name which
     * @param reason why, in words for people
     */
    public record Failure(String name, String reason) {}

    /** Whether all is well. */
    public boolean isWhole() {
        return failed == 0 && notTried == 0;
    }
}
