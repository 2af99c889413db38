package dev.permafrost.proxy.fetch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * At most one flight for a key at a time, joined by everyone who asks meanwhile. A flight is owned by this map, not by whoever
 * asked first: it goes on when they leave. It stays joinable until it has landed, which it says itself, after its result is
 * visible to those who look before they ask. A failure is remembered for a moment, so that waiters do not try a dead upstream
 * one after another. Only so many fly at once; the others wait their turn on the ground.
 *
 * @param <K> what the answer depends on, all of it
 * @param <F> a flight
 */
final class SingleFlight<K, F> {
    private static final int WAITING_MAX = 10_000;

    private final ConcurrentMap<K, F> flights = new ConcurrentHashMap<>();
    private final Cache<Object, StoreException> failures;
    private final int flyingMax;
    private final Object turns = new Object();
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final FlightFigures figures = new FlightFigures();
    private int flying;

    SingleFlight(int flyingMax, Duration failureTtl, Ticker ticker) {
        this.flyingMax = flyingMax;
        this.failures = Caffeine.newBuilder()
                .expireAfterWrite(failureTtl)
                .maximumSize(10_000)
                .ticker(ticker)
                .build();
    }

    /** A way for a flight to say that it is over, and why if it failed. */
    @FunctionalInterface
    interface Landing {
        /** Ends the flight, once; the failure, if there is one, is remembered. */
        void land(@Nullable StoreException failure);
    }

    /** A flight, and whether it had been there before this call. */
    record Joined<F>(F flight, boolean joined) {}

    /**
     * The flight for a key, made now if there is none.
     *
     * @param make makes a flight, and does no more than that
     * @param begin sets it off when it is its turn, at once or later; must not block
     * @throws StoreException the failure of a moment ago, or OVERLOADED where too many wait already
     */
    Joined<F> join(K key, Function<Landing, F> make, Consumer<F> begin) {
        return join(key, key, make, begin);
    }

    /**
     * The same where not everyone who asks for a key asks for the same.
     *
     * @param asked what is asked for, all of it, and what a failure is remembered for
     */
    Joined<F> join(K key, Object asked, Function<Landing, F> make, Consumer<F> begin) {
        F there = flights.get(key);
        if (there != null) {
            return new Joined<>(there, true);
        }
        StoreException failed = failures.getIfPresent(asked);
        if (failed != null) {
            throw failed;
        }
        if (flights.size() >= flyingMax + WAITING_MAX) {
            throw new FetchException(
                    FailureKind.OVERLOADED, "more than " + WAITING_MAX + " fetches wait for their turn");
        }
        boolean[] made = {false};
        F flight = flights.computeIfAbsent(key, k -> {
            made[0] = true;
            return make.apply(failure -> land(k, asked, failure));
        });
        if (made[0]) {
            takeOff(() -> begin.accept(flight));
        }
        return new Joined<>(flight, !made[0]);
    }

    /** Whether there is one for a key. */
    boolean isUp(K key) {
        return flights.containsKey(key);
    }

    /** How many flights there are, those that wait among them. */
    int size() {
        return flights.size();
    }

    /** How those ended that are over. */
    FlightFigures figures() {
        return figures;
    }

    private void takeOff(Runnable begin) {
        synchronized (turns) {
            if (flying >= flyingMax) {
                waiting.add(begin);
                return;
            }
            flying++;
        }
        begin.run();
    }

    private void land(K key, Object asked, @Nullable StoreException failure) {
        figures.landed(failure == null ? null : failure.kind());
        if (failure != null) {
            failures.put(asked, failure);
        }
        flights.remove(key);
        Runnable next;
        synchronized (turns) {
            next = waiting.poll();
            if (next == null) {
                flying--;
            }
        }
        if (next != null) {
            next.run();
        }
    }
}
