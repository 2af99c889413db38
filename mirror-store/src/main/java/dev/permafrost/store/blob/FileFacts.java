package dev.permafrost.store.blob;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a file system says of a blob's file.
 *
 * @param sizeBytes number of bytes
 * @param writtenAt when its bytes were written last
 * @param key which file it is, whatever its name; null where the file system does not say
 */
public record FileFacts(
        long sizeBytes, Instant writtenAt, @Nullable Object key) {}
