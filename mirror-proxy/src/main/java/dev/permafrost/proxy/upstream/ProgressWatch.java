package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Judges whether a body still comes: its deadline is on progress, never in total. Times are {@link System#nanoTime} values.
 * One thread at a time.
 */
final class ProgressWatch {
    private final UpstreamConfig config;
    private final URI url;
    private long lastByteNanos;
    private long windowStartNanos;
    private long windowBytes;

    ProgressWatch(UpstreamConfig config, URI url, long nowNanos) {
        this.config = config;
        this.url = url;
        this.lastByteNanos = nowNanos;
        this.windowStartNanos = nowNanos;
    }

    /** That many bytes have come, or we ourselves are the ones who do not read (0 bytes). */
    void progress(long bytes, long nowNanos) {
        lastByteNanos = nowNanos;
        windowBytes += bytes;
    }

    /** What is wrong at that time, or null. */
    @Nullable FetchException verdict(long nowNanos) {
        if (nowNanos - lastByteNanos > config.progressTimeout().toNanos()) {
            return new FetchException(
                    FailureKind.UPSTREAM_TIMEOUT,
                    url + ": upstream sent nothing for "
                            + config.progressTimeout().toSeconds() + " s (upstream.progress-timeout)");
        }
        long elapsed = nowNanos - windowStartNanos;
        if (elapsed < config.slowWindow().toNanos()) {
            return null;
        }
        double bytesPerSecond = windowBytes * 1e9 / elapsed;
        windowStartNanos = nowNanos;
        windowBytes = 0;
        if (bytesPerSecond < config.minBytesPerSecond()) {
            return new FetchException(
                    FailureKind.UPSTREAM_TIMEOUT,
                    url + ": upstream sent " + (long) bytesPerSecond + " bytes/s over "
                            + config.slowWindow().toSeconds() + " s, and " + config.minBytesPerSecond()
                            + " is the least (upstream.min-bytes-per-second)");
        }
        return null;
    }
}
