package dev.permafrost.bench.origin;

import java.time.Duration;

/**
 * How the origin treats those who ask it.
 *
 * @param firstByteLatency how long each answer waits for its first byte
 * @param bytesPerSecond how fast each file is sent; 0 for as fast as it goes
 * @param cutEvery each so many-th answer with a file ends in mid-body, cleanly; 0 for none
 */
public record Behaviour(Duration firstByteLatency, long bytesPerSecond, int cutEvery) {
    /** Answers at once, at full speed, without faults. */
    public static Behaviour perfect() {
        return new Behaviour(Duration.ZERO, 0, 0);
    }

    /** Like {@link #perfect}, after that latency. */
    public static Behaviour distant(Duration firstByteLatency) {
        return new Behaviour(firstByteLatency, 0, 0);
    }
}
