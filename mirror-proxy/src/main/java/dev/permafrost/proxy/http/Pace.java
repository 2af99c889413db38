package dev.permafrost.proxy.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How fast something that only grows has grown lately, from looks at it now and then. It is judged over a whole window, so that
 * what comes in lumps is as good as what comes evenly.
 */
final class Pace {
    /** Earlier looks that are remembered: the window in so many steps. */
    private static final int MARKS = 4;

    private final long bytesPerSecondMin;
    private final long windowNanos;
    private final Duration stall;
    private final long[] whens = new long[MARKS];
    private final long[] totals = new long[MARKS];
    /** How many have been made since it began; the newest of them is the one before. */
    private int marks;

    private long last;
    private long movedNanos;

    /**
     * One that has seen nothing yet.
     *
     * @param bytesPerSecondMin the slowest that is fast enough; 0 for any
     * @param window over which that is judged
     * @param stall the longest time without a byte
     */
    Pace(long bytesPerSecondMin, Duration window, Duration stall) {
        this.bytesPerSecondMin = bytesPerSecondMin;
        this.windowNanos = window.toNanos();
        this.stall = stall;
    }

    /** There is nothing to wait for at the moment: what was seen until now counts no more. */
    void rest() {
        marks = 0;
    }

    /**
     * Looks.
     *
     * @param total how far it has grown
     * @param now by {@link System#nanoTime}
     * @return why it is too slow, for the log; null where it is not
     */
    @Nullable String look(long total, long now) {
        if (marks == 0 || total < last) {
            // one that has gone backwards is counted in another way than before
            marks = 0;
            last = total;
            movedNanos = now;
            mark(total, now);
            return null;
        }
        if (total != last) {
            last = total;
            movedNanos = now;
        } else if (now - movedNanos >= stall.toNanos()) {
            return "took no byte for " + stall.toSeconds() + " s (http.write-progress-timeout)";
        }
        int oldest = marks < MARKS ? 0 : marks % MARKS;
        long age = now - whens[oldest];
        if (bytesPerSecondMin > 0 && age >= windowNanos) {
            double seconds = age / 1e9;
            long taken = total - totals[oldest];
            if (taken < bytesPerSecondMin * seconds) {
                return "took " + taken + " bytes in " + Math.round(seconds) + " s (http.write-bytes-per-second-min)";
            }
        }
        if (now - whens[(marks - 1) % MARKS] >= windowNanos / MARKS) {
            mark(total, now);
        }
        return null;
    }

    private void mark(long total, long now) {
        whens[marks % MARKS] = now;
        totals[marks % MARKS] = total;
        // never 0 again, and the order in the ring stays
        marks = marks == 2 * MARKS ? MARKS + 1 : marks + 1;
    }
}
