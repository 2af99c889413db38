package dev.permafrost.proxy.accesslog;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The access log.
 *
 * @param file where it is written; null for no access log; null
 * @param format how a line looks; combined
 * @param rotateBytes how large the file may get before another is begun, in bytes; 0 leaves that to others; 100 MiB
 * @param keepFiles how many full files are kept, as {@code FILE.1}, the newest, and so on; 5
 */
public record AccessLogConfig(@Nullable Path file, Format format, long rotateBytes, int keepFiles) {
    /** How a line looks. */
    public enum Format {
        /** As nginx's combined format, and then the seconds it took and how the cache was of help. */
        COMBINED,
        /** One JSON object. */
        JSON
    }

    /** What holds where nothing is configured. */
    public static AccessLogConfig defaults() {
        return new AccessLogConfig(null, Format.COMBINED, 100L << 20, 5);
    }
}
