package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.CacheFigures;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.FlightFigures;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.repo.AskedItem;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Posting;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.RequestBody;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A Python package index: {@code simple/}, {@code simple/<project>/} (PEP 503, PEP 691), {@code packages/…}, and what Warehouse calls
 * its JSON API. Spellings of a project's name that are not the normal one are redirected to it.
 */
public final class PypiFormat implements Format, AutoCloseable {
    private static final String SIMPLE = "simple/";
    private static final String PACKAGES = "packages/";
    private static final String API = "pypi/";
    private static final String JSON = "/json";
    /** pypiserver's. */
    private static final String HEALTH = "health";
    /** What browsers ask for by themselves. */
    private static final String ICON = "favicon.ico";

    private static final String CONTENT_TYPE = "Content-Type";
    /** Where uploads go: Warehouse's path, pypiserver's, and what people make of them; none of them redirects, since twine follows none. */
    private static final Set<String> UPLOADS = Set.of("", "legacy", "legacy/", "simple", "simple/");

    /** The JSON API, which few clients ask, has one part in so many of the memory. */
    private static final int JSON_SHARE = 8;

    private final RepositoryConfig repository;
    private final Blocking blocking;
    private final ProjectPages pages;
    private final JsonAnswers jsons;
    private final Files files;
    private final FileList fileList;
    private final WishedFiles wished;
    private final ProjectSearch search;
    private final @Nullable Alone alone;
    private final @Nullable Sidecars sidecars;
    private final LocalRootPages localRoot;
    /** The lists of upstreams: its own, or those of its sources. */
    private final List<RootPages> roots;
    /** Where what is sent here goes; null for nowhere. */
    private final @Nullable HostedProjects hosted;
    /** Whether a project that is sent here would be served from there. */
    private final Predicate<ProjectName> serves;

    private interface Files {
        /** The file at a path below {@code packages/}. */
        Mono<Reply> file(View view, String path);
    }

    /** What a repository has that stands for itself. */
    private record Alone(
            MirrorStore store,
            ProjectSource source,
            ProjectFiles files,
            @Nullable RootPages root,
            @Nullable DocumentFlights<ProjectRefresh.Result> pageFlights,
            Summaries summaries,
            List<Consumer<ProjectName>> watchers) {}

    /**
     * An index that stands for itself.
     *
     * @param upstream where to fetch what is not held; null for nowhere
     * @param blobs its files
     * @param pageCacheBytesMax most bytes of rendered pages in memory
     */
    public PypiFormat(
            RepositoryConfig repository,
            FetchConfig config,
            MirrorStore store,
            @Nullable UpstreamClient upstream,
            ReadThrough blobs,
            Blocking blocking,
            long pageCacheBytesMax,
            Clock clock) {
        this.repository = repository;
        this.blocking = blocking;
        ProjectDocs docs = new ProjectDocs(repository.name(), store);
        URI index = repository.upstream();
        Admission admission = new Admission(repository, docs, upstream != null, clock);
        DocumentFlights<ProjectRefresh.Result> pageFlights = upstream == null
                ? null
                : new DocumentFlights<>(store, upstream, blocking, config, ProjectRefresh.bodyBytesMax());
        ProjectRefresh refresh = pageFlights == null || index == null
                ? null
                : new ProjectRefresh(
                        repository.name(),
                        index,
                        docs,
                        pageFlights,
                        config,
                        new LinksInTheClear(repository.trustedHosts()),
                        clock);
        DocumentFlights<RootRefresh.Result> listFlights = upstream == null
                ? null
                : new DocumentFlights<>(store, upstream, blocking, config, ProjectRefresh.bodyBytesMax());
        RootPages root = listFlights == null || index == null
                ? null
                : new RootPages(
                        docs,
                        new RootRefresh(repository.name(), index, docs, listFlights, clock),
                        blocking,
                        config,
                        repository.pageTtl(),
                        clock,
                        admission);
        ProjectSource source = new ProjectSource(repository, config, docs, refresh, blocking, clock, admission);
        Sources sources = Sources.alone(source);
        PageReplies replies = new PageReplies(repository.pageTtl(), clock);
        this.pages = pages(sources, pageCacheBytesMax, replies);
        this.jsons = jsons(sources, config.pageWait(), pageCacheBytesMax, replies);
        Summaries summaries = new Summaries(docs);
        this.search = new ProjectSearch(sources, Map.of(source, summaries), blocking, config.pageWait());
        ProjectFiles projectFiles = new ProjectFiles(
                repository.pageTtl(), config, docs, refresh, blobs, blocking, clock, admission, this::changed);
        this.files = projectFiles::file;
        this.fileList = new FileList(sources, replies);
        this.wished = new WishedFiles(sources, blocking);
        this.localRoot = new LocalRootPages(new ListOfOne(docs, admission, index == null), docs, blocking, config);
        this.roots = root == null ? List.of() : List.of(root);
        this.alone = new Alone(
                store,
                source,
                projectFiles,
                root,
                pageFlights,
                summaries,
                new CopyOnWriteArrayList<>(List.of(pages::forget, project -> localRoot.changed(), summaries::changed)));
        this.hosted = repository.isOwn()
                ? new HostedProjects(repository.name(), store, docs, repository.uploads(), this::changed, clock)
                : null;
        this.sidecars = new Sidecars(docs, store, project -> changed(project, Set.of()), summaries::changed);
        this.serves = project -> true;
        blobs.onStored(sidecars::make);
        if (!repository.isOwn()) {
            // what is uploaded has its own from the beginning
            projectFiles.onAsked(sidecars::asked);
        }
        blobs.onDoubted(projectFiles::doubt);
        if (pageFlights != null && listFlights != null) {
            // their pages lie on the disk while they come
            blobs.awaits(() -> pageFlights.size() + listFlights.size());
        }
    }

    @Override
    public void begin(View view) {
        if (alone == null) {
            return;
        }
        RootPages root = alone.root();
        if (root == null || view.heldOnly()) {
            localRoot.warmUp(view);
        } else {
            root.warmUp(view);
        }
    }

    /**
     * An index that is made of others.
     *
     * @param made those that it may be made of, by name
     * @param pageCacheBytesMax most bytes of rendered pages in memory
     */
    public PypiFormat(
            RepositoryConfig repository,
            FetchConfig config,
            Map<String, PypiFormat> made,
            Blocking blocking,
            long pageCacheBytesMax,
            Clock clock) {
        this.repository = repository;
        this.blocking = blocking;
        Map<ProjectSource, ProjectFiles> ofSources = new LinkedHashMap<>();
        Map<ProjectSource, Summaries> summaries = new HashMap<>();
        List<Alone> all = repository.sources().names().stream()
                .map(name -> Objects.requireNonNull(Objects.requireNonNull(made.get(name)).alone))
                .toList();
        all.forEach(one -> ofSources.put(one.source(), one.files()));
        all.forEach(one -> summaries.put(one.source(), one.summaries()));
        Sources sources = new Sources(List.copyOf(ofSources.keySet()), repository.sources());
        Duration ttl = all.stream()
                .map(Alone::source)
                .filter(source -> !source.isOwn())
                .map(ProjectSource::pageTtl)
                .min(Duration::compareTo)
                .orElse(repository.pageTtl());
        PageReplies replies = new PageReplies(ttl, clock);
        this.pages = pages(sources, pageCacheBytesMax, replies);
        this.jsons = jsons(sources, config.pageWait(), pageCacheBytesMax, replies);
        this.search = new ProjectSearch(sources, summaries, blocking, config.pageWait());
        SourcedFiles sourced = new SourcedFiles(sources, ofSources, blocking);
        this.files = sourced::file;
        this.fileList = new FileList(sources, replies);
        this.wished = new WishedFiles(sources, blocking);
        this.alone = null;
        this.sidecars = null;
        Map<ProjectSource, LongSupplier> changes = new HashMap<>();
        repository.sources().names().stream()
                .map(name -> Objects.requireNonNull(made.get(name)))
                .filter(source -> source.repository.isOwn())
                .forEach(source ->
                        changes.put(Objects.requireNonNull(source.alone).source(), source.localRoot::changes));
        ProjectDocs scratch = all.get(0).source().docs();
        this.localRoot = new LocalRootPages(new ListOfSources(sources, changes), scratch, blocking, config);
        this.roots = all.stream().map(Alone::root).filter(Objects::nonNull).toList();
        this.hosted = repository.sources().names().stream()
                .map(name -> Objects.requireNonNull(made.get(name)).hosted)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        ProjectSource taking = all.stream()
                .map(Alone::source)
                .filter(ProjectSource::isOwn)
                .findFirst()
                .orElse(null);
        this.serves = project -> taking != null && sources.mayHave(taking, project);
        all.forEach(one -> one.watchers().add(project -> {
            sourced.forget(project);
            pages.forget(project);
            localRoot.changed();
        }));
    }

    private ProjectPages pages(Sources sources, long cacheBytesMax, PageReplies replies) {
        long bytesMax = cacheBytesMax - cacheBytesMax / JSON_SHARE;
        return new ProjectPages(sources, blocking, bytesMax, replies, repository.fallback());
    }

    private JsonAnswers jsons(Sources sources, Duration wait, long cacheBytesMax, PageReplies replies) {
        long bytesMax = cacheBytesMax / JSON_SHARE;
        return new JsonAnswers(sources, blocking, wait, bytesMax, replies);
    }

    @Override
    public Mono<Reply> handle(RequestHead request, View view) {
        String path = request.path();
        if (path.equals(PACKAGES)) {
            return fileList.answer(view, request.query(), coding(request));
        }
        if (path.startsWith(PACKAGES)) {
            return files.file(view, path.substring(PACKAGES.length()));
        }
        if (path.startsWith(SIMPLE)) {
            return simple(request, view, path.substring(SIMPLE.length()));
        }
        if (path.equals("simple") || path.equals("packages")) {
            return moved(path + "/", request.query());
        }
        if (path.equals(HEALTH)) {
            return Mono.just(new Reply.Text("text/plain; charset=utf-8", "Ok\n".getBytes(US_ASCII)));
        }
        if (path.endsWith(JSON)) {
            return json(request, view, path.substring(0, path.length() - JSON.length()));
        }
        // as pypiserver has it
        boolean slash = path.endsWith("/");
        ProjectName project = path.equals(ICON)
                ? null
                : ProjectName.parse(slash ? path.substring(0, path.length() - 1) : path)
                        .orElse(null);
        if (project != null) {
            return moved((slash ? "../" : "") + SIMPLE + project + "/", request.query());
        }
        return Mono.just(new Reply.NotFound("there is nothing here; the index is at simple/"));
    }

    @Override
    public @Nullable String wish(String path) {
        return WishedFiles.of(path);
    }

    @Override
    public Mono<SyncPlan> grant(String wish, Supplier<View> view) {
        String title = repository.name() + ": " + wish;
        if (wish.indexOf('/') >= 0) {
            return Mono.just(SyncPlan.of(title, List.of(new AskedItem(this, repository.name(), wish, -1, view))));
        }
        return Mono.using(() -> AskedItem.retained(view), seen -> wished.find(seen, wish), View::release)
                .map(files -> SyncPlan.of(
                        title,
                        files.stream()
                                .<SyncItem>map(file ->
                                        new AskedItem(this, repository.name(), file.path(), file.sizeBytes(), view))
                                .toList()));
    }

    private void changed(ProjectName project, Set<String> paths) {
        Alone here = Objects.requireNonNull(alone);
        // before the files themselves: what a repository made of this one still remembers until then is forgotten with
        // them
        here.watchers().forEach(watcher -> watcher.accept(project));
        paths.forEach(here.files()::forget);
    }

    @Override
    public @Nullable Posting posting(String path, @Nullable String contentType) {
        if (SearchCall.isOne(path, contentType)) {
            return Posting.ASKS;
        }
        boolean written = repository.auth().write().kind() != Audience.Kind.NOBODY;
        return written && UPLOADS.contains(path) ? Posting.CHANGES : null;
    }

    @Override
    public Mono<Reply> post(RequestHead request, RequestBody body, View view) {
        if (SearchCall.isOne(request.path(), request.header(CONTENT_TYPE))) {
            SearchCall call = new SearchCall(search, view);
            return body.drainTo(call, blocking.executor()).then(Mono.defer(call::reply));
        }
        HostedProjects into = hosted;
        if (view.immutable() || into == null) {
            return Mono.just(new Reply.NotTaken(
                    Reply.NotTaken.Reason.FORBIDDEN,
                    view.immutable()
                            ? "this is a frozen mirror, which takes no uploads"
                            : "what is in " + repository.name()
                                    + " comes from upstream, and uploads are not taken here;"
                                    + " send them to a repository without an upstream"));
        }
        String boundary = FormReader.boundary(request.header(CONTENT_TYPE)).orElse(null);
        if (boundary == null) {
            return Mono.just(new Reply.NotTaken(
                    Reply.NotTaken.Reason.INVALID, "uploads come as multipart/form-data, as twine upload sends them"));
        }
        String by = request.user() == null ? "somebody" : request.user();
        Upload upload = new Upload(into, boundary, by, serves);
        return taken(body, upload, upload::reply);
    }

    private Mono<Reply> taken(RequestBody body, BodySink sink, Supplier<Reply> reply) {
        return body.drainTo(sink, blocking.executor()).then(Mono.fromSupplier(reply));
    }

    @Override
    public RequestKind kind(String path) {
        if (path.startsWith(PACKAGES) && !path.equals(PACKAGES)) {
            return RequestKind.FILE;
        }
        return path.startsWith(SIMPLE) || path.equals(PACKAGES) || path.endsWith(JSON)
                ? RequestKind.PAGE
                : RequestKind.OTHER;
    }

    /** What an operator may change in it; null where its files come from elsewhere. */
    public @Nullable Hosting hosting() {
        return alone == null || hosted == null ? null : new PypiHosting(repository.name(), alone.store(), hosted);
    }

    /** How many pages are being fetched. */
    public int pageFlights() {
        return alone == null || alone.pageFlights() == null
                ? 0
                : alone.pageFlights().size();
    }

    /** How the fetches of pages ended that are over; null where there are none. */
    public @Nullable FlightFigures pageFigures() {
        return alone == null || alone.pageFlights() == null
                ? null
                : alone.pageFlights().figures();
    }

    /** How the memory of rendered pages is doing. */
    public CacheFigures pageCache() {
        return pages.cache();
    }

    /** Closes the files that it has open, and ends what it does by itself. */
    @Override
    public void close() {
        if (sidecars != null) {
            sidecars.close();
        }
        if (alone != null) {
            alone.summaries().close();
        }
        fileList.close();
        if (alone != null && alone.root() != null) {
            alone.root().close();
        }
        localRoot.close();
    }

    private Mono<Reply> simple(RequestHead request, View view, String rest) {
        String query = request.query();
        IndexMediaType type =
                IndexMediaType.wanted(query, request.header("Accept")).orElse(null);
        if (type == null) {
            return Mono.just(new Reply.NotAcceptable("the index is served as text/html,"
                    + " application/vnd.pypi.simple.v1+html and application/vnd.pypi.simple.v1+json"));
        }
        PageForm form = new PageForm(type, coding(request));
        if (rest.isEmpty()) {
            return root(view, form);
        }
        boolean slash = rest.indexOf('/') == rest.length() - 1;
        String spelling = slash ? rest.substring(0, rest.length() - 1) : rest;
        ProjectName project = ProjectName.parse(spelling).orElse(null);
        if (project == null) {
            return Mono.just(new Reply.NotFound("that can't be a project's name"));
        }
        if (!slash) {
            return moved(project + "/", query);
        }
        if (!project.value().equals(spelling)) {
            return moved("../" + project + "/", query);
        }
        return pages.project(view, project, form);
    }

    private static Coding coding(RequestHead request) {
        return PageCompression.best(request.header("Accept-Encoding"));
    }

    /** The list of all projects: upstream's, that of all sources, or what is known here. */
    private Mono<Reply> root(View view, PageForm form) {
        Supplier<Mono<Reply>> here = () -> localRoot.answer(view, form);
        if (view.heldOnly() || roots.isEmpty()) {
            return here.get();
        }
        if (alone != null) {
            return roots.get(0).answer(view, form, here);
        }
        return Flux.fromIterable(roots)
                .concatMap(root -> root.present(view))
                .then(Mono.defer(here))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** {@code pypi/<project>[/<version>]}, or the same without {@code pypi/}, which pypiserver has, and a repository of that name. */
    private Mono<Reply> json(RequestHead request, View view, String path) {
        // who asks Warehouse's API at the root means the root, and may look for /packages/ there, though the repository
        // has that name
        boolean named = !path.startsWith(API) && API.equals(repository.name() + "/");
        String[] parts = (path.startsWith(API) ? path.substring(API.length()) : path).split("/", -1);
        ProjectName project = ProjectName.parse(parts[0]).orElse(null);
        if (project == null || parts.length > 2) {
            return Mono.just(new Reply.NotFound("there is nothing here; the API is at pypi/<project>/json"));
        }
        if (!project.value().equals(parts[0])) {
            return moved(
                    "../".repeat(parts.length)
                            + project
                            + (parts.length == 2 ? "/" + PercentCoding.encoded(parts[1]) : "")
                            + JSON,
                    null);
        }
        return jsons.answer(
                view,
                project,
                parts.length == 2 ? parts[1] : null,
                named ? request.baseAtRoot() : request.base(),
                coding(request));
    }

    private static Mono<Reply> moved(String location, @Nullable String query) {
        return Mono.just(new Reply.Redirect(query == null ? location : location + "?" + query.replace(":", "%3A")));
    }
}
