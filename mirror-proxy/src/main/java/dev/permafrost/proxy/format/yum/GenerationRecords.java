package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Fetches what a {@code repomd.xml} names, each file proved by its checksum, and reads its lists of packages into the store. */
final class GenerationRecords {
    private static final Logger log = LoggerFactory.getLogger(GenerationRecords.class);

    /** How many come at once. */
    private static final int RECORDS_AT_ONCE = 3;

    /** The largest primary known has some 500 MB. */
    private static final long PRIMARY_BYTES_MAX = 4L << 30;

    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final ReadThrough files;
    private final Blocking blocking;

    GenerationRecords(
            String repository, MirrorStore store, Directories directories, ReadThrough files, Blocking blocking) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.files = files;
        this.blocking = blocking;
    }

    /**
     * A generation of which nothing but {@code repomd.xml} and what proves it is here.
     *
     * @param title what its {@code repomd.xml} is, as a message may say it
     * @param known the generations of its directory that there are
     */
    record Draft(String dir, Mounts.Place place, String title, Optional<Kept> known, Generation generation) {}

    /**
     * Completes when all that it names is held, and its packages are known. Errs with a {@link StoreException} where something of it can't be
     * had, or it can't be what follows.
     *
     * @param listed is told when it is known which packages there are
     */
    Mono<Void> fetched(Draft draft, Runnable listed) {
        List<Generation.Item> records = draft.generation().header().records();
        Generation.Item primary = records.stream()
                .filter(record -> record.type().equals("primary"))
                .findFirst()
                .orElseThrow();
        return record(draft, primary)
                .flatMap(reply -> blocking.call(() -> list(draft, reply)))
                .doOnNext(count -> listed.run())
                .thenMany(Flux.fromIterable(records))
                .filter(record -> !record.equals(primary))
                .flatMap(record -> other(draft, record), RECORDS_AT_ONCE)
                .doOnDiscard(Reply.Held.class, Reply::drop)
                .then();
    }

    private Mono<Reply.Held> other(Draft draft, Generation.Item record) {
        Mono<Reply.Held> fetched = record(draft, record);
        return DeltaReader.TYPES.contains(record.type())
                ? fetched.flatMap(reply -> blocking.call(() -> deltas(draft, record, reply)))
                : fetched.doOnNext(Reply::drop);
    }

    /** Reads a list of delta RPMs into the store; of one that can't be read none is served, and clients take the whole packages. Blocks. */
    private Reply.Held deltas(Draft draft, Generation.Item record, Reply.Held list) throws IOException {
        String title = "the " + record.type() + " of " + draft.title();
        PackageTable.Draft table = new PackageTable.Draft();
        try (InputStream in = Decompressed.open(new BlobInput(list.blob().channel()), title, PRIMARY_BYTES_MAX)) {
            DeltaReader.read(in, title, (path, checksum, size) -> table.add(path, checksum, size, null));
            table.put(store, directories.docs().packagesKey(GenerationDocs.packages(draft.dir(), record.checksum())));
        } catch (StoreException e) {
            log.warn("{}: {}; the delta RPMs that it names are not served", repository, e.getMessage());
        } finally {
            list.drop();
        }
        return list;
    }

    private Mono<Reply.Held> record(Draft draft, Generation.Item record) {
        FileRequest request = Repodata.request(
                directories.docs(), draft.dir(), draft.generation().header(), record);
        return record(draft, record, request, Repodata.urls(draft.place(), draft.dir(), request, record), 0);
    }

    private Mono<Reply.Held> record(Draft draft, Generation.Item record, FileRequest request, List<URI> urls, int at) {
        return files.whole(store.view(), request.at(urls.get(at))).flatMap(reply -> {
            if (reply instanceof Reply.Held held) {
                return Mono.just(held);
            }
            reply.drop();
            if (at + 1 < urls.size()) {
                return record(draft, record, request, urls, at + 1);
            }
            return Mono.error(
                    reply instanceof Reply.Failed failed
                            ? new FetchException(failed.kind(), "what " + draft.title() + " names: " + failed.message())
                            : new FetchException(
                                    FailureKind.UPSTREAM_INVALID,
                                    draft.title() + " names " + record.upstreamHref() + ", which is not there"));
        });
    }

    /** Reads the list of packages into the store. Blocks. */
    private Integer list(Draft draft, Reply.Held primary) throws IOException {
        String title = "the primary of " + draft.title();
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
        long before = draft.known()
                .map(kept -> PackageTable.count(
                        store.view(),
                        directories.docs().packagesKey(kept.newest().header().packages())))
                .orElse(0L);
        if (table.size() == 0 && before > 0) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    draft.title() + " lists no package any more, and listed " + before
                            + " before; what it had is served on until it lists some again");
        }
        table.put(
                store,
                directories.docs().packagesKey(draft.generation().header().packages()));
        return table.size();
    }
}
