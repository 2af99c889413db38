package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.format.yum.GenerationFlights.Flight;
import dev.permafrost.proxy.format.yum.GenerationFlights.Found;
import dev.permafrost.proxy.format.yum.SmallFiles.Got;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes a generation of what upstream has: {@code repomd.xml} with its signature, as a pair; all that it names, each proved by its checksum;
 * the table of its packages. Where upstream changes meanwhile, it starts over.
 */
final class GenerationBuild {
    private static final Logger log = LoggerFactory.getLogger(GenerationBuild.class);

    /** How often it starts over. */
    private static final int RESTARTS_MAX = 5;

    /** How many records come at once. */
    private static final int RECORDS_AT_ONCE = 3;

    /** The largest primary known has some 500 MB. */
    private static final long PRIMARY_BYTES_MAX = 4L << 30;

    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final SmallFiles small;
    private final ReadThrough files;
    private final Blocking blocking;
    private final Clock clock;

    GenerationBuild(
            String repository,
            MirrorStore store,
            Directories directories,
            SmallFiles small,
            ReadThrough files,
            Blocking blocking,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.small = small;
        this.files = files;
        this.blocking = blocking;
        this.clock = clock;
    }

    /** What a directory has been found to be; tells the flight on the way. Errs with whatever went wrong. */
    Mono<Found> run(Flight flight, String dir, Mounts.Place place, Optional<Kept> known) {
        return run(flight, dir, place, known, RESTARTS_MAX);
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
        return small.ask(place.urls(dir + Repodata.REPOMD), validators(known)).flatMap(got -> {
            if (got instanceof Got.Bytes bytes) {
                return received(new Attempt(flight, dir, place, known, bytes, restarts));
            }
            return got instanceof Got.Same same
                    ? confirmed(
                            dir,
                            known.orElseThrow(),
                            same.document().etag(),
                            same.document().lastModified())
                    : Mono.just(new Found.Absent());
        });
    }

    private static SmallFiles.@Nullable Validators validators(Optional<Kept> known) {
        return known.map(kept -> kept.newest().header())
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
    }

    private Mono<Found> received(Attempt attempt) {
        Digest id = sha256(attempt.repomd().bytes());
        Kept known = attempt.known().orElse(null);
        if (known != null && known.newest().id().equals(id)) {
            return confirmed(
                    attempt.dir(),
                    known,
                    attempt.repomd().document().etag(),
                    attempt.repomd().document().lastModified());
        }
        return draft(attempt, id).flatMap(draft -> whole(attempt, draft));
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
                .flatMap(repomd -> beside(attempt, ".asc")
                        .zipWith(Mono.defer(() -> beside(attempt, ".key")))
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

    private Mono<byte[]> beside(Attempt attempt, String suffix) {
        URI url = URI.create(attempt.repomd().url() + suffix);
        return small.ask(List.of(url), null).map(got -> got instanceof Got.Bytes some ? some.bytes() : new byte[0]);
    }

    private Mono<Found> whole(Attempt attempt, Generation draft) {
        // a signature that came after upstream had changed is not this one's
        Mono<Boolean> isPair = draft.isSigned() ? isStill(attempt) : Mono.just(true);
        return isPair.flatMap(pair -> {
            if (!pair) {
                return again(attempt, changedMeanwhile(attempt));
            }
            attempt.flight().forming(draft);
            return fetched(attempt, draft)
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

    /** Completes when all that it names is held, and its packages are known. */
    private Mono<Void> fetched(Attempt attempt, Generation draft) {
        List<Generation.Item> records = draft.header().records();
        Generation.Item primary = records.stream()
                .filter(record -> record.type().equals("primary"))
                .findFirst()
                .orElseThrow();
        return record(attempt, draft, primary)
                .flatMap(reply -> blocking.call(() -> list(attempt, draft, reply)))
                .doOnNext(count -> attempt.flight().listing())
                .thenMany(Flux.fromIterable(records))
                .filter(record -> !record.equals(primary))
                .flatMap(record -> record(attempt, draft, record).doOnNext(Reply::drop), RECORDS_AT_ONCE)
                .then();
    }

    private Mono<Reply.Held> record(Attempt attempt, Generation draft, Generation.Item record) {
        FileRequest request = Repodata.request(directories.docs(), attempt.dir(), draft.header(), record);
        return files.whole(store.view(), request).flatMap(reply -> {
            if (reply instanceof Reply.Held held) {
                return Mono.just(held);
            }
            return Mono.error(
                    reply instanceof Reply.Failed failed
                            ? new FetchException(
                                    failed.kind(), "what " + attempt.title() + " names: " + failed.message())
                            : new FetchException(
                                    FailureKind.UPSTREAM_INVALID,
                                    attempt.title() + " names " + record.upstreamHref() + ", which is not there"));
        });
    }

    /** Reads the list of packages into the store. Blocks. */
    private Integer list(Attempt attempt, Generation draft, Reply.Held primary) throws IOException {
        String title = "the primary of " + attempt.title();
        PackageTable.Draft table = new PackageTable.Draft();
        try (InputStream in = Decompressed.open(new BlobInput(primary.blob().channel()), title, PRIMARY_BYTES_MAX)) {
            PrimaryReader.Summary summary = PrimaryReader.read(in, title, table::add);
            if (summary.skippedCount() > 0) {
                log.warn(
                        "{}: {}: {} packages can't be served: {}",
                        repository,
                        title,
                        summary.skippedCount(),
                        String.join("; ", summary.skipped()));
            }
        } finally {
            primary.drop();
        }
        long before = attempt.known()
                .map(kept -> PackageTable.count(
                        store.view(),
                        directories.docs().packagesKey(kept.newest().header().packages())))
                .orElse(0L);
        if (table.size() == 0 && before > 0) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    attempt.title() + " lists no package any more, and listed " + before
                            + " before; what it had is served on until it lists some again");
        }
        table.put(store, directories.docs().packagesKey(draft.header().packages()));
        return table.size();
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
