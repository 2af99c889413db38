package dev.permafrost.proxy.http;

import org.jspecify.annotations.Nullable;

/** The repositories as they are in snapshots, below {@code /-/snapshots/<snapshot>/<repository>/}. */
@FunctionalInterface
public interface SnapshotRoutes {
    /** No snapshots are served. */
    SnapshotRoutes NONE = (snapshot, repository) -> null;

    /**
     * Who answers there; null where the server has no such repository, or no snapshot can have that name. Whether there is one of that name
     * is for whoever answers to find out. Quick.
     */
    @Nullable Mount find(String snapshot, String repository);
}
