package dev.permafrost.proxy.admin;

import java.time.Duration;

/**
 * When a server that fills reads all of its files again by itself.
 *
 * @param every how long it waits between the end of one run and the next; 0 for never; 30 d
 * @param bytesPerSecond most bytes a second that are read then; 0 for no limit; 20 MiB
 */
public record VerifyConfig(Duration every, long bytesPerSecond) {
    /** Most days between two runs. */
    public static final int DAYS_MAX = 3650;

    /** What holds where nothing is configured. */
    public static VerifyConfig defaults() {
        return new VerifyConfig(Duration.ofDays(30), 20L << 20);
    }
}
