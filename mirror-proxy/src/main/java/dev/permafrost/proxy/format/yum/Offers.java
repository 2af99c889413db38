package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.format.yum.Directories.Known;
import dev.permafrost.proxy.format.yum.Directories.Twin;
import dev.permafrost.proxy.format.yum.Upkeep.State;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Which generation of a directory a client is given: the newest, or one that it knows already. {@linkplain OldYum yum 3} is given the newest
 * that it can read, as it is or as its twin; for one that is being made it waits a while.
 */
final class Offers {
    /** So long yum 3 waits for what it can read of the newest generation, though there is something of one before it. */
    private static final Duration SWITCH_WAIT = Duration.ofSeconds(2);

    private static final Comparator<Twin> NEWEST_FIRST = Comparator.<Twin>comparingLong(
                    twin -> twin.generation().header().newest())
            .reversed();

    private final Directories directories;
    private final Upkeep upkeep;
    private final @Nullable TwinUpkeep twins;
    private final Blocking blocking;
    private final Duration wait;

    /**
     * What a client is given.
     *
     * @param generation its files; a twin has the id of what it is the twin of
     * @param page its {@code repomd.xml} as it is sent, where that is in memory
     * @param vary the header field that decides that it is this one; null for none
     */
    record Offer(
            Generation generation,
            @Nullable RenderedPage page,
            @Nullable String vary) {
        Digest id() {
            return generation.id();
        }

        private boolean is(@Nullable Digest id) {
            return id != null && id.equals(id());
        }

        /** Its {@code repomd.xml}, as it is sent. */
        RenderedPage repomd() {
            return page != null ? page : Directories.page(generation.repomd(), Repodata.REPOMD, vary);
        }

        private static Offer of(Twin twin) {
            return new Offer(twin.generation(), twin.page(), OldYum.VARY);
        }
    }

    /**
     * Offers of a repository.
     *
     * @param twins what has twins made; null where nobody but those who freeze does
     * @param wait for how long yum 3 waits where there is nothing yet that it can read
     */
    Offers(Directories directories, Upkeep upkeep, @Nullable TwinUpkeep twins, Blocking blocking, Duration wait) {
        this.directories = directories;
        this.upkeep = upkeep;
        this.twins = twins;
        this.blocking = blocking;
        this.wait = wait;
    }

    /**
     * What a client is given of a directory that has a generation. Errs with a {@link FetchException} OVERLOADED where that is for yum 3 and
     * still being made.
     *
     * @param id of the generation that it knows, which it is given while that is there; null for none
     */
    Mono<Offer> of(View view, String dir, boolean isOld, State state, @Nullable Digest id) {
        Generation newest = Objects.requireNonNull(state.newest());
        TwinUpkeep making = twins;
        if (isOld && !view.heldOnly() && making != null) {
            making.asked(dir);
            return OldYum.reads(newest) && (id == null || id.equals(newest.id()))
                    ? Mono.just(asItIs(view, dir, newest))
                    : readable(making, view, dir, state, id);
        }
        Generation whole = known(view, dir, state, id).orElse(newest);
        return !isOld || OldYum.reads(whole)
                ? Mono.just(asItIs(view, dir, whole))
                : known(view, dir).map(known -> {
                    Twin twin = known.twin(whole.id());
                    return twin == null ? asItIs(view, dir, whole) : Offer.of(twin);
                });
    }

    /** The generation of that id, whole or on its way; empty where it is not there, or the id is null. */
    private Optional<Generation> known(View view, String dir, State state, @Nullable Digest id) {
        return id == null
                ? Optional.empty()
                : Stream.concat(
                                state.kept() == null ? Stream.empty() : state.kept().all().stream(),
                                upkeep.forming(view, dir).stream())
                        .filter(one -> one.id().equals(id))
                        .findFirst();
    }

    /** The generation that a client knows by that id, which for yum 3 is its twin if it has one; empty where it is not there. */
    Optional<Generation> known(View view, String dir, boolean isOld, State state, @Nullable Digest id) {
        Known known = isOld && id != null ? directories.now(view, dir) : null;
        Twin twin = known == null ? null : known.twin(Objects.requireNonNull(id));
        return twin != null ? Optional.of(twin.generation()) : known(view, dir, state, id);
    }

    private Offer asItIs(View view, String dir, Generation one) {
        Known known = directories.now(view, dir);
        RenderedPage page = known != null
                        && known.kept() != null
                        && known.kept().newest().id().equals(one.id())
                ? known.page()
                : null;
        return new Offer(one, page, OldYum.vary(one));
    }

    private Mono<Known> known(View view, String dir) {
        Known now = directories.now(view, dir);
        return now != null ? Mono.just(now) : blocking.call(() -> directories.known(view, dir));
    }

    private Mono<Offer> readable(TwinUpkeep making, View view, String dir, State state, @Nullable Digest id) {
        return known(view, dir).flatMap(known -> {
            Offer best = best(state, known, id);
            if (best != null && (best.is(id) || best.is(newest(state)))) {
                return Mono.just(best);
            }
            return made(making, view, dir, state)
                    .timeout(best == null ? wait : SWITCH_WAIT)
                    .onErrorComplete(TimeoutException.class)
                    .then(Mono.defer(() -> known(view, dir)))
                    .map(now -> settled(making, view, dir, state, now));
        });
    }

    /** Completes once the newest generation is whole and has its twin, or can't have that soon. */
    private Mono<Void> made(TwinUpkeep making, View view, String dir, State state) {
        Mono<Void> whole = state.kept() == null ? upkeep.over(view, dir) : Mono.empty();
        return whole.then(blocking.call(() -> making.made(dir))).flatMap(Function.identity());
    }

    private Offer settled(TwinUpkeep making, View view, String dir, State before, Known known) {
        State state = known.kept() == null ? before : new State(known.kept(), null, before.outcome());
        Offer best = best(state, known, null);
        if (best != null) {
            return best;
        }
        if (state.kept() != null && making.isFailing(dir)) {
            return asItIs(view, dir, state.kept().newest());
        }
        throw new FetchException(
                FailureKind.OVERLOADED,
                "yum 3 can't read the metadata of /" + dir
                        + " as it is, and what it can read is not there yet; ask again in a minute");
    }

    private static Digest newest(State state) {
        return Objects.requireNonNull(state.newest()).id();
    }

    /** The one of that id, or the newest, of all that yum 3 reads; null where there is none. */
    private static @Nullable Offer best(State state, Known known, @Nullable Digest id) {
        List<Generation> generations = state.kept() != null
                ? state.kept().all()
                : state.forming() != null ? List.of(state.forming()) : List.of();
        List<Offer> all = new ArrayList<>();
        // where the newest is for others alone, who is given another is told from them by what it calls itself
        String vary = generations.isEmpty() ? null : OldYum.vary(generations.get(0));
        for (Generation one : generations) {
            Twin twin = known.twin(one.id());
            if (OldYum.reads(one)) {
                all.add(new Offer(one, null, vary));
            } else if (twin != null) {
                all.add(Offer.of(twin));
            }
        }
        // what outlives its generation
        known.twins().stream()
                .filter(twin -> all.stream()
                        .noneMatch(one -> one.id().equals(twin.generation().id())))
                .sorted(NEWEST_FIRST)
                .map(Offer::of)
                .forEach(all::add);
        return all.stream().filter(one -> one.is(id)).findFirst().orElse(all.isEmpty() ? null : all.get(0));
    }
}
