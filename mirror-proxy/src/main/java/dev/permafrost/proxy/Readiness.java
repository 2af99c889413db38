package dev.permafrost.proxy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether clients may be sent here, and why not. What costs next to nothing is asked each time; what may block is looked at
 * once a second on a thread of {@link Gauges}, and remembered.
 */
final class Readiness {
    /** How long a look may take; what takes longer is a disk that does not answer. */
    private static final Duration LOOK_TIMEOUT = Duration.ofSeconds(30);

    /** How often it is to be looked. */
    static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

    private final List<Supplier<@Nullable String>> asked = new CopyOnWriteArrayList<>();
    private final List<Supplier<@Nullable String>> watched = new ArrayList<>();
    private volatile @Nullable String seen = "the server is starting";
    private volatile long seenNanos = System.nanoTime();
    private volatile boolean closing;

    /**
     * Readiness that is not there before {@link #begin}.
     *
     * @param store why nothing can be added to the store, null where it can; may block
     */
    Readiness(Supplier<@Nullable String> store) {
        ask(() -> closing ? "the server is shutting down" : null);
        watch(store);
    }

    /** Has something asked each time: it says why the server is not ready, or null. Never blocks. */
    void ask(Supplier<@Nullable String> why) {
        asked.add(why);
    }

    /** Has something looked at once a second: it says why the server is not ready, or null. May block; before the begin. */
    void watch(Supplier<@Nullable String> why) {
        watched.add(why);
    }

    /** Everything is there; looks for the first time. Blocks. */
    void begin() {
        look();
    }

    /** The server is closing: it is not ready from now on. */
    void closing() {
        closing = true;
    }

    /** Looks at what may block. */
    void look() {
        seen = first(watched);
        seenNanos = System.nanoTime();
    }

    /** Why it is not ready, in words for people; null where it is. Never blocks. */
    @Nullable String why() {
        return why(System.nanoTime());
    }

    /** The same at some time, by {@link System#nanoTime}. */
    @Nullable String why(long now) {
        String why = first(asked);
        if (why == null && now - seenNanos > LOOK_TIMEOUT.toNanos()) {
            return "the store's disk has not answered for "
                    + Duration.ofNanos(now - seenNanos).toSeconds() + " s";
        }
        return why == null ? seen : why;
    }

    private static @Nullable String first(List<Supplier<@Nullable String>> suppliers) {
        for (Supplier<@Nullable String> supplier : suppliers) {
            String why = supplier.get();
            if (why != null) {
                return why;
            }
        }
        return null;
    }
}
