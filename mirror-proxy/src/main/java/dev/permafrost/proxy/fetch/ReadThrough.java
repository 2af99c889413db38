package dev.permafrost.proxy.fetch;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Files: held, or fetched from upstream once for all who ask. One for each repository; without an upstream it only ever
 * answers what is held.
 */
public final class ReadThrough implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReadThrough.class);

    private static final Duration LANDING_TIMEOUT = Duration.ofSeconds(5);
    private static final long LANDING_POLL_MILLIS = 10;
    private static final int ABSENT_MAX = 100_000;

    private final MirrorStore store;
    private final @Nullable UpstreamClient upstream;
    private final Blocking blocking;
    private final FetchConfig config;
    private final int resumesMax;
    private final Clock clock;
    private final BlobHandles handles;
    private final SingleFlight<ArtifactKey, FileFlight> flights;
    private final Recall<FileRequest, Boolean> absent;
    /** Files that are being read. */
    private final ConcurrentMap<Proof, Mono<Boolean>> proofs = new ConcurrentHashMap<>();

    private volatile Consumer<Stored> stored = file -> {};
    private volatile Function<FileRequest, Mono<Void>> doubted = file -> Mono.empty();
    private volatile IntSupplier others = () -> 0;

    private record Proof(Digest blob, Expectation expectation) {}

    /**
     * Files of one repository.
     *
     * @param upstream where to fetch what is not held; null for nowhere
     * @param resumesMax how often one fetch may go on after its connection broke
     */
    public ReadThrough(
            MirrorStore store,
            @Nullable UpstreamClient upstream,
            Blocking blocking,
            FetchConfig config,
            int resumesMax,
            Clock clock) {
        this.store = store;
        this.upstream = upstream;
        this.blocking = blocking;
        this.config = config;
        this.resumesMax = resumesMax;
        this.clock = clock;
        this.absent = Recall.ofEntries(ABSENT_MAX, config.absentTtl());
        this.handles = new BlobHandles(store, config.openFilesMax(), blocking.executor());
        this.flights = new SingleFlight<>(config.flightsMax(), config.failureTtl(), Ticker.systemTicker());
        store.onGone(handles::drop);
    }

    /** The reply for a file that is open already, or null. Does not block. */
    public Reply.@Nullable Held heldNow(Digest digest, FileHead head) {
        OpenBlob blob = handles.cached(digest);
        return blob == null ? null : new Reply.Held(blob, head);
    }

    /** Answers with a file: from the store, else from upstream while it is stored, else NotFound. Never errs. */
    public Mono<Reply> file(View view, FileRequest request) {
        return file(view, request, CacheOutcome.HIT);
    }

    private Mono<Reply> file(View view, FileRequest request, CacheOutcome ifHeld) {
        if (flights.isUp(request.key()) && !view.heldOnly()) {
            return fresh(view, request).onErrorResume(StoreException.class, e -> Mono.just(failed(e)));
        }
        return lookUp(view, request, ifHeld);
    }

    private Mono<Reply> lookUp(View view, FileRequest request, CacheOutcome ifHeld) {
        return heldReply(view, request, ifHeld, mayAge(view))
                .switchIfEmpty(fresh(view, request))
                .onErrorResume(StoreException.class, e -> Mono.just(failed(e)));
    }

    /** Whether what is held may be out of date: where there is nobody to ask it is as good as it gets. */
    private boolean mayAge(View view) {
        return upstream != null && !view.heldOnly();
    }

    /** What upstream has; where it can't say, and what is held is not proved to be something else, that. */
    private Mono<Reply> fresh(View view, FileRequest request) {
        Mono<Reply> flown = Mono.deferContextual(subscription -> fly(view, request, ByteFlow.of(subscription)));
        return request.goodFor() == null
                ? flown
                : flown.onErrorResume(
                        StoreException.class, e -> stale(view, request).switchIfEmpty(Mono.error(e)));
    }

    /** What is held, whatever its age; what must be something particular, only if it has been found to be that. */
    private Mono<Reply> stale(View view, FileRequest request) {
        return blocking.call(() -> request.scrutiny() == null
                        || view.lookup(request.key())
                                .flatMap(entry -> Confirmed.find(view, request.key(), entry))
                                .isPresent())
                .filter(good -> good)
                .flatMap(good -> heldReply(view, request, CacheOutcome.STALE, false));
    }

    /** Answers with a file from the store, else NotFound. Never errs. */
    public Mono<Reply> held(View view, FileRequest request) {
        return heldReply(view, request, CacheOutcome.HIT, false)
                .switchIfEmpty(Mono.fromSupplier(
                        () -> new Reply.NotFound(request.key().key() + " is not held", CacheOutcome.NEGATIVE)))
                .onErrorResume(StoreException.class, e -> Mono.just(failed(e)));
    }

    /**
     * Answers with a file once it is whole: held, and proved to be what is asked for; else NotFound or Failed. Never errs, and goes on
     * when nobody waits for it any more.
     */
    public Mono<Reply> whole(View view, FileRequest request) {
        return file(view, request).flatMap(reply -> {
            if (!(reply instanceof Reply.Growing growing)) {
                return Mono.just(reply);
            }
            FileFlight flight = (FileFlight) growing.tail();
            reply.drop();
            return flight.over().then(Mono.defer(() -> landed(view, request, flight)));
        });
    }

    private Mono<Reply> landed(View view, FileRequest request, FileFlight flight) {
        StoreException failure = flight.failure();
        return failure == null ? lookUp(view, request, CacheOutcome.MISS) : Mono.just(failed(failure));
    }

    /**
     * Has something told of each file that is fetched from now on, when it is stored and before anybody has it whole, on a thread
     * that may block. Called before the first request.
     */
    public void onStored(Consumer<Stored> told) {
        stored = told;
    }

    /**
     * Has something done for each file that upstream turns out to have no more, or otherwise than its index says. Called before the
     * first request.
     *
     * @param done must not block before it is subscribed to, or then
     */
    public void onDoubted(Function<FileRequest, Mono<Void>> done) {
        doubted = done;
    }

    /** Has other fetches from the same upstream waited for too when this ends: how many are under way. Called before the first request. */
    public void awaits(IntSupplier underWay) {
        others = underWay;
    }

    /** How many fetches are under way. */
    public int flights() {
        return flights.size();
    }

    /** How those ended that are over. */
    public FlightFigures figures() {
        return flights.figures();
    }

    /** How the files that are kept open are doing. */
    public CacheFigures openFiles() {
        return handles.figures();
    }

    /** Ends the fetches under way, keeping what can be gone on with, and closes the files. Blocks. */
    @Override
    public void close() {
        if (upstream != null) {
            upstream.close();
            awaitLandings();
        }
        handles.close();
    }

    private void awaitLandings() {
        long deadline = System.nanoTime() + LANDING_TIMEOUT.toNanos();
        try {
            while (flights.size() + others.getAsInt() > 0 && System.nanoTime() < deadline) {
                Thread.sleep(LANDING_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the reply says of a file that is held. */
    public static FileHead headOf(Entry entry, FileRequest request, CacheOutcome outcome) {
        return new FileHead(
                request.contentType(),
                FileHead.etagOf(entry.digest()),
                entry.committedAt(),
                request.cacheControl(),
                outcome);
    }

    /**
     * The reply for a file that is held and is what the index says; else empty.
     *
     * @param ages whether it must have been confirmed lately too
     */
    private Mono<Reply> heldReply(View view, FileRequest request, CacheOutcome outcome, boolean ages) {
        return blocking.call(() -> judged(view, request, outcome, ages))
                .flatMap(reply -> reply)
                .onErrorResume(StoreException.class, e -> corrupt(view, request, e));
    }

    /** Empty for bytes that are damaged or gone and can be had again. */
    private Mono<Reply> corrupt(View view, FileRequest request, StoreException e) {
        boolean corrupt = e.kind() == FailureKind.STORE_CORRUPT;
        if (corrupt || e.kind() == FailureKind.DISK_FAILED) {
            log.error("{}: {}", request.key(), e.getMessage());
        }
        return corrupt && upstream != null && !view.heldOnly() ? Mono.empty() : Mono.error(e);
    }

    private Mono<Reply> judged(View view, FileRequest request, CacheOutcome outcome, boolean ages) {
        Entry entry = view.lookup(request.key()).orElse(null);
        if (entry == null || (ages && Freshness.isOver(view, request, entry, clock.instant()))) {
            return Mono.empty();
        }
        return switch (HeldFiles.known(view, entry, request.expectation())) {
            case NO -> Mono.empty();
            case YES -> Mono.just(opened(entry, request, outcome));
            case UNPROVED ->
                proved(view, entry, request)
                        .filter(fits -> fits)
                        .flatMap(fits -> blocking.call(() -> opened(entry, request, outcome)));
        };
    }

    private Reply opened(Entry entry, FileRequest request, CacheOutcome outcome) {
        return new Reply.Held(handles.open(entry), headOf(entry, request, outcome));
    }

    /** Reads a file to tell whether it is what the index says, on one thread for all who ask meanwhile. */
    private Mono<Boolean> proved(View view, Entry entry, FileRequest request) {
        Proof proof = new Proof(entry.digest(), request.expectation());
        return proofs.computeIfAbsent(
                proof,
                key -> blocking.call(() -> HeldFiles.fits(store, view, entry, key.expectation()))
                        .doOnTerminate(() -> proofs.remove(key))
                        .cache());
    }

    private Mono<Reply> fly(View view, FileRequest request, ByteFlow flow) {
        UpstreamClient client = upstream;
        if (client == null || view.heldOnly()) {
            return Mono.just(new Reply.NotFound(
                    request.key().key() + " is not held, and this mirror is offline", CacheOutcome.NEGATIVE));
        }
        if (absent.get(request) != null) {
            return Mono.just(gone(request, CacheOutcome.NEGATIVE));
        }
        SingleFlight.Joined<FileFlight> joined = flights.join(
                request.key(),
                request,
                landing -> new FileFlight(
                        request, flow, store, client, blocking, config, resumesMax, landing, clock, stored, doubted),
                FileFlight::begin);
        FileFlight flight = joined.flight();
        if (!flight.isFor(request)) {
            // the index has changed in the meantime: these would be the bytes of before under the name of those of now
            return flight.over().then(Mono.defer(() -> lookUp(view, request, CacheOutcome.HIT)));
        }
        CacheOutcome outcome = joined.joined() ? CacheOutcome.COALESCED : CacheOutcome.MISS;
        return started(request, flight).flatMap(start -> reply(view, request, flight, start, outcome));
    }

    /** Who could be given what is held does not wait for ever; the fetch goes on. */
    private Mono<FileFlight.Start> started(FileRequest request, FileFlight flight) {
        return request.goodFor() == null
                ? flight.started()
                : flight.started()
                        .timeout(config.pageWait())
                        .onErrorResume(
                                TimeoutException.class,
                                e -> flight.isRevalidating() ? Mono.error(late(request)) : flight.started());
    }

    private StoreException late(FileRequest request) {
        return new FetchException(
                FailureKind.UPSTREAM_TIMEOUT,
                "upstream has not answered for " + request.key().key() + " within "
                        + config.pageWait().toSeconds() + " s; it is still being asked");
    }

    private static Reply gone(FileRequest request, CacheOutcome outcome) {
        return new Reply.NotFound("upstream lists " + request.key().key() + " but has it no more", outcome);
    }

    private Mono<Reply> reply(
            View view, FileRequest request, FileFlight flight, FileFlight.Start start, CacheOutcome outcome) {
        if (start instanceof FileFlight.Start.Absent) {
            absent.put(request, true);
            return Mono.just(gone(request, outcome));
        }
        if (start instanceof FileFlight.Start.Growing && flight.tryRetain()) {
            return Mono.just(new Reply.Growing(flight, growingHead(request, outcome)));
        }
        // held by now: upstream has just been asked, or it has landed in the meantime, though fetched for this unless
        // another flight had been before
        CacheOutcome ifHeld = start instanceof FileFlight.Start.AlreadyHeld
                ? CacheOutcome.HIT
                : start instanceof FileFlight.Start.Revalidated ? CacheOutcome.REVALIDATED : outcome;
        return heldReply(view, request, ifHeld, false).switchIfEmpty(Mono.defer(() -> lookUp(view, request, ifHeld)));
    }

    private static FileHead growingHead(FileRequest request, CacheOutcome outcome) {
        Digest sha256 = request.expectation().digests().get(Algorithm.SHA256);
        return new FileHead(
                request.contentType(),
                sha256 == null ? null : FileHead.etagOf(sha256),
                null,
                request.cacheControl(),
                outcome);
    }

    private static Reply failed(StoreException e) {
        return Reply.Failed.of(e);
    }
}
