package dev.permafrost.store.check;

/**
 * How a store is read again.
 *
 * @param bytesPerSecond most bytes a second that are read; 0 for as many as there can be
 * @param threads how many files are read at once
 * @param repair whether damaged files are taken away, so that they can come anew
 * @param anew whether to begin at the beginning, though a run before this one was broken off
 */
public record ScrubOptions(long bytesPerSecond, int threads, boolean repair, boolean anew) {
    /** Most files at once: more do not make a disk faster. */
    public static final int THREADS_MAX = 32;

    /** Checks the bounds. */
    public ScrubOptions {
        if (bytesPerSecond < 0 || threads < 1 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("a rate is not negative, and threads are 1 to " + THREADS_MAX + ": "
                    + bytesPerSecond + ", " + threads);
        }
    }

    /** As fast as this machine can, changing nothing. */
    public static ScrubOptions defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new ScrubOptions(0, Math.max(1, Math.min(processors, THREADS_MAX)), false, false);
    }
}
