package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Document;
import dev.permafrost.proxy.format.yum.GenerationFlights.Flight;
import dev.permafrost.proxy.format.yum.GenerationFlights.Found;
import dev.permafrost.proxy.format.yum.SmallFiles.Got;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Makes a generation of what upstream has: decides whether its {@code repomd.xml} is taken, with its signature, as a pair, and has all that
 * it names fetched by {@link GenerationRecords}. Where upstream changes meanwhile, it starts over.
 */
final class GenerationBuild {
    private static final Logger log = LoggerFactory.getLogger(GenerationBuild.class);

    private static final byte[] NONE = new byte[0];

    /** A new list may be without its signature for so long. */
    private static final Duration SIGNATURE_COMES_WITHIN = Duration.ofHours(1);

    /** How often it starts over. */
    private static final int RESTARTS_MAX = 5;

    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final SmallFiles small;
    private final @Nullable MirrorLists lists;
    private final @Nullable Signers signers;
    private final GenerationRecords records;
    private final Blocking blocking;
    private final Clock clock;

    /**
     * What makes them for a repository.
     *
     * @param lists who has it, where that is not always the same; null where it is
     * @param signers who has to sign it; null for nobody
     * @param records what fetches all that it names
     */
    GenerationBuild(
            String repository,
            MirrorStore store,
            Directories directories,
            SmallFiles small,
            @Nullable MirrorLists lists,
            @Nullable Signers signers,
            GenerationRecords records,
            Blocking blocking,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.small = small;
        this.lists = lists;
        this.signers = signers;
        this.records = records;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** What a directory has been found to be; tells the flight on the way. Errs with whatever went wrong. */
    Mono<Found> run(Flight flight, String dir, Mounts.Place place) {
        // as it is now that nobody else can change it
        return blocking.call(() -> known(dir))
                .flatMap(known -> run(flight, dir, place, known, RESTARTS_MAX)
                        .onErrorResume(StoreException.class, e -> renewed(flight, dir, place, known, e)))
                .onErrorResume(error -> tidied(flight, dir).then(Mono.error(error)));
    }

    /** Asks those who have it by now, where nobody of those did who had it before. */
    private Mono<Found> renewed(Flight flight, String dir, Mounts.Place place, Optional<Kept> known, StoreException e) {
        return lists == null
                ? Mono.error(e)
                : lists.renewed(place)
                        .flatMap(now -> run(flight, dir, now, known, RESTARTS_MAX))
                        .switchIfEmpty(Mono.error(e));
    }

    /** What came of the newest draft is of use at the next try; what others left is not. */
    private Mono<Void> tidied(Flight flight, String dir) {
        if (flight.draft().isEmpty()) {
            return Mono.empty();
        }
        return blocking.call(() -> {
                    directories.tidy(dir, flight.draft());
                    return true;
                })
                .then()
                .onErrorComplete(StoreException.class);
    }

    /** The generations that there are; none where their packages are known no more, since the index had to be made anew. */
    private Optional<Kept> known(String dir) {
        return directories
                .known(store.view(), dir)
                .generations()
                .filter(kept -> PackageTable.isThere(
                        store.view(),
                        directories.docs().packagesKey(kept.newest().header().packages())));
    }

    /** The failure that an error is, in words for the operator. */
    static StoreException failure(String repository, String dir, Throwable error) {
        if (error instanceof StoreException e) {
            return e;
        }
        log.error("{}: {}repodata/ could not be fetched by a fault of ours", repository, dir, error);
        return new FetchException(FailureKind.INTERNAL, dir + "repodata/: " + error, error);
    }

    private Mono<Found> run(Flight flight, String dir, Mounts.Place place, Optional<Kept> known, int restarts) {
        if (place.failure() != null) {
            return Mono.error(place.failure());
        }
        return small.ask(place.urls(dir + Repodata.REPOMD), validators(place.versions(dir), known))
                .flatMap(got -> {
                    if (got instanceof Got.Bytes bytes) {
                        return received(new Attempt(flight, dir, place, known, bytes, restarts));
                    }
                    return got instanceof Got.Same same
                            ? same(flight, dir, place, known.orElseThrow(), same, restarts)
                            : Mono.just(new Found.Absent());
                });
    }

    /** Whoever has still what is held is not asked whether it has changed, unless it may be taken. */
    private static SmallFiles.@Nullable Validators validators(List<Metalink.Version> versions, Optional<Kept> known) {
        return known.map(kept -> kept.newest().header())
                .filter(header -> isAllowed(versions, header))
                .map(header -> new SmallFiles.Validators(
                        URI.create(header.base() + Repodata.REPOMD), header.etag(), header.lastModified()))
                .orElse(null);
    }

    /**
     * A directory's new {@code repomd.xml}, at one of several tries.
     *
     * @param restarts how often it may still be started over
     */
    private record Attempt(
            Flight flight, String dir, Mounts.Place place, Optional<Kept> known, Got.Bytes repomd, int restarts) {
        /** The URL of the directory that the answer came from. */
        String base() {
            String url = repomd.url().toString();
            return url.substring(0, url.length() - Repodata.REPOMD.length());
        }

        String title() {
            return ShownUrl.of(repomd.url());
        }

        /** What is to be fetched. */
        GenerationRecords.Draft draft(Generation generation) {
            return new GenerationRecords.Draft(dir, place, title(), known, generation);
        }
    }

    private Mono<Found> received(Attempt attempt) {
        List<Metalink.Version> versions = attempt.place().versions(attempt.dir());
        byte[] bytes = attempt.repomd().bytes();
        if (!versions.isEmpty() && versions.stream().noneMatch(version -> version.fits(bytes))) {
            return elsewhere(
                    attempt,
                    new FetchException(
                            FailureKind.UPSTREAM_INVALID,
                            attempt.title() + " is none of the " + versions.size()
                                    + " that the metalink says it may be"));
        }
        Digest id = sha256(attempt.repomd().bytes());
        Kept known = attempt.known().orElse(null);
        if (known != null && known.newest().id().equals(id)) {
            // another place's validators are not those of the place that is asked first
            boolean isFirst = known.newest().header().base().equals(attempt.base());
            Document said = attempt.repomd().document();
            return isSignedAsBefore(attempt.repomd().url(), known.newest())
                    .flatMap(same -> same
                            ? confirmed(
                                    attempt.dir(),
                                    known,
                                    isFirst ? said.etag() : null,
                                    isFirst ? said.lastModified() : null)
                            : drafted(attempt, id));
        }
        return drafted(attempt, id);
    }

    /** What the others have, since what this one has may not be taken. */
    private Mono<Found> elsewhere(Attempt attempt, StoreException why) {
        Mounts.Place others = attempt.place().without(attempt.base());
        if (others.bases().isEmpty()) {
            return Mono.error(why);
        }
        log.warn("{}: {}; the next mirror is asked", repository, why.getMessage());
        return run(attempt.flight(), attempt.dir(), others, attempt.known(), attempt.restarts())
                .flatMap(found -> found instanceof Found.Absent ? Mono.error(why) : Mono.just(found));
    }

    private Mono<Found> drafted(Attempt attempt, Digest id) {
        return draft(attempt, id).flatMap(draft -> {
            Kept known = attempt.known().orElse(null);
            if (known != null
                    && isOlderFromElsewhere(known.newest(), draft)
                    && isAllowed(
                            attempt.place().versions(attempt.dir()),
                            known.newest().header())) {
                log.info("{}: {} is older than what is held from another place", repository, attempt.title());
                return Mono.just(new Found.Whole(known, false));
            }
            return trusted(attempt, draft);
        });
    }

    /** Whoever has it signed by nobody who is trusted is passed over, unless the signature was of another, that has come since. */
    private Mono<Found> trusted(Attempt attempt, Generation draft) {
        Signers demanded = signers;
        if (demanded == null) {
            return whole(attempt, draft);
        }
        return blocking.call(() -> Optional.ofNullable(demanded.refusal(
                        attempt.repomd().bytes(), draft.signature(), attempt.title(), clock.instant())))
                .flatMap(refusal -> {
                    if (refusal.isEmpty()) {
                        return whole(attempt, draft);
                    }
                    StoreException why = new FetchException(FailureKind.UPSTREAM_INVALID, refusal.get());
                    return isStill(attempt).onErrorReturn(true).flatMap(same -> {
                        if (!same && attempt.restarts() > 0) {
                            return again(attempt, why);
                        }
                        demanded.count();
                        return same ? elsewhere(attempt, why) : Mono.error(why);
                    });
                });
    }

    /** Whether what is held is among what a metalink names, or there is none. */
    private static boolean isAllowed(List<Metalink.Version> versions, Generation.Header held) {
        return versions.isEmpty() || versions.stream().anyMatch(version -> version.isKnownAs(held.upstream()));
    }

    private static boolean isOlderFromElsewhere(Generation known, Generation draft) {
        return !draft.header().base().equals(known.header().base())
                && draft.header().newest() < known.header().newest();
    }

    /** Upstream has the same {@code repomd.xml}; its signature may have come later, or be another. */
    private Mono<Found> same(Flight flight, String dir, Mounts.Place place, Kept known, Got.Same same, int restarts) {
        if (flight.isBrief() && isSettled(known.newest().header())) {
            return confirmed(dir, known, same.document().etag(), same.document().lastModified());
        }
        URI url = URI.create(known.newest().header().base() + Repodata.REPOMD);
        return isSignedAsBefore(url, known.newest()).flatMap(asBefore -> {
            if (asBefore) {
                return confirmed(
                        dir, known, same.document().etag(), same.document().lastModified());
            }
            return small.ask(List.of(url), null)
                    .flatMap(got -> got instanceof Got.Bytes bytes
                            ? received(new Attempt(flight, dir, place, Optional.of(known), bytes, restarts))
                            : Mono.just(new Found.Whole(known, false)));
        });
    }

    /** Whether its signature had had time to come when upstream was asked last. */
    private static boolean isSettled(Generation.Header header) {
        return Instant.ofEpochSecond(header.newest())
                .plus(SIGNATURE_COMES_WITHIN)
                .isBefore(header.fetchedAt());
    }

    /** A signature that is gone is one that is being replaced: of the same bytes, the one that is held is as good. */
    private Mono<Boolean> isSignedAsBefore(URI repomd, Generation known) {
        return signature(repomd)
                .map(now -> now.length == 0 || Arrays.equals(now, known.signature()))
                .onErrorReturn(StoreException.class, true);
    }

    private Mono<Found> confirmed(String dir, Kept known, @Nullable String etag, @Nullable String lastModified) {
        return blocking.call(() -> {
            Generation.Header header = known.newest().header().confirmed(clock.instant(), etag, lastModified);
            return new Found.Whole(directories.confirm(dir, known, header), false);
        });
    }

    /** The new generation, of which nothing but {@code repomd.xml} and what proves it is here; empty where upstream has changed already. */
    private Mono<Generation> draft(Attempt attempt, Digest id) {
        return blocking.call(() -> Repomd.read(attempt.repomd().bytes(), attempt.title()))
                .flatMap(repomd -> signature(attempt.repomd().url())
                        .zipWith(Mono.defer(() -> key(attempt)))
                        .map(pair -> Repodata.generation(
                                attempt.dir(),
                                attempt.base(),
                                attempt.repomd(),
                                repomd,
                                id,
                                pair.getT1(),
                                pair.getT2(),
                                clock.instant())));
    }

    /** The signature of a {@code repomd.xml}; empty where there is none, or it may not be had. */
    private Mono<byte[]> signature(URI repomd) {
        return beside(repomd, ".asc")
                .onErrorResume(
                        StoreException.class,
                        e -> e.kind() == FailureKind.UPSTREAM_STATUS ? Mono.just(NONE) : Mono.error(e));
    }

    /** The key that it may be checked by, which is not needed. */
    private Mono<byte[]> key(Attempt attempt) {
        return beside(attempt.repomd().url(), ".key").onErrorReturn(StoreException.class, NONE);
    }

    private Mono<byte[]> beside(URI repomd, String suffix) {
        return small.ask(List.of(URI.create(repomd + suffix)), null)
                .map(got -> got instanceof Got.Bytes some ? some.bytes() : NONE);
    }

    /** Whether its signature can be this one's: not where it is the one of before, or was there before and is missing in a new one. */
    private boolean canBePair(Attempt attempt, Generation draft) {
        Generation before = attempt.known().map(Kept::newest).orElse(null);
        if (before == null || before.id().equals(draft.id()) || !before.isSigned()) {
            return true;
        }
        Instant made = Instant.ofEpochSecond(draft.header().newest());
        return draft.isSigned()
                ? !Arrays.equals(draft.signature(), before.signature())
                : made.plus(SIGNATURE_COMES_WITHIN).isBefore(clock.instant());
    }

    private Mono<Found> whole(Attempt attempt, Generation draft) {
        // a signature that came after upstream had changed is not this one's
        Mono<Boolean> isPair = draft.isSigned() ? isStill(attempt) : Mono.just(true);
        if (!canBePair(attempt, draft)) {
            return Mono.error(new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    attempt.title() + " is new, and its signature is not yet; what was there before is served on"));
        }
        return isPair.flatMap(pair -> {
            if (!pair) {
                return again(attempt, changedMeanwhile(attempt));
            }
            attempt.flight().forming(draft);
            return records.fetched(attempt.draft(draft), attempt.flight()::listing)
                    .then(become(attempt, draft))
                    .onErrorResume(
                            StoreException.class,
                            e -> isStill(attempt)
                                    .onErrorReturn(true)
                                    .flatMap(same -> same ? Mono.error(e) : again(attempt, e)));
        });
    }

    private Mono<Found> again(Attempt attempt, StoreException why) {
        if (attempt.restarts() == 0) {
            return Mono.error(why);
        }
        log.info("{}: {} has changed while it was being fetched; starting over", repository, attempt.title());
        return run(attempt.flight(), attempt.dir(), attempt.place(), attempt.known(), attempt.restarts() - 1);
    }

    private static StoreException changedMeanwhile(Attempt attempt) {
        return new FetchException(
                FailureKind.UPSTREAM_INVALID,
                attempt.title() + " changes faster than it can be fetched with its signature: " + (RESTARTS_MAX + 1)
                        + " times so far");
    }

    /** Whether upstream has the same {@code repomd.xml} yet. */
    private Mono<Boolean> isStill(Attempt attempt) {
        Got.Bytes had = attempt.repomd();
        SmallFiles.Validators validators = new SmallFiles.Validators(
                had.url(), had.document().etag(), had.document().lastModified());
        return small.ask(List.of(had.url()), validators)
                .map(got -> got instanceof Got.Same
                        || (got instanceof Got.Bytes now && sha256(now.bytes()).equals(sha256(had.bytes()))));
    }

    private Mono<Found> become(Attempt attempt, Generation draft) {
        return blocking.call(() -> {
            Kept kept = directories.become(attempt.dir(), draft);
            log.info(
                    "{}: {} is whole: {} files of metadata",
                    repository,
                    attempt.title(),
                    draft.header().records().size());
            return new Found.Whole(kept, true);
        });
    }

    static Digest sha256(byte[] bytes) {
        try {
            return Digest.of(
                    Algorithm.SHA256, MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
