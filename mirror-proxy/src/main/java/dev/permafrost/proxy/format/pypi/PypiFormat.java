package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.CacheFigures;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.FlightFigures;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.fetch.Wishes;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Posting;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.RequestBody;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import java.net.URI;
import java.time.Clock;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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

    private static final String CONTENT_TYPE = "Content-Type";
    /** Where uploads go: Warehouse's path, pypiserver's, and what people make of them; none of them redirects, since twine follows none. */
    private static final Set<String> UPLOADS = Set.of("", "legacy", "legacy/", "simple", "simple/");

    private final ProjectPages pages;
    private final ProjectFiles files;
    private final @Nullable DocumentFlights<ProjectRefresh.Result> pageFlights;
    private final @Nullable DocumentFlights<RootRefresh.Result> rootFlights;
    private final @Nullable RootPages root;
    private final LocalRootPages localRoot;
    private final RepositoryConfig repository;
    private final Blocking blocking;
    private final HostedProjects hosted;
    private final ProjectSearch search;

    /**
     * An index.
     *
     * @param upstream where to fetch what is not held; null for nowhere
     * @param files its files
     * @param pageCacheBytesMax most bytes of rendered pages in memory
     * @param wishes where to note what is asked for in vain
     */
    public PypiFormat(
            RepositoryConfig repository,
            FetchConfig config,
            MirrorStore store,
            @Nullable UpstreamClient upstream,
            ReadThrough files,
            Blocking blocking,
            long pageCacheBytesMax,
            Wishes wishes,
            Clock clock) {
        this.repository = repository;
        this.blocking = blocking;
        ProjectDocs docs = new ProjectDocs(repository.name(), store);
        URI index = repository.upstream();
        Admission admission = new Admission(repository, docs, upstream != null, clock);
        this.pageFlights = upstream == null
                ? null
                : new DocumentFlights<>(store, upstream, blocking, config, ProjectRefresh.bodyBytesMax());
        ProjectRefresh refresh = pageFlights == null || index == null
                ? null
                : new ProjectRefresh(repository.name(), index, docs, pageFlights, config, clock);
        this.rootFlights = upstream == null
                ? null
                : new DocumentFlights<>(store, upstream, blocking, config, ProjectRefresh.bodyBytesMax());
        this.root = rootFlights == null || index == null
                ? null
                : new RootPages(
                        docs,
                        new RootRefresh(repository.name(), index, docs, rootFlights, clock),
                        blocking,
                        config,
                        repository.pageTtl(),
                        clock,
                        admission);
        this.localRoot = new LocalRootPages(docs, admission, blocking, config, index == null);
        this.pages = new ProjectPages(
                repository, config, docs, refresh, blocking, pageCacheBytesMax, wishes, clock, admission);
        this.files =
                new ProjectFiles(repository.name(), config, docs, refresh, files, blocking, wishes, clock, admission);
        this.hosted = new HostedProjects(repository.name(), store, docs, repository.uploads(), this::changed, clock);
        this.search = new ProjectSearch(docs, admission);
        files.onStored(new Sidecars(docs, store)::make);
    }

    @Override
    public void begin(View view) {
        if (root == null || view.heldOnly()) {
            localRoot.warmUp(view);
        } else {
            root.warmUp(view);
        }
    }

    @Override
    public Mono<Reply> handle(RequestHead request, View view) {
        String path = request.path();
        if (path.startsWith(PACKAGES)) {
            return files.file(view, path.substring(PACKAGES.length()));
        }
        if (path.startsWith(SIMPLE)) {
            return simple(request, view, path.substring(SIMPLE.length()));
        }
        if (path.equals("simple")) {
            return moved(SIMPLE, request.query());
        }
        if (path.equals(HEALTH)) {
            return Mono.just(new Reply.Text("text/plain; charset=utf-8", "Ok\n".getBytes(US_ASCII)));
        }
        if (path.endsWith(JSON)) {
            return json(request, view, path.substring(0, path.length() - JSON.length()));
        }
        int slash = path.indexOf('/');
        if (slash > 0 && slash == path.length() - 1) {
            // as pypiserver has it
            ProjectName project = ProjectName.parse(path.substring(0, slash)).orElse(null);
            if (project != null) {
                return moved("../" + SIMPLE + project + "/", request.query());
            }
        }
        return Mono.just(new Reply.NotFound("there is nothing here; the index is at simple/"));
    }

    private void changed(ProjectName project, Set<String> paths) {
        pages.forget(project);
        localRoot.changed();
        paths.forEach(files::forget);
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
            return taken(body, call, call::reply);
        }
        if (view.immutable() || repository.upstream() != null) {
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
        Upload upload = new Upload(hosted, boundary, by, repository.uploads().bytesMax());
        return taken(body, upload, upload::reply);
    }

    private Mono<Reply> taken(RequestBody body, BodySink sink, Supplier<Reply> reply) {
        return body.drainTo(sink, blocking.executor()).then(Mono.fromSupplier(reply));
    }

    @Override
    public RequestKind kind(String path) {
        if (path.startsWith(PACKAGES)) {
            return RequestKind.FILE;
        }
        return path.startsWith(SIMPLE) || path.endsWith(JSON) ? RequestKind.PAGE : RequestKind.OTHER;
    }

    /** What an operator may change in it; null where its files come from upstream. */
    public @Nullable Hosting hosting() {
        return repository.upstream() == null ? new PypiHosting(hosted) : null;
    }

    /** How many pages are being fetched. */
    public int pageFlights() {
        return pageFlights == null ? 0 : pageFlights.size();
    }

    /** How the fetches of pages ended that are over; null where there are none. */
    public @Nullable FlightFigures pageFigures() {
        return pageFlights == null ? null : pageFlights.figures();
    }

    /** How the memory of rendered pages is doing. */
    public CacheFigures pageCache() {
        return pages.cache();
    }

    /** Closes the files that it has open. */
    @Override
    public void close() {
        if (root != null) {
            root.close();
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
        if (rest.isEmpty()) {
            RootPages upstreams = root;
            String codings = request.header("Accept-Encoding");
            return upstreams == null || view.heldOnly()
                    ? localRoot.answer(view, type, codings)
                    : upstreams.answer(view, type, codings, () -> localRoot.answer(view, type, codings));
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
        return pages.project(view, project, type);
    }

    /** {@code pypi/<project>[/<version>]}, or the same without {@code pypi/}, which pypiserver has, and a repository of that name. */
    private Mono<Reply> json(RequestHead request, View view, String path) {
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
        return pages.json(view, project, parts.length == 2 ? parts[1] : null, request.base());
    }

    private static Mono<Reply> moved(String location, @Nullable String query) {
        return Mono.just(new Reply.Redirect(query == null ? location : location + "?" + query.replace(":", "%3A")));
    }
}
