package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.CacheFigures;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.fetch.Wishes;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Project pages and the root page: from memory, else from the store, else from upstream; rendered once for all who ask.
 *
 * <p>A page in memory that is fresh is answered on the event loop. Everything else goes by the blocking pool: look at the
 * stored page; ask upstream if it is out of date; render.
 */
final class ProjectPages {
    private static final Logger log = LoggerFactory.getLogger(ProjectPages.class);

    /** Smaller pages fit into a packet or two as they are. */
    private static final int COMPRESSED_FROM_BYTES = 1 << 10;

    private static final String VARY = "Accept, Accept-Encoding";
    private static final String JSON = "application/json";
    /** The JSON API, which few clients ask, has one part in so many of the memory. */
    private static final int JSON_SHARE = 8;
    /** Each of a project with many files takes tens of megabytes while it is made. */
    private static final int JSONS_AT_ONCE = 4;

    private static final String ROOT = "";
    private static final Duration HELD_TTL = Duration.ofSeconds(30);
    private static final long HELD_MAX_AGE_SECONDS = 60;
    private static final String HELD_CACHE_CONTROL = maxAge(HELD_MAX_AGE_SECONDS);
    /** Another snapshot may be put in its place, but not often. */
    private static final long FROZEN_MAX_AGE_SECONDS = 3600;

    private static final String FROZEN_CACHE_CONTROL = maxAge(FROZEN_MAX_AGE_SECONDS);

    private final RepositoryConfig repository;
    private final FetchConfig config;
    private final ProjectDocs docs;
    private final @Nullable ProjectRefresh refresh;
    private final Blocking blocking;
    private final Recall<Key, PageSet> pages;
    private final Recall<JsonKey, Json> jsons;
    private final Semaphore jsonsAtOnce = new Semaphore(JSONS_AT_ONCE);
    private final Wishes wishes;
    private final Clock clock;
    private final Admission admission;
    /** With the age that is said beside it, until upstream is asked again. */
    private final String upstreamCacheControl;

    /** A page of a view; the root's project is empty. */
    private record Key(String view, String project) {
        static Key of(View view, String project) {
            return new Key(view.snapshot().map(Object::toString).orElse(""), project);
        }
    }

    /** An answer of the JSON API, whose URLs begin with the base. */
    private record JsonKey(Key key, String version, boolean all, String base) {}

    /**
     * Such an answer.
     *
     * @param made what it was made of
     */
    private record Json(String made, RenderedPage page) {}

    ProjectPages(
            RepositoryConfig repository,
            FetchConfig config,
            ProjectDocs docs,
            @Nullable ProjectRefresh refresh,
            Blocking blocking,
            long cacheBytesMax,
            Wishes wishes,
            Clock clock,
            Admission admission) {
        this.repository = repository;
        this.config = config;
        this.docs = docs;
        this.refresh = refresh;
        this.blocking = blocking;
        long jsonBytesMax = cacheBytesMax / JSON_SHARE;
        this.pages = Recall.ofBytes(cacheBytesMax - jsonBytesMax, PageSet::sizeBytes);
        this.jsons = Recall.ofBytes(jsonBytesMax, json -> json.page().sizeBytes());
        this.wishes = wishes;
        this.clock = clock;
        this.admission = admission;
        this.upstreamCacheControl = maxAge(repository.pageTtl().toSeconds());
    }

    /** Answers with a project's page. */
    Mono<Reply> project(View view, ProjectName project, IndexMediaType type) {
        Reply known = known(view, Key.of(view, project.value()), type);
        if (known != null) {
            return Mono.just(known);
        }
        Reply refused = admission.refused(project);
        if (refused != null) {
            return Mono.just(refused);
        }
        Mono<Reply> page = current(view, project, false, (ttl, outcome) -> render(view, project, type, ttl, outcome));
        URI fallback = repository.fallback();
        return fallback == null || view.heldOnly()
                ? page
                : page.flatMap(reply ->
                        reply instanceof Reply.NotFound ? elsewhere(view, project, reply, fallback) : Mono.just(reply));
    }

    /** Sends the client to the other index, unless something is known of the project after all. */
    private Mono<Reply> elsewhere(View view, ProjectName project, Reply absent, URI fallback) {
        return blocking.call(() ->
                docs.header(view, project).isPresent() ? absent : new Reply.Elsewhere(fallback.resolve(project + "/")));
    }

    /**
     * Answers as Warehouse's JSON API does; never with what may be older than the list of all projects, whose serial numbers mirrors
     * compare with it.
     *
     * @param version the version that is asked about, null for the newest and the list of all
     * @param base the URL of the repository, with a slash at its end
     */
    Mono<Reply> json(View view, ProjectName project, @Nullable String version, String base) {
        Reply refused = admission.refused(project);
        if (refused != null) {
            return Mono.just(refused);
        }
        return current(view, project, true, (ttl, outcome) -> json(view, project, version, base, outcome));
    }

    /** Makes an answer of the stored page. Blocks. */
    private interface Answer {
        /** The answer, good for that long, and how the page came to be there. */
        Reply of(Duration ttl, CacheOutcome outcome);
    }

    /**
     * What is known before upstream is asked.
     *
     * @param notBefore a page that was fetched before then is too old, whatever its time to live
     */
    private record Known(Optional<Header> header, Instant notBefore) {}

    /**
     * Answers from the stored page, once it is as new as it must be.
     *
     * @param asTheList whether it must be as new as the list of all projects
     */
    private Mono<Reply> current(View view, ProjectName project, boolean asTheList, Answer answer) {
        return blocking.call(() -> new Known(
                        docs.header(view, project),
                        asTheList
                                ? docs.rootHeader(view)
                                        .map(RootList.Header::fetchedAt)
                                        .orElse(Instant.MIN)
                                : Instant.MIN))
                .flatMap(known -> current(view, project, known, answer))
                .onErrorResume(StoreException.class, e -> Mono.just(failed(e)));
    }

    /** How the memory of pages is doing. */
    CacheFigures cache() {
        return pages.figures();
    }

    /** A project of ours, or the list of all of them, has changed in what is live. */
    void forget(ProjectName project) {
        pages.forget(new Key("", project.value()));
        pages.forget(new Key("", ROOT));
    }

    /** Answers with the list of projects. */
    Mono<Reply> root(View view, IndexMediaType type) {
        Reply known = known(view, Key.of(view, ROOT), type);
        return known != null ? Mono.just(known) : blocking.call(() -> renderRoot(view, type));
    }

    private @Nullable Reply known(View view, Key key, IndexMediaType type) {
        PageSet set = pages.get(key);
        if (set == null
                || !(view.immutable() || set.fresh(System.nanoTime()))
                || (set.changesAt() != null && admission.isPast(set.changesAt()))) {
            return null;
        }
        if (set.refusal() != null) {
            return admission.refused(set.refusal());
        }
        RenderedPage page = set.variant(type);
        return page == null
                ? null
                : reply(
                        view,
                        page,
                        set.validatedNanos(),
                        set.changesAt(),
                        set.stale() ? CacheOutcome.STALE : CacheOutcome.HIT);
    }

    private Mono<Reply> current(View view, ProjectName project, Known known, Answer answer) {
        Optional<Header> header = known.header();
        ProjectRefresh upstream = refresh;
        if (upstream == null || view.heldOnly()) {
            return blocking.call(() -> answer.of(HELD_TTL, CacheOutcome.HIT));
        }
        Duration left = header.filter(stored -> !stored.fetchedAt().isBefore(known.notBefore()))
                .map(this::freshFor)
                .orElse(Duration.ZERO);
        if (!left.isZero()) {
            return blocking.call(() -> answer.of(left, CacheOutcome.HIT));
        }
        return upstream.refresh(project, header)
                .timeout(config.pageWait())
                .flatMap(result -> refreshed(project, result, answer))
                .onErrorResume(error -> withoutUpstream(project, header, error, answer));
    }

    private Mono<Reply> refreshed(ProjectName project, ProjectRefresh.Result result, Answer answer) {
        if (result.absent()) {
            return Mono.just(new Reply.NotFound("upstream has no project " + project, result.outcome()));
        }
        return blocking.call(() -> answer.of(repository.pageTtl(), result.outcome()));
    }

    /** Upstream is down or slow: what we hold, marked stale; else the failure. Absent is not broken. */
    private Mono<Reply> withoutUpstream(ProjectName project, Optional<Header> header, Throwable error, Answer answer) {
        if (header.isPresent() && (error instanceof StoreException || error instanceof TimeoutException)) {
            return blocking.call(() -> answer.of(config.failureTtl(), CacheOutcome.STALE));
        }
        if (error instanceof TimeoutException) {
            return Mono.just(new Reply.Failed(
                    FailureKind.UPSTREAM_TIMEOUT,
                    "upstream has not answered for project " + project + " within "
                            + config.pageWait().toSeconds() + " s; it is still being asked, try again"));
        }
        return Mono.error(error);
    }

    /** How long a stored page is still good. */
    private Duration freshFor(Header header) {
        Instant now = clock.instant();
        Instant until = header.fetchedAt().plus(repository.pageTtl());
        // a page from the future was written by a clock that was wrong
        boolean fresh = until.isAfter(now) && !header.fetchedAt().isAfter(now.plus(repository.pageTtl()));
        return fresh ? Duration.between(now, until) : Duration.ZERO;
    }

    /** Brings memory up to date with the store, rendering what is not rendered yet, once for all who wait. Blocks. */
    private Reply render(View view, ProjectName project, IndexMediaType type, Duration ttl, CacheOutcome outcome) {
        ProjectDocs.Stored page = docs.page(view, project).orElse(null);
        if (page == null) {
            return missing(view, project);
        }
        long freshUntil = System.nanoTime() + ttl.toNanos();
        long validated = validatedNanos(view, page.header());
        boolean stale = outcome == CacheOutcome.STALE;
        String version = version(view, page.header());
        PageSet set = pages.update(Key.of(view, project.value()), old -> {
            PageSet same = old != null && old.version().equals(version) && !admission.isPast(old.changesAt())
                    ? old.freshUntil(freshUntil, validated, stale)
                    : null;
            if (same != null && (same.variant(type) != null || same.refusal() != null)) {
                return same;
            }
            Admission.Sifted sifted = sifted(view, page);
            PageSet base = same == null
                    ? new PageSet(version, freshUntil, validated, stale, Map.of(), sifted.refusal(), sifted.changesAt())
                    : same;
            if (sifted.refusal() != null) {
                return base;
            }
            RenderedPage rendered = rendered(view, page, sifted, type);
            return rendered == null ? null : base.with(type, rendered);
        });
        if (repository.upstream() == null && !view.immutable() && isChanged(view, page.header())) {
            // whoever changed it may have come to forget it before it was remembered
            forget(project);
        }
        RenderedPage rendered = set == null ? null : set.variant(type);
        if (set != null && set.refusal() != null) {
            return admission.refused(set.refusal());
        }
        return rendered == null || set == null
                ? missing(view, project)
                : reply(view, rendered, validated, set.changesAt(), outcome);
    }

    private boolean isChanged(View view, Header header) {
        return docs.header(view, header.project())
                .filter(now -> now.lastSerial() == header.lastSerial())
                .isEmpty();
    }

    /** What the policy lets pass of a page; of what is held alone where nothing else counts. */
    private Admission.Sifted sifted(View view, ProjectDocs.Stored page) {
        ProjectName project = page.header().project();
        if (admission.isOpen() || page.header().quarantined()) {
            return new Admission.Sifted(page.files(), null, null, 0);
        }
        if (!view.heldOnly()) {
            return admission.sift(view, project, page.files());
        }
        OnDemand held = new OnDemand(view, project);
        List<FileRecord> files = new ArrayList<>();
        page.files().forEach(file -> {
            if (held.of(file) != null) {
                files.add(file);
            }
        });
        return admission.sift(view, project, files);
    }

    /** When upstream last said that the page is so, by {@link System#nanoTime}; 0 where it is ours alone. */
    private long validatedNanos(View view, Header header) {
        if (refresh == null || view.heldOnly()) {
            return 0;
        }
        Duration ago = Duration.between(header.fetchedAt(), clock.instant());
        return System.nanoTime() - (ago.isNegative() ? 0 : ago.toNanos());
    }

    private Reply missing(View view, ProjectName project) {
        if (view.heldOnly()) {
            wishes.missing(repository.name(), project.value());
        }
        return new Reply.NotFound(
                view.heldOnly()
                        ? "no file of project " + project + " is held here"
                                + view.snapshot()
                                        .map(id -> " (snapshot " + id + ")")
                                        .orElse("")
                        : "there is no project " + project,
                CacheOutcome.NEGATIVE);
    }

    /** What changes when, and only when, the page's content may have changed. */
    private static String version(View view, Header header) {
        if (view.heldOnly() && !view.immutable()) {
            // what is held changes without a word from upstream
            return header.fetchedAt() + " " + System.nanoTime() / HELD_TTL.toNanos();
        }
        if (header.etag() == null && header.lastModified() == null) {
            return header.fetchedAt().toString();
        }
        return header.etag() + " " + header.lastModified() + " " + header.lastSerial();
    }

    /** The page, or null if it would list nothing where only what is held counts. */
    private @Nullable RenderedPage rendered(
            View view, ProjectDocs.Stored page, Admission.Sifted sifted, IndexMediaType type) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
        try {
            PageRenderer renderer = new PageRenderer(
                    new OnDemand(view, page.header().project()), view.heldOnly(), sifted.refused() > 0);
            int listed = renderer.project(type.format(), page.header(), sifted.files(), out);
            return listed == 0 && view.heldOnly()
                    ? null
                    : rendered(
                            out.toByteArray(),
                            type.contentType(),
                            VARY,
                            page.header().lastSerial());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }

    /** What is held of a project, looked up only if some file asks for it. */
    private final class OnDemand implements PageRenderer.Held {
        private final View view;
        private final ProjectName project;
        private @Nullable Map<String, Entry> held;

        OnDemand(View view, ProjectName project) {
            this.view = view;
            this.project = project;
        }

        @Override
        public @Nullable HeldFile of(FileRecord file) {
            if (!view.heldOnly() && file.sizeBytes() >= 0 && file.digests().containsKey(Algorithm.SHA256)) {
                return null;
            }
            Entry entry = held().get(file.filename());
            if (entry == null || !HeldFiles.fits(view, entry, ProjectDocs.expectation(file))) {
                return null;
            }
            return new HeldFile(entry.digest(), entry.sizeBytes());
        }

        @Override
        public @Nullable Digest metadata(FileRecord file) {
            Digest promised = Sidecars.promised(file);
            if (!view.heldOnly()) {
                // upstream's to be had, whether it is held or not; what we make of wheels is for when there is no
                // upstream
                return promised;
            }
            Entry entry = held().get(file.filename() + Sidecars.SUFFIX);
            return entry == null || !HeldFiles.fits(view, entry, Sidecars.expectation(file)) ? null : entry.digest();
        }

        /** Those that were sent with the file alone. */
        @Override
        public boolean signature(FileRecord file) {
            return Boolean.TRUE.equals(file.gpgSig()) && held().containsKey(file.filename() + Companions.SIGNATURE);
        }

        @Override
        public boolean provenance(FileRecord file) {
            return file.provenance() != null
                    && ((!view.heldOnly() && !file.provenance().equals(Companions.OURS))
                            || held().containsKey(file.filename() + Companions.PROVENANCE));
        }

        private Map<String, Entry> held() {
            Map<String, Entry> known = held;
            if (known == null) {
                known = docs.held(view, project);
                held = known;
            }
            return known;
        }
    }

    private List<Listed> listed(View view) {
        List<Listed> projects = new ArrayList<>();
        docs.projects(view, repository.upstream() == null).forEach(project -> {
            if (admission.names(project.name())) {
                projects.add(project);
            }
        });
        return projects;
    }

    /** Rendered while whoever has changed something waits to have it forgotten. */
    private Reply renderRoot(View view, IndexMediaType type) {
        long freshUntil = System.nanoTime() + HELD_TTL.toNanos();
        PageSet set = Objects.requireNonNull(pages.update(Key.of(view, ROOT), old -> {
            PageSet kept = old != null && (view.immutable() || old.fresh(System.nanoTime())) ? old : null;
            PageSet base = kept == null ? new PageSet(ROOT, freshUntil, 0, false, Map.of(), null, null) : kept;
            return base.with(type, renderedRoot(view, type));
        }));
        return reply(view, Objects.requireNonNull(set.variant(type)), 0, null, CacheOutcome.HIT);
    }

    private RenderedPage renderedRoot(View view, IndexMediaType type) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(64 << 10);
        List<Listed> projects = listed(view);
        long serial = -1;
        for (Listed project : projects) {
            serial = Math.max(serial, project.lastSerial());
        }
        try {
            PageRenderer.root(type.format(), projects, serial, out);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return rendered(out.toByteArray(), type.contentType(), VARY, serial);
    }

    private Reply json(View view, ProjectName project, @Nullable String version, String base, CacheOutcome outcome) {
        ProjectDocs.Stored page = docs.page(view, project).orElse(null);
        if (page == null || page.header().quarantined()) {
            return missing(view, project);
        }
        Admission.Sifted sifted = sifted(view, page);
        if (sifted.refusal() != null) {
            return admission.refused(sifted.refusal());
        }
        OnDemand held = new OnDemand(view, project);
        List<LegacyJson.Offered> offered = new ArrayList<>();
        for (FileRecord file : sifted.files()) {
            HeldFile ours = held.of(file);
            if (ours != null || !view.heldOnly()) {
                offered.add(new LegacyJson.Offered(file, ours));
            }
        }
        Map<String, List<LegacyJson.Offered>> releases = LegacyJson.releases(project, offered);
        String wanted = version == null ? null : Version.key(version);
        String chosen = wanted == null
                ? LegacyJson.latest(releases)
                : releases.keySet().stream()
                        .filter(spelled -> Version.key(spelled).equals(wanted))
                        .findFirst()
                        .orElse(null);
        if (chosen == null) {
            return releases.isEmpty()
                    ? missing(view, project)
                    : new Reply.NotFound("there is no version " + version + " of " + project, CacheOutcome.NEGATIVE);
        }
        List<LegacyJson.Offered> files = Objects.requireNonNull(releases.get(chosen));
        Header header = page.header();
        Entry sidecar = sidecar(view, held, files);
        String made = version(view, header) + (sidecar == null ? "" : " " + sidecar.digest()) + names(sifted, offered);
        JsonKey key = new JsonKey(Key.of(view, project.value()), chosen, version == null, base);
        Json known = jsons.get(key);
        if (known != null && known.made().equals(made)) {
            return reply(view, known.page(), validatedNanos(view, header), sifted.changesAt(), outcome);
        }
        if (!jsonsAtOnce.tryAcquire()) {
            return new Reply.Failed(
                    FailureKind.OVERLOADED,
                    "more than " + JSONS_AT_ONCE + " answers of the JSON API are being made; try again");
        }
        try {
            LegacyJson json = new LegacyJson(base, project, header.lastSerial());
            Json answer = new Json(made, json(json, chosen, files, sidecar, version == null ? releases : null));
            jsons.put(key, answer);
            return reply(view, answer.page(), validatedNanos(view, header), sifted.changesAt(), outcome);
        } finally {
            jsonsAtOnce.release();
        }
    }

    /** Which of the page's files are offered, where that is not all. */
    private static String names(Admission.Sifted sifted, List<LegacyJson.Offered> offered) {
        if (sifted.refused() == 0) {
            return "";
        }
        StringBuilder names = new StringBuilder();
        offered.forEach(file -> names.append(file.record().filename()).append('/'));
        return " " + etag(names.toString().getBytes(StandardCharsets.UTF_8), "", "");
    }

    private RenderedPage json(
            LegacyJson json,
            String chosen,
            List<LegacyJson.Offered> files,
            @Nullable Entry sidecar,
            @Nullable Map<String, List<LegacyJson.Offered>> all) {
        MetadataFields metadata = sidecar == null ? MetadataFields.NONE : metadata(sidecar);
        try {
            return rendered(json.write(chosen, files, metadata, all), JSON, "Accept-Encoding", json.lastSerial());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }

    /** What a sidecar says, if it can be read; the answer is of use without. */
    private MetadataFields metadata(Entry sidecar) {
        try {
            return MetadataFields.of(docs.bytes(sidecar));
        } catch (StoreException e) {
            log.warn("{}", e.getMessage());
            return MetadataFields.NONE;
        }
    }

    /** The metadata of the first of these whose metadata is held, and not too long to be any; null for none. */
    private static @Nullable Entry sidecar(View view, OnDemand held, List<LegacyJson.Offered> files) {
        for (LegacyJson.Offered file : files) {
            FileRecord record = file.record();
            Entry sidecar = held.held().get(record.filename() + Sidecars.SUFFIX);
            if (sidecar != null
                    && sidecar.sizeBytes() <= WheelMetadata.BYTES_MAX
                    && HeldFiles.fits(view, sidecar, Sidecars.expectation(record))) {
                return sidecar;
            }
        }
        return null;
    }

    private static RenderedPage rendered(byte[] plain, String contentType, String vary, long lastSerial) {
        RenderedPage.Variant identity = variant(plain, contentType, "identity");
        if (plain.length < COMPRESSED_FROM_BYTES) {
            return new RenderedPage(identity, null, null, contentType, vary, lastSerial);
        }
        byte[] gzip = PageCompression.gzip(plain);
        byte[] zstd = PageCompression.zstd(plain);
        int best = Math.min(plain.length, gzip.length);
        return new RenderedPage(
                identity,
                gzip.length < plain.length ? variant(gzip, contentType, "gzip") : null,
                zstd != null && zstd.length < best ? variant(zstd, contentType, "zstd") : null,
                contentType,
                vary,
                lastSerial);
    }

    private static RenderedPage.Variant variant(byte[] bytes, String contentType, String coding) {
        ByteBuffer body = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new RenderedPage.Variant(body, etag(bytes, contentType, coding));
    }

    private static String etag(byte[] bytes, String contentType, String coding) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update((contentType + " " + coding).getBytes(StandardCharsets.US_ASCII));
            return '"' + HexFormat.of().formatHex(sha256.digest(bytes), 0, 16) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private Reply reply(
            View view, RenderedPage page, long validatedNanos, @Nullable Instant changesAt, CacheOutcome outcome) {
        String cacheControl = view.immutable()
                ? FROZEN_CACHE_CONTROL
                : validatedNanos == 0 ? HELD_CACHE_CONTROL : upstreamCacheControl;
        if (changesAt != null) {
            long seconds = view.immutable()
                    ? FROZEN_MAX_AGE_SECONDS
                    : validatedNanos == 0
                            ? HELD_MAX_AGE_SECONDS
                            : repository.pageTtl().toSeconds();
            cacheControl = maxAge(Math.min(seconds, admission.secondsUntil(changesAt)));
        }
        return new Reply.Page(page, cacheControl, validatedNanos, outcome);
    }

    private static String maxAge(long seconds) {
        return "max-age=" + seconds + ", public";
    }

    private static Reply failed(StoreException e) {
        return new Reply.Failed(e.kind(), String.valueOf(e.getMessage()));
    }
}
