package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.StoreException;
import java.util.List;
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
 * @param gone what is held and upstream lists no more, by its names in a report
 * @param deletion lets go of {@code gone}; blocks
 * @param failure why nothing could be planned; null where it could
 */
public record SyncPlan(
        String of,
        long listed,
        long wanted,
        long held,
        long heldBytes,
        List<SyncItem> items,
        List<String> gone,
        Runnable deletion,
        @Nullable StoreException failure) {
    /** Copies the lists. */
    public SyncPlan {
        items = List.copyOf(items);
        gone = List.copyOf(gone);
    }

    /** One that has these files to be held, of which nobody has looked yet which are. */
    public static SyncPlan of(String of, List<SyncItem> items) {
        return new SyncPlan(of, items.size(), items.size(), 0, 0, items, List.of(), () -> {}, null);
    }

    /** One of which nothing can be planned. */
    public static SyncPlan failed(String of, StoreException why) {
        return new SyncPlan(of, 0, 0, 0, 0, List.of(), List.of(), () -> {}, why);
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
