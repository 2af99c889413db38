package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What there is to do so that a part of a repository is held.
 *
 * @param of which part, as the operator knows it
 * @param listed how many files upstream lists
 * @param wanted how many of them are wanted
 * @param held how many of those are held already
 * @param heldBytes how many bytes these have
 * @param items what there is to do for the others
 * @param changes what upstream lists otherwise than when this was done last; null where that is not known
 * @param gone what is held and is to go, since upstream lists it no more or something newer takes its place, by its names in a report
 * @param ending notes that this is done, lets go of {@code gone}, and says of how much of it; blocks
 * @param failure why nothing could be planned; null where it could
 */
public record SyncPlan(
        String of,
        long listed,
        long wanted,
        long held,
        long heldBytes,
        List<SyncItem> items,
        @Nullable Changes changes,
        List<String> gone,
        LongSupplier ending,
        @Nullable StoreException failure) {
    /** Copies the lists. */
    public SyncPlan {
        items = List.copyOf(items);
        gone = List.copyOf(gone);
    }

    /**
     * What upstream lists otherwise than before, by names in a report.
     *
     * @param since when it was looked at last
     * @param changed what has other bytes
     */
    public record Changes(Instant since, List<String> added, List<String> changed, List<String> removed) {
        /** Copies the lists. */
        public Changes {
            added = List.copyOf(added);
            changed = List.copyOf(changed);
            removed = List.copyOf(removed);
        }
    }

    /** One that has these files to be held, of which nobody has looked yet which are. */
    public static SyncPlan of(String of, List<SyncItem> items) {
        return new SyncPlan(of, items.size(), items.size(), 0, 0, items, null, List.of(), () -> 0, null);
    }

    /** One of which nothing can be planned. */
    public static SyncPlan failed(String of, StoreException why) {
        return new SyncPlan(of, 0, 0, 0, 0, List.of(), null, List.of(), () -> 0, why);
    }

    /** How many files are to be fetched; the other items are held, and looked at. */
    public long fetches() {
        return items.stream().filter(item -> item.sizeBytes() != 0).count();
    }

    /** How many bytes are to be fetched, as far as that is known. */
    public long fetchBytes() {
        return items.stream().mapToLong(item -> Math.max(0, item.sizeBytes())).sum();
    }
}
