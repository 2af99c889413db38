package dev.permafrost.proxy.upstream;

import java.time.Duration;

/**
 * How upstream is spoken to: connections, patience and limits.
 *
 * @param connectionsMax most connections to one upstream host; 32
 * @param connectTimeout how long a connection may take to be made; 10 s
 * @param idleTimeout how long an unused connection is kept, below the keep-alive of the usual CDNs; 25 s
 * @param progressTimeout how long upstream may send no byte; 60 s
 * @param minBytesPerSecond the slowest a body may come over the slow window, in bytes per second; 1,024; 0 for no limit
 * @param slowWindow over how long the rate is judged; 5 min
 * @param redirectsMax most redirects followed for one fetch; 5
 * @param retriesMax most further tries of one fetch after the first; 2
 * @param headerBytesMax most bytes of all header fields of an answer together; 32 KiB
 */
public record UpstreamConfig(
        int connectionsMax,
        Duration connectTimeout,
        Duration idleTimeout,
        Duration progressTimeout,
        long minBytesPerSecond,
        Duration slowWindow,
        int redirectsMax,
        int retriesMax,
        int headerBytesMax) {
    /** What holds where nothing is configured. */
    public static UpstreamConfig defaults() {
        return new UpstreamConfig(
                32,
                Duration.ofSeconds(10),
                Duration.ofSeconds(25),
                Duration.ofSeconds(60),
                1024,
                Duration.ofMinutes(5),
                5,
                2,
                32 << 10);
    }
}
