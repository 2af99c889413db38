package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.FlightFigures;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.AskedItem;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.RequestBody;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.proxy.repo.Syncing;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Repositories of RPMs, as many as lie below its mounts: what yum and dnf ask for. A directory's metadata is of one generation always,
 * packages are proved by it, and everything else is passed on.
 */
public final class YumFormat implements Format, AutoCloseable {
    private final Mounts mounts;
    private final YumMetadata metadata;
    private final YumFiles files;
    private final @Nullable DocumentFlights<SmallFiles.Got> documents;
    private final @Nullable MirrorLists lists;
    private final @Nullable Signers signers;
    private final Syncing syncing;
    private final @Nullable YumHosting hosting;
    private final @Nullable TwinUpkeep twins;
    private final RepositoryConfig repository;
    private final Blocking blocking;

    /**
     * A repository. Blocks while it reads the files of keys.
     *
     * @param upstream where to fetch what is not held; null for nowhere
     * @param blobs its files
     * @param standstill while which no generation is replaced
     * @param keyFile where the key lies that signs metadata of our own; made when it is first wanted
     * @param maker where what yum 3 reads is made beside answering; null where clients are not answered, or only with what is held
     * @throws StoreException BAD_REQUEST where a file of keys can't be used
     */
    public YumFormat(
            RepositoryConfig repository,
            FetchConfig config,
            MirrorStore store,
            @Nullable UpstreamClient upstream,
            ReadThrough blobs,
            Blocking blocking,
            Standstill standstill,
            Path keyFile,
            @Nullable TwinMaker maker,
            Clock clock) {
        this.repository = repository;
        this.blocking = blocking;
        this.mounts = new Mounts(repository.yum().mounts());
        GenerationDocs docs = new GenerationDocs(repository.name(), store);
        Directories directories = new Directories(store, docs, standstill);
        this.documents = upstream == null
                ? null
                : new DocumentFlights<>(store, upstream, blocking, config, Repomd.DOCUMENT_BYTES_MAX);
        MirrorLists mirrors = upstream == null || !repository.yum().hasLists()
                ? null
                : new MirrorLists(
                        repository.name(),
                        store,
                        upstream,
                        blocking,
                        config,
                        repository.yum().mirrorsTtl(),
                        clock);
        this.lists = mirrors;
        this.signers = upstream == null
                ? null
                : Signers.of(repository.name(), repository.yum().signers());
        SmallFiles small = documents == null ? null : new SmallFiles(documents, config);
        GenerationFlights flights = small == null
                ? null
                : new GenerationFlights(
                        repository.name(),
                        config,
                        new GenerationBuild(
                                repository.name(),
                                store,
                                directories,
                                small,
                                mirrors,
                                signers,
                                new GenerationRecords(repository.name(), store, directories, blobs, blocking),
                                blocking,
                                clock));
        YumReplies replies = new YumReplies(blobs, small == null ? null : small.health(), directories::changes);
        Upkeep upkeep = new Upkeep(directories, flights, blocking, config, repository.pageTtl(), clock);
        this.twins = maker == null
                ? null
                : TwinUpkeep.of(repository.name(), store, directories, maker, keyFile, TwinUpkeep.Pace.USUAL);
        Offers offers = new Offers(directories, upkeep, twins, blocking, config.pageWait());
        this.metadata = new YumMetadata(directories, upkeep, offers, twins, replies, blocking);
        this.files =
                new YumFiles(directories, upkeep, replies, blocking, repository.pageTtl(), config.pageWait(), clock);
        this.syncing = new YumSync(
                repository.name(),
                mounts,
                directories,
                flights,
                mirrors,
                new DirectoryPlanner(repository.name(), store, directories, replies, blocking, clock),
                repository.yum().packageSigners(),
                blocking,
                clock);
        this.hosting = repository.isOwn() && !store.frozen()
                ? new YumHosting(repository, store, directories, keyFile, clock)
                : null;
        if (documents != null && flights != null) {
            DocumentFlights<SmallFiles.Got> under = documents;
            blobs.awaits(() -> under.size() + flights.size() + (mirrors == null ? 0 : mirrors.size()));
            blobs.onDoubted(files::doubt);
        }
    }

    @Override
    public Mono<Reply> handle(RequestHead request, View view) {
        String path = request.path();
        if (path.isEmpty() || path.endsWith("/")) {
            return Mono.just(new Reply.NotFound(
                    "folders are not listed; repositories are asked for by their " + Repodata.REPOMD));
        }
        if (path.startsWith("/") || path.contains("//")) {
            // it would be another directory than the one that it is to upstream
            return Mono.just(new Reply.NotFound("there are two slashes in a row; write one"));
        }
        Mounts.Place place = mounts.of(path);
        if (place == null) {
            return Mono.just(new Reply.NotFound("nothing is mounted there; what is: " + mounts));
        }
        MirrorLists of = lists;
        if (of == null || view.heldOnly() || !place.isListed()) {
            return answer(request, view, place);
        }
        Mounts.Place now = of.now(place);
        return (now == null ? of.of(place).flatMap(at -> answer(request, view, at)) : answer(request, view, now))
                .doOnNext(reply -> {
                    if (reply instanceof Reply.Failed) {
                        of.doubt(place);
                    }
                });
    }

    private Mono<Reply> answer(RequestHead request, View view, Mounts.Place place) {
        String path = request.path();
        boolean isOld = OldYum.isOne(request.header("User-Agent"));
        Mono<Reply> answer = Repodata.isBelow(path)
                ? metadata.answer(view, place, path, request.client(), isOld)
                : OwnLists.isOne(path)
                        ? metadata.list(view, place, path, request.client(), isOld, request.base())
                                // upstream may have a file of that name where there is no repository
                                .switchIfEmpty(Mono.defer(() -> files.answer(view, place, path)))
                        : files.answer(view, place, path);
        StoreException failure = place.failure();
        return failure == null
                ? answer
                : answer.map(reply -> reply instanceof Reply.NotFound
                        ? new Reply.Failed(failure.kind(), String.valueOf(failure.getMessage()))
                        : reply);
    }

    @Override
    public @Nullable String wish(String path) {
        boolean isFile = !path.isEmpty() && !path.endsWith("/") && !path.startsWith("/") && !path.contains("//");
        return isFile && mounts.of(path) != null ? path : null;
    }

    /** A wish is a path, or a package as {@link PackageQuery} has it: then those of all known directories that fit, the newest of each. */
    @Override
    public Mono<SyncPlan> grant(String wish, Supplier<View> view) {
        String title = repository.name() + ": " + wish;
        return wish.indexOf('/') >= 0 || YumFiles.isPackage(wish)
                ? Mono.just(SyncPlan.of(title, List.of(new AskedItem(this, repository.name(), wish, -1, view))))
                : syncing.plan(List.of(), Map.of(PackageFilter.INCLUDE, wish, YumSync.NEWEST_ONLY, ""))
                        .flatMap(plans -> together(title, plans));
    }

    private static Mono<SyncPlan> together(String title, List<SyncPlan> plans) {
        List<SyncItem> items = new ArrayList<>();
        plans.forEach(plan -> items.addAll(plan.items()));
        long wanted = plans.stream().mapToLong(SyncPlan::wanted).sum();
        if (wanted == 0) {
            StoreException failure = plans.stream()
                    .map(SyncPlan::failure)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            return Mono.error(
                    failure != null
                            ? failure
                            : FetchException.ofStatus(404, "none of the lists has a package of that name"));
        }
        return Mono.just(new SyncPlan(
                title,
                plans.stream().mapToLong(SyncPlan::listed).sum(),
                wanted,
                plans.stream().mapToLong(SyncPlan::held).sum(),
                plans.stream().mapToLong(SyncPlan::heldBytes).sum(),
                items,
                null,
                List.of(),
                () -> 0,
                null));
    }

    @Override
    public void begin(View view) {
        if (twins != null) {
            twins.begin();
        }
        if (hosting != null) {
            hosting.begin();
        }
    }

    @Override
    public boolean isWritable(String path) {
        return repository.isOwn()
                && repository.auth().write().kind() != Audience.Kind.NOBODY
                && !path.isEmpty()
                && !path.endsWith("/");
    }

    @Override
    public Mono<Reply> put(RequestHead request, RequestBody body, View view) {
        YumHosting into = hosting;
        if (into == null) {
            return Mono.just(frozen());
        }
        try {
            YumHosting.require(request.path());
        } catch (RefusedUploadException e) {
            return Mono.just(e.reply());
        }
        if (body.lengthBytes() > repository.uploads().bytesMax()) {
            return Mono.just(PackageUpload.tooLong(repository.uploads()));
        }
        PackageUpload upload = into.upload(request.path(), request.user());
        return body.drainTo(upload, blocking.executor())
                .then(Mono.fromSupplier(() -> Objects.requireNonNull(upload.reply())))
                .onErrorResume(StoreException.class, e -> {
                    Reply reply = upload.reply();
                    return reply == null ? Mono.error(e) : Mono.just(reply);
                });
    }

    @Override
    public Mono<Reply> delete(RequestHead request, View view) {
        YumHosting from = hosting;
        if (from == null) {
            return Mono.just(frozen());
        }
        String path = request.path();
        return blocking.call(() -> deleted(from, path, request.user()));
    }

    private static Reply deleted(YumHosting from, String path, @Nullable String user) {
        try {
            return from.remove(path, user)
                    ? new Reply.Text(
                            "text/plain; charset=utf-8",
                            (path
                                            + " is deleted; clients see that once there is new metadata, which takes some seconds\n")
                                    .getBytes(UTF_8))
                    : new Reply.NotTaken(Reply.NotTaken.Reason.NOT_FOUND, "there is nothing of ours at " + path);
        } catch (RefusedUploadException e) {
            return e.reply();
        }
    }

    private static Reply frozen() {
        return new Reply.NotTaken(
                Reply.NotTaken.Reason.FORBIDDEN,
                "this is a frozen mirror, which takes no uploads, and deletes nothing");
    }

    @Override
    public RequestKind kind(String path) {
        return Repodata.isBelow(path) || OwnLists.isOne(path) ? RequestKind.PAGE : RequestKind.FILE;
    }

    /** What has its packages fetched ahead of need. */
    public Syncing syncing() {
        return syncing;
    }

    /** What an operator may change in it; null where its packages come from elsewhere, or it is frozen. */
    public @Nullable Hosting hosting() {
        return hosting;
    }

    /** How many times metadata was thrown away for its signature; null where nobody has to sign. */
    public @Nullable LongSupplier refusedSignatures() {
        return signers == null ? null : signers::refused;
    }

    /** Ends what it does by itself. */
    @Override
    public void close() {
        if (signers != null) {
            signers.close();
        }
        if (hosting != null) {
            hosting.close();
        }
    }

    /** How many small files are being fetched. */
    public int pageFlights() {
        return documents == null ? 0 : documents.size();
    }

    /** How the fetches of small files ended that are over; null where there are none. */
    public @Nullable FlightFigures pageFigures() {
        return documents == null ? null : documents.figures();
    }
}
