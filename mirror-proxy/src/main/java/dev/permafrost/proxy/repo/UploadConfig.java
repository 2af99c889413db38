package dev.permafrost.proxy.repo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a repository takes that is the origin of its files.
 *
 * @param overwrite whether a file may take the place of another with its name; no
 * @param bytesMax longest file that is uploaded, in bytes; 10 GiB
 * @param folder whose files are published as they come; {@code null} for none
 * @param links whether files of that folder are linked rather than copied, as {@link Publishing#links} says; no
 */
public record UploadConfig(
        boolean overwrite, long bytesMax, @Nullable Path folder, boolean links) {
    /** What holds where nothing is configured. */
    public static UploadConfig defaults() {
        return new UploadConfig(false, 10L << 30, null, false);
    }
}
