package dev.permafrost.bench.load;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/** A program that asks a server for one address again and again, as fast as it is answered. */
public interface Load {
    /**
     * What a run found.
     *
     * @param requests how many were answered, all of them while the program ran
     * @param requestsPerSecond at what rate
     * @param latency99Micros the 99th percentile of latency, in microseconds
     * @param errors answers that were not 2xx or 3xx, and failures of sockets
     * @param busyShare of the time, how much the program computed: near 1, it and not the server sets the rate
     */
    record Result(long requests, double requestsPerSecond, double latency99Micros, long errors, double busyShare) {}

    /** Asks for that long. */
    Result run(URI address, Duration duration) throws IOException, InterruptedException;
}
