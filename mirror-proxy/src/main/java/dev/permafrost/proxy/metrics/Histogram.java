package dev.permafrost.proxy.metrics;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/** Counts of durations up to bounds. Taking one in allocates nothing and waits for nobody; for any thread. */
public final class Histogram {
    /** Bounds in seconds of what clients and upstreams wait for. */
    static final double[] WAITS = {0.0001, 0.00025, 0.001, 0.0025, 0.01, 0.05, 0.25, 1, 5, 15, 60, 300};

    private final double[] bounds;
    private final long[] boundsNanos;
    private final LongAdder[] counts;
    private final LongAdder sumNanos = new LongAdder();

    /** A histogram with upper bounds in seconds, ascending; what is above the last has a count of its own. */
    Histogram(double... bounds) {
        this.bounds = bounds.clone();
        this.boundsNanos = new long[bounds.length];
        this.counts = new LongAdder[bounds.length + 1];
        for (int i = 0; i < bounds.length; i++) {
            boundsNanos[i] = Math.round(bounds[i] * 1e9);
            counts[i] = new LongAdder();
        }
        counts[bounds.length] = new LongAdder();
    }

    /** Takes a duration in. */
    public void record(long nanos) {
        int i = 0;
        while (i < boundsNanos.length && nanos > boundsNanos[i]) {
            i++;
        }
        counts[i].increment();
        sumNanos.add(nanos);
    }

    /** The upper bounds in seconds, with infinity behind them. */
    double[] bounds() {
        double[] all = Arrays.copyOf(bounds, bounds.length + 1);
        all[bounds.length] = Double.POSITIVE_INFINITY;
        return all;
    }

    /** How many there were up to each bound, and above the one before it. */
    long[] counts() {
        long[] all = new long[counts.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = counts[i].sum();
        }
        return all;
    }

    /** Their sum. */
    double sumSeconds() {
        return sumNanos.sum() / 1e9;
    }
}
