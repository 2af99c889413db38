package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.store.model.StoreException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Directories that are being brought up to date, each once for all who ask. A flight goes on without them: upstream is asked whether its
 * {@code repomd.xml} has changed, and if it has, all that it names is fetched before it becomes the newest generation.
 */
final class GenerationFlights {
    private static final Logger log = LoggerFactory.getLogger(GenerationFlights.class);
    private static final int DIRECTORIES_MAX = 10_000;

    private final String repository;
    private final GenerationBuild build;
    private final ConcurrentMap<String, Flight> flights = new ConcurrentHashMap<>();
    private final Recall<String, Boolean> absent;
    private final Recall<String, Flight> failed;

    /** What can be told of a directory. */
    sealed interface Found {
        /** These generations are whole; whether upstream has just said so, or they have just become it. */
        record Whole(Kept kept, boolean isNew) implements Found {}

        /** Upstream has this one, and not all of it is here yet. */
        record Forming(Generation generation) implements Found {}

        /** Upstream has no repository there. */
        record Absent() implements Found {}
    }

    /** One directory on its way. */
    static final class Flight {
        private final boolean isBrief;
        private final Sinks.One<Found> first = Sinks.one();
        private final Sinks.Empty<Void> listed = Sinks.empty();
        private final Sinks.One<Found> last = Sinks.one();
        private final List<Generation> forming = new CopyOnWriteArrayList<>();

        private Flight(boolean isBrief) {
            this.isBrief = isBrief;
        }

        /** Whether a signature that may have been made anew is not looked for where nothing else is new. */
        boolean isBrief() {
            return isBrief;
        }

        /** What can be told first; errs with a {@link StoreException}. */
        Mono<Found> first() {
            return first.asMono();
        }

        /** Completes when it is known which packages there are, or can't be known. */
        Mono<Void> listed() {
            return listed.asMono();
        }

        /** What it has come to; errs with a {@link StoreException}. */
        Mono<Found> last() {
            return last.asMono();
        }

        /** What is passed on where nothing is whole: the newest that is being fetched. */
        Found newest(Found found) {
            return found instanceof Found.Forming && !forming.isEmpty()
                    ? new Found.Forming(forming.get(forming.size() - 1))
                    : found;
        }

        /** The newest that is being fetched, as a list; empty where there is none. */
        List<Generation> draft() {
            return forming.isEmpty() ? List.of() : List.of(forming.get(forming.size() - 1));
        }

        void tell(Found found) {
            first.tryEmitValue(found);
        }

        void forming(Generation generation) {
            forming.add(generation);
            tell(new Found.Forming(generation));
        }

        void listing() {
            listed.tryEmitEmpty();
        }
    }

    GenerationFlights(String repository, FetchConfig config, GenerationBuild build) {
        this.repository = repository;
        this.build = build;
        this.absent = Recall.ofEntries(DIRECTORIES_MAX, config.absentTtl());
        this.failed = Recall.ofEntries(DIRECTORIES_MAX, config.failureTtl());
    }

    /** Whether upstream has said a moment ago that there is no repository in that directory. */
    boolean isAbsent(String dir) {
        return absent.get(dir) != null;
    }

    /** What of a directory is being fetched, or could not be a moment ago, the newest last. */
    List<Generation> forming(String dir) {
        Flight flight = flights.get(dir);
        if (flight == null) {
            flight = failed.get(dir);
        }
        return flight == null ? List.of() : List.copyOf(flight.forming);
    }

    /** Completes when the flight of a directory that is under way is over, however it ends; at once where there is none. */
    Mono<Void> over(String dir) {
        Flight flight = flights.get(dir);
        return flight == null ? Mono.empty() : flight.last().then().onErrorComplete(StoreException.class);
    }

    /** How many there are. */
    int size() {
        return flights.size();
    }

    /**
     * Brings a directory up to date, or joins whoever does. One that failed a moment ago is not tried again: it is what it came to.
     *
     * @param place where upstream has it
     */
    Flight join(String dir, Mounts.Place place) {
        return join(dir, place, false);
    }

    /**
     * The same.
     *
     * @param isBrief whether upstream is asked for nothing but its {@code repomd.xml} where that is the same and its signature, if it ever
     *     gets one, has come long since
     */
    Flight join(String dir, Mounts.Place place, boolean isBrief) {
        Flight there = flights.get(dir);
        if (there != null) {
            return there;
        }
        Flight before = failed.get(dir);
        if (before != null) {
            return before;
        }
        if (isAbsent(dir)) {
            Flight none = new Flight(isBrief);
            end(none, new Found.Absent(), null);
            return none;
        }
        Flight mine = new Flight(isBrief);
        Flight theirs = flights.putIfAbsent(dir, mine);
        if (theirs != null) {
            return theirs;
        }
        build.run(mine, dir, place).subscribe(found -> land(dir, mine, found, null), error -> {
            StoreException failure = GenerationBuild.failure(repository, dir, error);
            log.warn("{}: {}", repository, failure.getMessage());
            land(dir, mine, null, failure);
        });
        return mine;
    }

    private void land(String dir, Flight flight, @Nullable Found found, @Nullable StoreException failure) {
        if (failure != null) {
            failed.put(dir, flight);
        } else if (found instanceof Found.Absent) {
            absent.put(dir, true);
        }
        flights.remove(dir);
        end(flight, found, failure);
    }

    private static void end(Flight flight, @Nullable Found found, @Nullable StoreException failure) {
        if (found != null) {
            flight.first.tryEmitValue(found);
            flight.last.tryEmitValue(found);
        } else if (failure != null) {
            flight.first.tryEmitError(failure);
            flight.last.tryEmitError(failure);
        }
        flight.listed.tryEmitEmpty();
    }
}
