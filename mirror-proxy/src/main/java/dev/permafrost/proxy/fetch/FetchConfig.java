package dev.permafrost.proxy.fetch;

import java.time.Duration;

/**
 * How long fetches are waited for and remembered, and how many there may be at once.
 *
 * @param pageWait how long a client waits for upstream to begin a page, before it gets a stale one or 504; 10 s
 * @param failureTtl how long a failed fetch is remembered, so that waiters do not ask a dead upstream in turn; 5 s
 * @param absentTtl how long upstream's 404 is remembered; 60 s
 * @param flightsMax most files, and most pages, fetched from one upstream at once; further ones wait their turn; below
 *     {@code upstream.connections-max}, so that pages get through while files are fetched; 24
 * @param blockingThreads threads for disk and index work; 16
 * @param openFilesMax most file descriptors kept open for files served again and again, of all repositories; 512
 * @param resumeMinBytes partial downloads shorter than this are not kept for resuming, in bytes; 1 MiB
 */
public record FetchConfig(
        Duration pageWait,
        Duration failureTtl,
        Duration absentTtl,
        int flightsMax,
        int blockingThreads,
        int openFilesMax,
        long resumeMinBytes) {
    /** What holds where nothing is configured. */
    public static FetchConfig defaults() {
        return new FetchConfig(
                Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(60), 24, 16, 512, 1L << 20);
    }

    /** What holds for each of so many repositories: an equal part of the open files, one at least, and the rest as it is. */
    public FetchConfig sharedAmong(int repositories) {
        return new FetchConfig(
                pageWait,
                failureTtl,
                absentTtl,
                flightsMax,
                blockingThreads,
                Math.max(1, openFilesMax / repositories),
                resumeMinBytes);
    }
}
