package dev.permafrost.store.check;

import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import java.util.List;

/**
 * A blob that is not what something says that it is.
 *
 * @param fault what is wrong
 * @param digest the blob
 * @param sizeBytes how many bytes it is said to have
 * @param why what was found, in words
 * @param takenAway whether its file was taken away
 * @param entries some of the live entries that name it
 * @param origins where these came from, where they came by URL
 * @param snapshots the snapshots that name it
 */
public record Trouble(
        Fault fault,
        Digest digest,
        long sizeBytes,
        String why,
        boolean takenAway,
        List<ArtifactKey> entries,
        List<String> origins,
        List<String> snapshots) {
    /** Most entries that are told of one blob. */
    public static final int ENTRIES_MAX = 20;

    /** Copies the lists. */
    public Trouble {
        entries = List.copyOf(entries);
        origins = List.copyOf(origins);
        snapshots = List.copyOf(snapshots);
    }

    /** What is wrong with a blob. */
    public enum Fault {
        /** It has other bytes than its name says. */
        DAMAGED,
        /** It has another length than what names it says. */
        WRONG_SIZE,
        /** It can't be read. */
        UNREADABLE,
        /** There is no such file. */
        MISSING
    }
}
