package dev.permafrost.proxy.fetch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * At most one flight for a key at a time, joined by everyone who asks meanwhile. A flight is owned by this map, not by whoever
 * asked first: it goes on when they leave. It stays joinable until it has landed, which it says itself, after its result is
 * visible to those who look before they ask. A failure is remembered for a moment, so that waiters do not try a dead upstream
 * one after another.
 *
 * @param <K> what the answer depends on, all of it
 * @param <F> a flight
 */
final class SingleFlight<K, F> {
    private final ConcurrentMap<K, F> flights = new ConcurrentHashMap<>();
    private final Cache<K, StoreException> failures;
    private final int flightsMax;

    SingleFlight(int flightsMax, Duration failureTtl, Ticker ticker) {
        this.flightsMax = flightsMax;
        this.failures = Caffeine.newBuilder()
                .expireAfterWrite(failureTtl)
                .maximumSize(10_000)
                .ticker(ticker)
                .build();
    }

    /** A way for a flight to say that it is over, and why if it failed. */
    @FunctionalInterface
    interface Landing {
        /** Ends the flight; the failure, if there is one, is remembered. */
        void land(@Nullable StoreException failure);
    }

    /** A flight, and whether it had begun before this call. */
    record Joined<F>(F flight, boolean joined) {}

    /**
     * The flight for a key, begun now if there is none. Beginning must not block and must not land at once.
     *
     * @throws StoreException the failure of a moment ago, or OVERLOADED beyond the most flights
     */
    Joined<F> join(K key, Function<Landing, F> begin) {
        F there = flights.get(key);
        if (there != null) {
            return new Joined<>(there, true);
        }
        StoreException failed = failures.getIfPresent(key);
        if (failed != null) {
            throw failed;
        }
        if (flights.size() >= flightsMax) {
            throw new FetchException(
                    FailureKind.OVERLOADED, "more than " + flightsMax + " fetches at once (fetch.flights-max)");
        }
        boolean[] begun = {false};
        F flight = flights.computeIfAbsent(key, k -> {
            begun[0] = true;
            return begin.apply(failure -> land(k, failure));
        });
        return new Joined<>(flight, !begun[0]);
    }

    /** How many flights are under way. */
    int size() {
        return flights.size();
    }

    private void land(K key, @Nullable StoreException failure) {
        if (failure != null) {
            failures.put(key, failure);
        }
        flights.remove(key);
    }
}
