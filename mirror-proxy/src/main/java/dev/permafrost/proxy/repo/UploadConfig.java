package dev.permafrost.proxy.repo;

/**
 * Which uploads a repository takes that is the origin of its files.
 *
 * @param overwrite whether a file may take the place of another with its name; no
 * @param bytesMax longest file in bytes; 10 GiB
 */
public record UploadConfig(boolean overwrite, long bytesMax) {
    /** What holds where nothing is configured. */
    public static UploadConfig defaults() {
        return new UploadConfig(false, 10L << 30);
    }
}
