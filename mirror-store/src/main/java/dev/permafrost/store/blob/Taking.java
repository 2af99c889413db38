package dev.permafrost.store.blob;

import java.util.List;

/** How the bytes of a file come into a store, from the dearest way to the cheapest. */
public enum Taking {
    /** By reading and writing them. */
    COPY,
    /** By another file that shares its blocks until one of the two is written to (a reflink: Btrfs, XFS). */
    CLONE,
    /**
     * By a second name of the same file (a hard link), which nobody may write to from then on: whoever did all the same would
     * change what the store holds.
     */
    LINK;

    /** The ways of sharing bytes to try before copying them, where this is the cheapest that is allowed. */
    List<Taking> sharing() {
        return switch (this) {
            case COPY -> List.of();
            case CLONE -> List.of(CLONE);
            case LINK -> List.of(LINK, CLONE);
        };
    }
}
