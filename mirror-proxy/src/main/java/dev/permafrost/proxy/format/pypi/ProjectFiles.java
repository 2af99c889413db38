package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Distribution files below {@code packages/}, where we serve them and by their names alone. Which project a path belongs to is told by its file name; that project's page
 * says what the file is and where upstream has it. Nothing of the request's path reaches the disk or upstream.
 */
final class ProjectFiles {
    private static final String CONTENT_TYPE = "application/octet-stream";
    private static final String SIGNATURE_TYPE = "application/pgp-signature";
    private static final String IMMUTABLE = "max-age=365000000, immutable, public";
    private static final String MUTABLE = "max-age=600, public";
    private static final int RESOLVED_MAX = 100_000;
    private static final int DOUBTS_MAX = 10_000;
    private static final Duration RESOLVED_TTL = Duration.ofSeconds(60);
    /** Segments of a path that holds a digest: {@code aa/bb/rest/filename}. */
    private static final int DIGEST_SLASHES = 3;

    /** For how long files are good of which pages have no digest. */
    private final Duration pageTtl;

    private final FetchConfig config;
    private final ProjectDocs docs;
    private final @Nullable ProjectRefresh refresh;
    private final ReadThrough files;
    private final Blocking blocking;
    private final Clock clock;
    private final Admission admission;
    private final BiConsumer<ProjectName, Set<String>> changed;
    private volatile BiConsumer<ArtifactKey, Digest> asked = (key, held) -> {};
    /** Pages that were asked for a moment ago because a file was not as they said. */
    private final Recall<ProjectName, Mono<Void>> doubts;

    private final Recall<Key, Resolved> resolved = Recall.ofEntries(RESOLVED_MAX, RESOLVED_TTL);
    /** How often something has been {@linkplain #forget forgotten}. */
    private final AtomicLong changes = new AtomicLong();
    /** Searches under way, each shared by all who ask meanwhile. */
    private final ConcurrentMap<Key, Mono<Found>> searches = new ConcurrentHashMap<>();

    private record Key(String view, String path) {
        static Key of(View view, String path) {
            return new Key(view.snapshot().map(Object::toString).orElse(""), path);
        }
    }

    /** What a path was found to be a moment ago. */
    private record Resolved(Digest digest, FileHead head) {}

    /**
     * What a search has found, null for nothing, and where it had to look.
     *
     * @param change how often something had been forgotten when it began
     */
    private record Found(ProjectDocs.@Nullable Located located, CacheOutcome outcome, long change) {
        /** The same for one who did not begin the search. */
        Found shared() {
            return outcome == CacheOutcome.MISS ? new Found(located, CacheOutcome.COALESCED, change) : this;
        }
    }

    /** What a search had to do, one step after the other. */
    private static final class Search {
        /** From what is known, unless upstream was asked for a page. */
        private CacheOutcome outcome = CacheOutcome.NEGATIVE;

        void asked(ProjectRefresh.Result result) {
            if (outcome == CacheOutcome.NEGATIVE) {
                outcome = result.outcome();
            }
        }
    }

    /**
     * Files of a repository.
     *
     * @param changed is told of a project whose page has been asked for because of a file
     */
    ProjectFiles(
            Duration pageTtl,
            FetchConfig config,
            ProjectDocs docs,
            @Nullable ProjectRefresh refresh,
            ReadThrough files,
            Blocking blocking,
            Clock clock,
            Admission admission,
            BiConsumer<ProjectName, Set<String>> changed) {
        this.pageTtl = pageTtl;
        this.config = config;
        this.docs = docs;
        this.refresh = refresh;
        this.files = files;
        this.blocking = blocking;
        this.clock = clock;
        this.admission = admission;
        this.changed = changed;
        this.doubts = Recall.ofEntries(DOUBTS_MAX, config.absentTtl());
    }

    /** Answers with the file at a path below {@code packages/}. */
    Mono<Reply> file(View view, String path) {
        Reply now = heldNow(view, path);
        if (now != null) {
            return Mono.just(now);
        }
        if (!DistributionName.isSafe(path.substring(path.lastIndexOf('/') + 1))) {
            return Mono.just(new Reply.NotFound("there is no file " + path));
        }
        return Mono.defer(() -> find(view, Key.of(view, withoutSuffix(path))))
                .flatMap(found -> found.located() == null
                        ? Mono.just(unknown(view, path, found.outcome()))
                        : answer(view, found.located(), path, () -> changes.get() == found.change()))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** The file at a path, if it was served a moment ago and is open; null where it takes more to tell. */
    @Nullable Reply heldNow(View view, String path) {
        Resolved known = resolved.get(Key.of(view, path));
        return known == null ? null : files.heldNow(known.digest(), known.head());
    }

    /** The path of a file behind that of what belongs to it. */
    static String withoutSuffix(String path) {
        return path.substring(0, path.length() - Companions.suffix(path).length());
    }

    /**
     * Answers with a file that has been found, or with what belongs to it and has that behind its name. Errs with a {@link
     * StoreException}.
     *
     * @param unchanged whether nothing has changed since it was looked for
     */
    Mono<Reply> answer(View view, ProjectDocs.Located located, String path, BooleanSupplier unchanged) {
        String suffix = Companions.suffix(path);
        return admitted(view, located, suffix)
                .flatMap(
                        reply -> isDoubtful(view, suffix, reply) ? again(view, located, path, reply) : Mono.just(reply))
                .doOnNext(answer -> remember(Key.of(view, path), answer, unchanged));
    }

    private Mono<Reply> admitted(View view, ProjectDocs.Located located, String suffix) {
        return admission.isOpen() ? served(view, located, suffix) : judged(view, located, suffix);
    }

    /** Whether upstream has the file no more, or otherwise than its page says. */
    private boolean isDoubtful(View view, String suffix, Reply reply) {
        if (refresh == null || view.heldOnly()) {
            return false;
        }
        return (reply instanceof Reply.NotFound && suffix.isEmpty())
                || (reply instanceof Reply.Failed failed
                        && (failed.kind() == FailureKind.DIGEST_MISMATCH
                                || failed.kind() == FailureKind.LENGTH_MISMATCH));
    }

    /** Answers with what the page says by now, if that is something else. */
    private Mono<Reply> again(View view, ProjectDocs.Located located, String path, Reply reply) {
        return doubt(located.project())
                .then(stored(view, located.project(), withoutSuffix(path)))
                .filter(now -> !now.equals(located))
                .flatMap(now -> admitted(view, now, Companions.suffix(path)))
                .defaultIfEmpty(reply);
    }

    /** Asks upstream for the page of a file that is not as it says, so that whoever comes next is told the truth. */
    Mono<Void> doubt(FileRequest request) {
        String key = request.key().key();
        ProjectName project = new ProjectName(key.substring(0, key.indexOf('/')));
        if (!key.endsWith(Sidecars.SUFFIX)) {
            return doubt(project);
        }
        docs.doubt(request.key(), request.expectation());
        return doubt(project).then(Mono.fromRunnable(() -> changed.accept(project, Set.of())));
    }

    /** Completes when the page has been asked for, or could not be; only once in a while, since it may be the files that are broken. */
    private Mono<Void> doubt(ProjectName project) {
        ProjectRefresh upstream = refresh;
        if (upstream == null) {
            return Mono.empty();
        }
        Mono<Void> asked = doubts.update(project, before -> before != null ? before : asked(upstream, project));
        return asked == null ? Mono.empty() : asked;
    }

    private Mono<Void> asked(ProjectRefresh upstream, ProjectName project) {
        return blocking.call(() -> docs.header(project))
                .flatMap(header -> upstream.refresh(project, header))
                .timeout(config.pageWait())
                .doOnNext(result -> changed.accept(project, Set.of()))
                .then()
                .onErrorComplete()
                .cache();
    }

    /** What lies at a path in what is live has changed. */
    void forget(String path) {
        changes.incrementAndGet();
        for (String alias : List.of(path, path.substring(path.lastIndexOf('/') + 1))) {
            resolved.forget(new Key("", alias));
            Companions.SUFFIXES.forEach(suffix -> resolved.forget(new Key("", alias + suffix)));
        }
    }

    /** Serves a file, or what belongs to it and has that behind its name. */
    private Mono<Reply> served(View view, ProjectDocs.Located located, String suffix) {
        return switch (suffix) {
            case "" -> files.file(view, request(located)).doOnNext(reply -> tell(located, reply));
            case Sidecars.SUFFIX -> sidecar(view, located);
            case Companions.PROVENANCE -> provenance(view, located);
            default ->
                Boolean.TRUE.equals(located.file().gpgSig())
                        ? files.held(view, companion(located, suffix, "", SIGNATURE_TYPE, null))
                        : none(located, suffix);
        };
    }

    private void tell(ProjectDocs.Located located, Reply reply) {
        if (reply instanceof Reply.Held held) {
            asked.accept(
                    docs.entryKey(located.project(), located.file()),
                    held.blob().digest());
        }
    }

    /** Has something told of each file that is asked for and held, now and then. Called before the first request. */
    void onAsked(BiConsumer<ArtifactKey, Digest> told) {
        asked = told;
    }

    /** Attestations are ours, or upstream's, which promises nothing of their bytes: they prove themselves. */
    private Mono<Reply> provenance(View view, ProjectDocs.Located located) {
        String url = located.file().provenance();
        if (url == null) {
            return none(located, Companions.PROVENANCE);
        }
        boolean upstreams = !url.equals(Companions.OURS);
        FileRequest request =
                companion(located, Companions.PROVENANCE, upstreams ? url : "", Companions.PROVENANCE_TYPE, pageTtl);
        return upstreams ? files.file(view, request) : files.held(view, request);
    }

    private static Mono<Reply> none(ProjectDocs.Located located, String suffix) {
        return Mono.just(new Reply.NotFound("there is no " + located.file().filename() + suffix));
    }

    private FileRequest companion(
            ProjectDocs.Located located, String suffix, String url, String type, @Nullable Duration goodFor) {
        return new FileRequest(
                docs.entryKey(located.project(), located.file().filename() + suffix),
                URI.create(url),
                Expectation.NOTHING,
                type,
                MUTABLE,
                goodFor,
                goodFor == null ? null : Companions.ATTESTATIONS);
    }

    /** Serves it if the policy does; where that depends on a licence that is not known, its metadata is fetched before. */
    private Mono<Reply> judged(View view, ProjectDocs.Located located, String suffix) {
        return judge(view, located, false)
                .flatMap(verdict -> verdict.undecided() && suffix.isEmpty()
                        ? learn(view, located)
                                .switchIfEmpty(Mono.defer(() ->
                                        judge(view, located, true).flatMap(last -> answer(view, located, "", last))))
                        : answer(view, located, suffix, verdict));
    }

    private Mono<Policy.Verdict> judge(View view, ProjectDocs.Located located, boolean last) {
        return blocking.call(() -> admission.judge(view, located.project(), located.file(), last));
    }

    private Mono<Reply> answer(View view, ProjectDocs.Located located, String suffix, Policy.Verdict verdict) {
        Refusal refusal = verdict.refusal();
        return refusal == null
                ? served(view, located, suffix)
                : Mono.just(admission.refused(located.project(), located.file(), refusal));
    }

    /** Waits until the metadata of a file is held, or upstream has none; the answer where it could not be had for now. */
    private Mono<Reply> learn(View view, ProjectDocs.Located located) {
        Reply late = new Reply.Failed(
                FailureKind.UPSTREAM_TIMEOUT,
                "the metadata of " + located.file().filename()
                        + ", for whose licence the policy asks, has not come within "
                        + config.pageWait().toSeconds() + " s; try again");
        return sidecar(view, located)
                .flatMap(reply -> landed(located, reply))
                .timeout(config.pageWait())
                .onErrorResume(TimeoutException.class, e -> Mono.just(late));
    }

    /** Empty once it is there, or there is none. */
    private static Mono<Reply> landed(ProjectDocs.Located located, Reply reply) {
        if (!(reply instanceof Reply.Growing growing)) {
            reply.drop();
            return reply instanceof Reply.Failed ? Mono.just(reply) : Mono.empty();
        }
        Reply broken = new Reply.Failed(
                FailureKind.UPSTREAM_INVALID,
                "the metadata of " + located.file().filename()
                        + ", for whose licence the policy asks, could not be fetched");
        Tail tail = growing.tail();
        return Mono.create(sink -> {
            Runnable look = () -> {
                if (tail.state() == Tail.State.COMPLETE) {
                    sink.success();
                } else if (tail.state() == Tail.State.FAILED) {
                    sink.success(broken);
                }
            };
            Runnable end = tail.onAdvance(look);
            sink.onDispose(() -> {
                end.run();
                growing.drop();
            });
            look.run();
        });
    }

    /** Which file of which project it is; a crowd that asks for the same at once makes one search. Leaving it does not stop it. */
    private Mono<Found> find(View view, Key key) {
        Mono<Found> there = searches.get(key);
        if (there != null) {
            return there.map(Found::shared);
        }
        Search search = new Search();
        long before = changes.get();
        Mono<Found> mine = blocking.call(() -> List.copyOf(docs.candidates(view, key.path())))
                .flatMap(candidates -> locate(view, key.path(), candidates.iterator(), search))
                .map(located -> new Found(located, search.outcome, before))
                .switchIfEmpty(Mono.fromSupplier(() -> new Found(null, search.outcome, before)))
                .doOnTerminate(() -> searches.remove(key))
                .cache();
        Mono<Found> theirs = searches.putIfAbsent(key, mine);
        return theirs == null ? mine : theirs.map(Found::shared);
    }

    /** Looks at one candidate's page after another, each brought up to date if it lacks the file. */
    private Mono<ProjectDocs.Located> locate(View view, String path, Iterator<ProjectName> candidates, Search search) {
        if (!candidates.hasNext()) {
            return Mono.empty();
        }
        ProjectName project = candidates.next();
        return stored(view, project, path)
                .switchIfEmpty(Mono.defer(() -> fetched(view, project, path, search)))
                .switchIfEmpty(Mono.defer(() -> locate(view, path, candidates, search)));
    }

    private Mono<ProjectDocs.Located> stored(View view, ProjectName project, String path) {
        return blocking.call(() -> docs.locate(view, project, path).orElse(null));
    }

    /** A lock file may name what our page does not list yet, or a project whose page nobody has asked for. */
    private Mono<ProjectDocs.Located> fetched(View view, ProjectName project, String path, Search search) {
        ProjectRefresh upstream = refresh;
        if (upstream == null || view.heldOnly() || !admission.names(project)) {
            return Mono.empty();
        }
        // a page too young to ask for again may have come between our two looks: then it is in the store by now
        return blocking.call(() -> docs.header(view, project))
                .flatMap(header -> worthAsking(header) ? absent(upstream, project, header, search) : Mono.just(false))
                .flatMap(absent -> absent ? Mono.empty() : stored(view, project, path));
    }

    private static Mono<Boolean> absent(
            ProjectRefresh upstream, ProjectName project, Optional<Header> header, Search search) {
        return upstream.refresh(project, header).doOnNext(search::asked).map(ProjectRefresh.Result::absent);
    }

    private boolean worthAsking(Optional<Header> header) {
        return header.isEmpty()
                || header.get().fetchedAt().plus(config.absentTtl()).isBefore(clock.instant());
    }

    private FileRequest request(ProjectDocs.Located located) {
        FileRecord file = located.file();
        return new FileRequest(
                docs.entryKey(located.project(), file),
                URI.create(file.url()),
                ProjectDocs.expectation(file),
                CONTENT_TYPE,
                cacheControl(located),
                file.digests().isEmpty() ? pageTtl : null,
                null);
    }

    /**
     * A sidecar is asked of upstream only where its page promises which bytes it has, and not for a wheel that is held, which has had its
     * own made if they are those.
     */
    private Mono<Reply> sidecar(View view, ProjectDocs.Located located) {
        FileRecord file = located.file();
        FileRequest request = new FileRequest(
                docs.sidecarKey(located.project(), file),
                URI.create(file.url() + Sidecars.SUFFIX),
                Sidecars.expectation(file),
                CONTENT_TYPE,
                cacheControl(located));
        if (Sidecars.promised(file) == null) {
            return files.held(view, request);
        }
        return Sidecars.isOfWheel(file)
                ? blocking.call(() -> isHeld(view, request(located)))
                        .flatMap(here -> here ? files.held(view, request) : files.file(view, request))
                : files.file(view, request);
    }

    private static boolean isHeld(View view, FileRequest request) {
        return view.lookup(request.key())
                .filter(entry -> HeldFiles.known(view, entry, request.expectation()) == HeldFiles.Fit.YES)
                .isPresent();
    }

    private static String cacheControl(ProjectDocs.Located located) {
        long slashes = located.path().chars().filter(c -> c == '/').count();
        return slashes == DIGEST_SLASHES ? IMMUTABLE : MUTABLE;
    }

    /** Remembers an answer, unless something has changed since it was looked for: it may have been what is gone by now. */
    private void remember(Key key, Reply reply, BooleanSupplier unchanged) {
        if (reply instanceof Reply.Held held) {
            FileHead head = held.head();
            FileHead hit = new FileHead(
                    head.contentType(), head.etag(), head.lastModified(), head.cacheControl(), CacheOutcome.HIT);
            Resolved found = new Resolved(held.blob().digest(), hit);
            resolved.update(key, old -> unchanged.getAsBoolean() ? found : old);
        }
    }

    private Reply unknown(View view, String path, CacheOutcome outcome) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        Reply refused = admission.isOpen()
                ? null
                : DistributionName.candidates(name).stream()
                        .findFirst()
                        .map(admission::refused)
                        .orElse(null);
        if (refused != null) {
            return refused;
        }
        return unlisted(view, name, outcome);
    }

    /** That there is no file of that name at a path. */
    static Reply.NotFound unlisted(View view, String name, CacheOutcome outcome) {
        return new Reply.NotFound(
                view.heldOnly() ? name + " is not held here" : "no page lists " + name + " there", outcome);
    }
}
