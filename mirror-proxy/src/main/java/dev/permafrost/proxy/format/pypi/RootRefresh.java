package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Document;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Brings the stored list of all projects up to date with upstream's. */
final class RootRefresh {
    private final String repository;
    private final URI upstream;
    private final ProjectDocs docs;
    private final DocumentFlights<Result> flights;
    private final Clock clock;

    /** What came of it. */
    enum Result {
        /** There is another list now. */
        CHANGED,
        /** The stored list is still the one. */
        UNCHANGED,
        /** Upstream has no such list, as some indexes do not. */
        ABSENT
    }

    RootRefresh(String repository, URI upstream, ProjectDocs docs, DocumentFlights<Result> flights, Clock clock) {
        this.repository = repository;
        this.upstream = upstream;
        this.docs = docs;
        this.flights = flights;
        this.clock = clock;
    }

    /** Asks upstream, or joins who is asking. */
    Mono<Result> refresh(Optional<RootList.Header> known) {
        Map<String, String> validators = new HashMap<>();
        Optional<RootList.Header> asked =
                known.filter(header -> upstream.toString().equals(header.index()));
        asked.map(RootList.Header::etag).ifPresent(etag -> validators.put("If-None-Match", etag));
        asked.map(RootList.Header::lastModified).ifPresent(date -> validators.put("If-Modified-Since", date));
        return flights.fetch(
                        repository + " (list of projects)",
                        upstream,
                        ProjectRefresh.ACCEPT,
                        validators,
                        new ListReader(known))
                .result();
    }

    /** Whether a list is of another index, whose projects are not to be taken for this one's. */
    boolean isOfAnother(RootList.Header header) {
        return header.index() != null && !upstream.toString().equals(header.index());
    }

    /** Stores what upstream answers. */
    private final class ListReader implements DocumentFlights.Reader<Result> {
        private final Optional<RootList.Header> known;

        ListReader(Optional<RootList.Header> known) {
            this.known = known;
        }

        @Override
        public Result read(Document document, InputStream body) throws IOException {
            IndexSource source =
                    new IndexSource(null, document.url(), document.etag(), document.lastModified(), clock.instant());
            RootList.Writer list = new RootList.Writer();
            Unhurried work = new Unhurried();
            long serial = RootReader.read(ProjectRefresh.format(document), body, source, project -> {
                if (known.isPresent()) {
                    work.go();
                }
                list.add(project);
            });
            docs.putRoot(list.rows(new RootList.Header(
                    serial,
                    document.etag(),
                    document.lastModified(),
                    source.fetchedAt(),
                    list.count(),
                    upstream.toString())));
            return Result.CHANGED;
        }

        @Override
        public Result unchanged(Document document) {
            RootList.Header header = known.filter(list -> !isOfAnother(list))
                    .orElseThrow(() -> new FetchException(
                            FailureKind.UPSTREAM_INVALID,
                            "upstream says that its list of projects is unchanged, but was not asked"));
            docs.confirmRoot(header.confirmed(clock.instant(), document.etag(), document.lastModified()));
            return Result.UNCHANGED;
        }

        @Override
        public Result absent() {
            if (known.filter(RootRefresh.this::isOfAnother).isPresent()) {
                docs.putRoot(List.of());
            }
            return Result.ABSENT;
        }
    }
}
