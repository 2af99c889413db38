package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.yum.GenerationFlights.Flight;
import dev.permafrost.proxy.format.yum.GenerationFlights.Found;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** When upstream is asked for a directory, and what is served meanwhile. */
final class Upkeep {
    /** So long a client waits for a generation that is on its way, though there is one before it. */
    private static final Duration SWITCH_WAIT = Duration.ofSeconds(2);

    private static final int DOUBTS_MAX = 10_000;

    private final Directories directories;
    private final @Nullable GenerationFlights flights;
    private final Blocking blocking;
    private final FetchConfig config;
    private final Duration ttl;
    private final Clock clock;
    /** Directories of which a file was not as the newest generation says. */
    private final Recall<String, Boolean> doubted;

    /**
     * A directory at this moment.
     *
     * @param kept its generations, null where none is whole
     * @param forming what is passed on where none is whole; null for nothing
     * @param outcome how that is known
     */
    record State(@Nullable Kept kept, @Nullable Generation forming, CacheOutcome outcome) {
        /** What clients are given; null where there is no repository. */
        @Nullable Generation newest() {
            return kept != null ? kept.newest() : forming;
        }
    }

    /**
     * The upkeep of a repository.
     *
     * @param flights null where nothing is fetched
     * @param ttl how long a generation is good before upstream is asked whether there is another
     */
    Upkeep(
            Directories directories,
            @Nullable GenerationFlights flights,
            Blocking blocking,
            FetchConfig config,
            Duration ttl,
            Clock clock) {
        this.directories = directories;
        this.flights = flights;
        this.blocking = blocking;
        this.config = config;
        this.ttl = ttl;
        this.clock = clock;
        this.doubted = Recall.ofEntries(DOUBTS_MAX, config.absentTtl());
    }

    /** Whether anything is fetched for that view. */
    boolean fetches(View view) {
        return flights != null && !view.heldOnly();
    }

    /** A directory, if that can be told from memory. */
    @Nullable State now(View view, String dir) {
        Directories.Known known = directories.now(view, dir);
        return known != null && isGood(view, dir, known) ? new State(known.kept(), null, CacheOutcome.HIT) : null;
    }

    /** A directory, after upstream has been asked if it is time. Errs with a {@link StoreException}. */
    Mono<State> current(View view, Mounts.Place place, String dir) {
        return blocking.call(() -> directories.known(view, dir))
                .flatMap(known -> isGood(view, dir, known)
                        ? Mono.just(new State(known.kept(), null, CacheOutcome.HIT))
                        : asked(place, dir, known));
    }

    /** A directory as it is known, whether upstream may have another or not; asked for where nothing is known. Errs as {@link #current} does. */
    Mono<State> known(View view, Mounts.Place place, String dir) {
        return blocking.call(() -> directories.known(view, dir))
                .flatMap(known -> known.kept() != null || !fetches(view)
                        ? Mono.just(new State(known.kept(), null, CacheOutcome.HIT))
                        : asked(place, dir, known));
    }

    /** What of a directory is being fetched, the newest last. */
    List<Generation> forming(View view, String dir) {
        return flights != null && fetches(view) ? flights.forming(dir) : List.of();
    }

    /** Completes when nothing of a directory is being fetched any more. */
    Mono<Void> over(View view, String dir) {
        return flights != null && fetches(view) ? flights.over(dir) : Mono.empty();
    }

    /** Has a directory brought up to date, and completes when its packages are known. Errs as {@link #current} does. */
    Mono<Void> listed(View view, Mounts.Place place, String dir) {
        return Mono.defer(() -> {
                    Flight flight = flight(place, dir);
                    return flight.first().then(flight.listed());
                })
                .timeout(config.pageWait())
                .onErrorMap(TimeoutException.class, e -> late(dir));
    }

    /**
     * Waits for what is on its way of a directory, and has it brought up to date once more: what was added to upstream's meanwhile is known
     * when this completes. Errs as {@link #current} does.
     */
    Mono<Void> listedAnew(View view, Mounts.Place place, String dir) {
        return Mono.defer(() -> Objects.requireNonNull(flights).over(dir))
                .timeout(config.pageWait())
                .onErrorMap(TimeoutException.class, e -> late(dir))
                .then(listed(view, place, dir));
    }

    /** Whether it is worth while to ask whether upstream has another generation, though it is not time yet. */
    boolean isWorthAsking(Generation newest) {
        return isPast(newest, config.absentTtl());
    }

    /** Whether upstream has said that there is no repository in that directory. */
    boolean isAbsent(String dir) {
        return flights == null || flights.isAbsent(dir);
    }

    /** Upstream is asked for that directory at the next occasion. */
    void doubt(String dir) {
        doubted.put(dir, true);
    }

    private boolean isGood(View view, String dir, Directories.Known known) {
        if (!fetches(view)) {
            return true;
        }
        Kept kept = known.kept();
        return kept != null && !isPast(kept.newest(), ttl) && doubted.get(dir) == null;
    }

    private boolean isPast(Generation newest, Duration after) {
        return newest.header().fetchedAt().plus(after).isBefore(clock.instant());
    }

    private Flight flight(Mounts.Place place, String dir) {
        return Objects.requireNonNull(flights).join(dir, place);
    }

    private Mono<State> asked(Mounts.Place place, String dir, Directories.Known known) {
        doubted.forget(dir);
        Flight flight = flight(place, dir);
        Kept kept = known.kept();
        if (kept == null) {
            return flight.first()
                    .map(found -> state(flight.newest(found)))
                    .timeout(config.pageWait())
                    .onErrorMap(TimeoutException.class, e -> late(dir));
        }
        State stale = new State(kept, null, CacheOutcome.STALE);
        return flight.first()
                .flatMap(found -> found instanceof Found.Forming
                        ? flight.last().map(Upkeep::state).timeout(SWITCH_WAIT)
                        // a folder that is gone for a moment may be one that is being replaced
                        : Mono.just(found instanceof Found.Absent ? stale : state(found)))
                .timeout(config.pageWait())
                .onErrorReturn(StoreException.class, stale)
                .onErrorReturn(TimeoutException.class, stale);
    }

    private static State state(Found found) {
        if (found instanceof Found.Whole whole) {
            return new State(whole.kept(), null, whole.isNew() ? CacheOutcome.MISS : CacheOutcome.REVALIDATED);
        }
        Generation forming = found instanceof Found.Forming one ? one.generation() : null;
        return new State(null, forming, CacheOutcome.MISS);
    }

    private StoreException late(String dir) {
        return new FetchException(
                FailureKind.UPSTREAM_TIMEOUT,
                "upstream has not answered for " + dir + Repodata.REPOMD + " within "
                        + config.pageWait().toSeconds() + " s; try again");
    }
}
