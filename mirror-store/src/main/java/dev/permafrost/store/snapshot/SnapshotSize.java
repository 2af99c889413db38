package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a snapshot's own files take on the disk, its blobs aside. Files of its index are shared with the live index and other snapshots until
 * these write theirs anew.
 *
 * @param ownBytes what dropping it would give back at once
 * @param sharedBytes what has other names too
 */
public record SnapshotSize(long ownBytes, long sharedBytes) {
    /** Of all files in a folder. */
    static SnapshotSize of(Path folder) {
        long own = 0;
        long shared = 0;
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (isShared(file)) {
                    shared += Files.size(file);
                } else {
                    own += Files.size(file);
                }
            }
        } catch (IOException e) {
            throw Failures.of("reading", folder, e);
        }
        return new SnapshotSize(own, shared);
    }

    private static boolean isShared(Path file) throws IOException {
        try {
            return Files.getAttribute(file, "unix:nlink") instanceof Number links && links.longValue() > 1;
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            // where links are not counted there are none
            return false;
        }
    }
}
