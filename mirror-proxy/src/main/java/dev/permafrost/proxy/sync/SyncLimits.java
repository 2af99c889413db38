package dev.permafrost.proxy.sync;

import java.time.Duration;

/**
 * How fast is fetched, and how patiently.
 *
 * @param connections most files at once; 12
 * @param connectionsPerHost most files at once from one host; 6
 * @param bytesPerSecond most bytes a second of all together; 0 for no limit
 * @param retriesMax how often a file is tried again later, beside what each try does by itself; 2
 * @param retryAfter how much later for the first time, and twice as much each further time; has to be longer than a failure is remembered; 6 s
 * @param hostFailuresMax after so many failures in a row to reach a host it is not asked any more; 20
 */
public record SyncLimits(
        int connections,
        int connectionsPerHost,
        long bytesPerSecond,
        int retriesMax,
        Duration retryAfter,
        int hostFailuresMax) {
    /** Most files at once that may be asked for. */
    public static final int CONNECTIONS_MAX = 256;

    /** A slower rate would look as if upstream crawled, and fetches would be given up. */
    public static final long BYTES_PER_SECOND_MIN = 32 << 10;

    /** What holds where nothing is said. */
    public static SyncLimits defaults() {
        return new SyncLimits(12, 6, 0, 2, Duration.ofSeconds(6), 20);
    }
}
