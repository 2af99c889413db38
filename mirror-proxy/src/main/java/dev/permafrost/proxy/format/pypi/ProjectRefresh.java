package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Document;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.model.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Brings a project's stored page up to date with upstream's, in whatever form upstream speaks. */
final class ProjectRefresh {
    private static final Logger log = LoggerFactory.getLogger(ProjectRefresh.class);
    /** What is asked for: JSON says most. */
    static final String ACCEPT =
            "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

    private static final int ABSENT_MAX = 100_000;

    private final String repository;
    private final URI upstream;
    private final ProjectDocs docs;
    private final DocumentFlights<Result> flights;
    private final Recall<ProjectName, Boolean> absent;
    private final LinksInTheClear clear;
    private final Clock clock;

    /**
     * What came of it.
     *
     * @param absent whether upstream has no such project
     * @param outcome how the answer came about
     */
    record Result(boolean absent, CacheOutcome outcome) {}

    ProjectRefresh(
            String repository,
            URI upstream,
            ProjectDocs docs,
            DocumentFlights<Result> flights,
            FetchConfig config,
            LinksInTheClear clear,
            Clock clock) {
        this.repository = repository;
        this.upstream = upstream;
        this.docs = docs;
        this.flights = flights;
        this.absent = Recall.ofEntries(ABSENT_MAX, config.absentTtl());
        this.clear = clear;
        this.clock = clock;
    }

    /** Most bytes that upstream may send for a page, compressed or not. */
    static long bodyBytesMax() {
        return IndexLimits.DEFAULT.decompressedBytesMax();
    }

    /**
     * Asks upstream for a project's page, or joins who is asking.
     *
     * @param known the stored page's header, whose validators make the request conditional
     */
    Mono<Result> refresh(ProjectName project, Optional<Header> known) {
        if (absent.get(project) != null) {
            return Mono.just(new Result(true, CacheOutcome.NEGATIVE));
        }
        DocumentFlights.Joined<Result> flight = flights.fetch(
                repository + " " + project,
                upstream.resolve(project + "/"),
                ACCEPT,
                known.filter(this::isOfIndex).map(ProjectRefresh::validators).orElse(Map.of()),
                new PageReader(project, known));
        return flight.joined()
                ? flight.result().map(result -> new Result(result.absent(), CacheOutcome.COALESCED))
                : flight.result();
    }

    /** Whether a page is of the index that is asked; one of another, which has its own links, must be sent whole. */
    boolean isOfIndex(Header header) {
        return upstream.toString().equals(header.index());
    }

    private static Map<String, String> validators(Header header) {
        Map<String, String> validators = new HashMap<>();
        if (header.etag() != null) {
            validators.put("If-None-Match", header.etag());
        }
        if (header.lastModified() != null) {
            validators.put("If-Modified-Since", header.lastModified());
        }
        return validators;
    }

    /** Stores what upstream answers. */
    private final class PageReader implements DocumentFlights.Reader<Result> {
        private final ProjectName project;
        private final Optional<Header> known;

        PageReader(ProjectName project, Optional<Header> known) {
            this.project = project;
            this.known = known;
        }

        @Override
        public Result read(Document document, InputStream body) throws IOException {
            IndexSource source =
                    new IndexSource(project, document.url(), document.etag(), document.lastModified(), clock.instant());
            IndexReader.Result result = format(document).reader().read(body, source, IndexLimits.DEFAULT);
            if (result.skippedCount() > 0) {
                log.warn(
                        "{}: left out {} links of upstream's page: {}",
                        project,
                        result.skippedCount(),
                        String.join("; ", result.skipped()));
            }
            ProjectPage page = clear.without(result.page(), document.url());
            docs.put(new ProjectPage(page.header().from(upstream.toString()), page.files()));
            return new Result(false, CacheOutcome.MISS);
        }

        @Override
        public Result unchanged(Document document) {
            Header header = known.filter(ProjectRefresh.this::isOfIndex)
                    .orElseThrow(() -> new FetchException(
                            FailureKind.UPSTREAM_INVALID,
                            project + ": upstream says that its page is unchanged, but was not asked"));
            docs.confirm(header.confirmed(clock.instant(), document.etag(), document.lastModified()));
            return new Result(false, CacheOutcome.REVALIDATED);
        }

        @Override
        public Result absent() {
            absent.put(project, true);
            if (known.isPresent()) {
                docs.gone(project);
            }
            return new Result(true, CacheOutcome.MISS);
        }
    }

    /** The form in which upstream has answered. */
    static IndexFormat format(Document document) {
        String type = document.contentType();
        if (type == null) {
            return IndexFormat.HTML;
        }
        return IndexFormat.ofContentType(type)
                .orElseThrow(() -> new FetchException(
                        FailureKind.UPSTREAM_INVALID,
                        ShownUrl.of(document.url()) + ": upstream answered with " + PlainText.quoted(type)
                                + ", which is no simple index; does the upstream URL end in /simple/?"));
    }
}
