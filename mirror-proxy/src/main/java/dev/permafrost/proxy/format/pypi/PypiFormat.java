package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.CacheFigures;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.FlightFigures;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.fetch.Wishes;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import java.net.URI;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A Python package index: {@code simple/}, {@code simple/<project>/} (PEP 503, PEP 691) and {@code packages/…}. Spellings of
 * a project's name that are not the normal one are redirected to it.
 */
public final class PypiFormat implements Format {
    private static final String SIMPLE = "simple/";
    private static final String PACKAGES = "packages/";

    private final ProjectPages pages;
    private final ProjectFiles files;
    private final @Nullable DocumentFlights<ProjectRefresh.Result> pageFlights;

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
        ProjectDocs docs = new ProjectDocs(repository.name(), store);
        URI index = repository.upstream();
        this.pageFlights = upstream == null
                ? null
                : new DocumentFlights<>(store, upstream, blocking, config, ProjectRefresh.bodyBytesMax());
        ProjectRefresh refresh = pageFlights == null || index == null
                ? null
                : new ProjectRefresh(repository.name(), index, docs, pageFlights, config, clock);
        this.pages = new ProjectPages(repository, config, docs, refresh, blocking, pageCacheBytesMax, wishes, clock);
        this.files = new ProjectFiles(repository.name(), config, docs, refresh, files, blocking, wishes, clock);
        files.onStored(new Sidecars(docs, store)::make);
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
            return Mono.just(new Reply.Redirect(SIMPLE));
        }
        return Mono.just(new Reply.NotFound("there is nothing here; the index is at simple/"));
    }

    @Override
    public RequestKind kind(String path) {
        if (path.startsWith(PACKAGES)) {
            return RequestKind.FILE;
        }
        return path.startsWith(SIMPLE) ? RequestKind.PAGE : RequestKind.OTHER;
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

    private Mono<Reply> simple(RequestHead request, View view, String rest) {
        IndexMediaType type =
                IndexMediaType.negotiated(request.header("Accept")).orElse(null);
        if (type == null) {
            return Mono.just(new Reply.NotAcceptable("the index is served as text/html,"
                    + " application/vnd.pypi.simple.v1+html and application/vnd.pypi.simple.v1+json"));
        }
        if (rest.isEmpty()) {
            return pages.root(view, type);
        }
        boolean slash = rest.indexOf('/') == rest.length() - 1;
        String spelling = slash ? rest.substring(0, rest.length() - 1) : rest;
        ProjectName project = ProjectName.parse(spelling).orElse(null);
        if (project == null) {
            return Mono.just(new Reply.NotFound("that can't be a project's name"));
        }
        if (!slash) {
            return Mono.just(new Reply.Redirect(project + "/"));
        }
        if (!project.value().equals(spelling)) {
            return Mono.just(new Reply.Redirect("../" + project + "/"));
        }
        return pages.project(view, project, type);
    }
}
