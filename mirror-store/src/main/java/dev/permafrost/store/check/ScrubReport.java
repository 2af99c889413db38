package dev.permafrost.store.check;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What came of reading a store again.
 *
 * @param begunAt when the first of the runs began of which this is the last
 * @param blobs how many blobs were read, by all of these
 * @param bytes their bytes together
 * @param resumedFrom how many of the blobs earlier runs had read
 * @param troubled how many blobs are not what they are said to be
 * @param troubles the first of these
 * @param orphans how many blobs nothing names
 * @param orphanBytes their bytes together
 * @param took how long this run took
 */
public record ScrubReport(
        Instant begunAt,
        long blobs,
        long bytes,
        long resumedFrom,
        long troubled,
        List<Trouble> troubles,
        long orphans,
        long orphanBytes,
        Duration took) {
    /** Copies the list. */
    public ScrubReport {
        troubles = List.copyOf(troubles);
    }
}
