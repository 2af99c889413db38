package dev.permafrost.proxy.http;

import java.time.Duration;
import java.util.List;

/**
 * How the front end listens, and its limits.
 *
 * @param listen where to listen, and how; 127.0.0.1:8080, not encrypted
 * @param requestLineBytesMax longest request line in bytes, beyond which the answer is 414; 8 KiB
 * @param headerBytesMax most bytes of all header fields of a request together, beyond which the answer is 431; 16 KiB
 * @param idleTimeout how long a connection may be silent between requests, or take over a request's head; 15 s
 * @param writeProgressTimeout how long a client may take no byte of an answer before it is cut off; 60 s
 * @param connectionsMax most client connections at once; 10,000
 * @param streamsMax most requests under way at once on one HTTP/2 connection; 100
 * @param pageCacheBytesMax most bytes of rendered pages kept in memory, in equal parts for the repositories; 64 MiB
 * @param trustedProxies the proxies whose word is taken for whom they speak for; none
 * @param pathPrefix what stands before all paths where a proxy does not take it off, such as {@code /mirror}; "" for nothing
 * @param headersMax most header fields of a request, beyond which the answer is 431; 100
 * @param connectionsPerAddressMax most client connections at once from one IPv4 address or one IPv6 /64, 0 for no limit; 2,000,
 *     which is several for each of hundreds of hosts behind one NAT, and a fifth of all
 * @param requestsPerConnectionMax most requests on one connection before it is ended in order, 0 for no limit; 100,000
 * @param writeBytesPerSecondMin the least that a client must take of what waits for it, 0 for no limit; 1 KiB
 * @param writeSlowWindow over which the least is judged; 30 s
 * @param shutdownDelay how long the server still serves as ever after it has begun to say that it is not ready; none
 * @param shutdownTimeout how long answers under way may take when the server ends, before they are cut off; 30 s
 */
public record HttpConfig(
        List<Listener> listen,
        int requestLineBytesMax,
        int headerBytesMax,
        Duration idleTimeout,
        Duration writeProgressTimeout,
        int connectionsMax,
        int streamsMax,
        long pageCacheBytesMax,
        TrustedProxies trustedProxies,
        String pathPrefix,
        int headersMax,
        int connectionsPerAddressMax,
        int requestsPerConnectionMax,
        long writeBytesPerSecondMin,
        Duration writeSlowWindow,
        Duration shutdownDelay,
        Duration shutdownTimeout) {
    /** Copies the list. */
    public HttpConfig {
        listen = List.copyOf(listen);
    }

    /** The same with other listeners. */
    public HttpConfig listeningAt(List<Listener> listeners) {
        return new HttpConfig(
                listeners,
                requestLineBytesMax,
                headerBytesMax,
                idleTimeout,
                writeProgressTimeout,
                connectionsMax,
                streamsMax,
                pageCacheBytesMax,
                trustedProxies,
                pathPrefix,
                headersMax,
                connectionsPerAddressMax,
                requestsPerConnectionMax,
                writeBytesPerSecondMin,
                writeSlowWindow,
                shutdownDelay,
                shutdownTimeout);
    }

    /**
     * Reads a path prefix.
     *
     * @return without a slash at its end, "" for "/"
     * @throws IllegalArgumentException for what is no plain path, saying what was expected
     */
    public static String prefix(String text) {
        String path = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        if (!path.isEmpty() && !Forwarded.isPrefix(path)) {
            throw new IllegalArgumentException(
                    "is not a path; write one such as /mirror, of letters, digits, '.', '_', '~' and '-'");
        }
        return path;
    }

    /** What holds where nothing is configured. */
    public static HttpConfig defaults() {
        return new HttpConfig(
                List.of(new Listener(new ListenAddress("127.0.0.1", 8080), Listener.Security.PLAIN)),
                8 << 10,
                16 << 10,
                Duration.ofSeconds(15),
                Duration.ofSeconds(60),
                10_000,
                100,
                64L << 20,
                TrustedProxies.NONE,
                "",
                100,
                2_000,
                100_000,
                1 << 10,
                Duration.ofSeconds(30),
                Duration.ZERO,
                Duration.ofSeconds(30));
    }
}
