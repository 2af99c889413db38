package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Document;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.yum.Mounts.Place;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Who has a repository, as metalinks and lists of mirrors say it. What they said last is kept in the index, is good for a while, and after
 * that for as long as they say nothing else.
 */
final class MirrorLists {
    private static final Logger log = LoggerFactory.getLogger(MirrorLists.class);
    private static final String ACCEPT = "*/*";
    private static final int LISTS_MAX = 10_000;
    private static final Duration REMEMBERED = Duration.ofHours(12);

    /** Fedora's lists name more than a hundred: whoever has asked so many in vain is better off with an answer. */
    private static final int MIRRORS_MAX = 20;

    /** Fedora's name five at most. */
    private static final int VERSIONS_MAX = 50;

    private final String repository;
    private final KeptMirrors kept;
    private final DocumentFlights<Known> flights;
    private final Blocking blocking;
    private final FetchConfig config;
    private final Duration ttl;
    private final Clock clock;
    private final Recall<Source, Known> memory = Recall.ofEntries(LISTS_MAX, REMEMBERED);
    private final Recall<Source, Known> absent;
    private final Recall<Source, Boolean> askedLately;

    /**
     * What a source says.
     *
     * @param at when it said so
     * @param failure why nobody knows; null where somebody does, or there is no such list
     */
    private record Known(
            List<URI> bases,
            List<Metalink.Version> versions,
            Instant at,
            @Nullable StoreException failure) {
        static Known of(List<URI> bases) {
            return new Known(bases, List.of(), Instant.EPOCH, null);
        }
    }

    /**
     * Those of a repository.
     *
     * @param ttl for how long one is good before it is asked for again
     */
    MirrorLists(
            String repository,
            MirrorStore store,
            UpstreamClient upstream,
            Blocking blocking,
            FetchConfig config,
            Duration ttl,
            Clock clock) {
        this.repository = repository;
        this.kept = new KeptMirrors(repository, store, clock);
        this.flights = new DocumentFlights<>(store, upstream, blocking, config, Metalink.DOCUMENT_BYTES_MAX);
        this.blocking = blocking;
        this.config = config;
        this.ttl = ttl;
        this.clock = clock;
        this.absent = Recall.ofEntries(LISTS_MAX, config.absentTtl());
        this.askedLately = Recall.ofEntries(LISTS_MAX, config.absentTtl());
    }

    /** How many are being fetched. */
    int size() {
        return flights.size();
    }

    /** A place with its mirrors, if they can be told from memory. Those that are out of date are asked for meanwhile. */
    @Nullable Place now(Place place) {
        List<Known> all = new ArrayList<>();
        for (Source source : place.sources()) {
            Known known = source.isList() ? memory.get(source) : Known.of(List.of(source.url()));
            if (known == null) {
                return null;
            }
            all.add(known);
            if (source.isList() && known.at().plus(ttl).isBefore(clock.instant())) {
                askAgain(place, source);
            }
        }
        return together(place, all);
    }

    /** A place with its mirrors. Never errs: the place says why where they can't be told. */
    Mono<Place> of(Place place) {
        return Flux.fromIterable(place.sources())
                .concatMap(
                        source -> source.isList() ? known(place, source) : Mono.just(Known.of(List.of(source.url()))))
                .collectList()
                .map(all -> together(place, all));
    }

    /** A place with its mirrors as the lists say now; empty where they have been asked a moment ago, or say the same as before. */
    Mono<Place> renewed(Place place) {
        List<Source> lists = place.sources().stream().filter(Source::isList).toList();
        if (lists.isEmpty() || lists.stream().noneMatch(this::isWorthAsking)) {
            return Mono.empty();
        }
        Place before = now(place);
        return Flux.fromIterable(lists)
                .concatMap(source -> fetched(place, source).onErrorComplete(StoreException.class))
                .then(Mono.defer(() -> of(place)))
                .filter(after -> before == null
                        || !after.bases().equals(before.bases())
                        || !after.versions().equals(before.versions()));
    }

    /** Has the lists of a place asked again, of which no mirror could be reached. */
    void doubt(Place place) {
        place.sources().stream()
                .filter(source -> source.isList() && isWorthAsking(source))
                .forEach(source -> askAgain(place, source));
    }

    private boolean isWorthAsking(Source source) {
        Known known = memory.get(source);
        return known == null || !known.at().plus(config.absentTtl()).isAfter(clock.instant());
    }

    private static Place together(Place place, List<Known> all) {
        Set<URI> bases = new LinkedHashSet<>();
        List<Metalink.Version> versions = new ArrayList<>();
        StoreException failure = null;
        for (Known known : all) {
            bases.addAll(known.bases());
            versions.addAll(known.versions());
            failure = failure == null ? known.failure() : failure;
        }
        if (versions.isEmpty() && place.sources().stream().anyMatch(source -> source.kind() == Kind.METALINK)) {
            // which repomd.xml is the right one is not known, wherever it is
            return place.at(List.of(), List.of(), failure);
        }
        return place.at(List.copyOf(bases), versions, bases.isEmpty() ? failure : null);
    }

    private Mono<Known> known(Place place, Source source) {
        Known now = memory.get(source);
        if (now == null) {
            now = absent.get(source);
        }
        if (now != null) {
            return Mono.just(now);
        }
        return blocking.call(() -> stored(source))
                .switchIfEmpty(Mono.defer(() -> fetched(place, source)))
                .timeout(config.pageWait())
                .onErrorMap(TimeoutException.class, e -> late(place, source))
                .onErrorResume(
                        StoreException.class, e -> Mono.just(new Known(List.of(), List.of(), clock.instant(), e)));
    }

    private static StoreException late(Place place, Source source) {
        return new FetchException(FailureKind.UPSTREAM_TIMEOUT, title(place, source) + " has not come yet; try again");
    }

    /** A flight goes on by itself; what it comes to is told by the log. */
    private void askAgain(Place place, Source source) {
        if (askedLately.get(source) == null) {
            askedLately.put(source, true);
            var unused = fetched(place, source);
        }
    }

    private Mono<Known> fetched(Place place, Source source) {
        String key = title(place, source) + ", number " + (1 + place.sources().indexOf(source));
        return flights.fetch(key, source.url(), ACCEPT, Map.of(), new Reading(source, title(place, source)))
                .result();
    }

    private static String title(Place place, Source source) {
        return "the " + source.kind().name().toLowerCase(Locale.ROOT) + " of /" + place.mount();
    }

    /** Makes a list of what upstream says, and keeps it. */
    private final class Reading implements DocumentFlights.Reader<Known> {
        private final Source source;
        private final String title;

        Reading(Source source, String title) {
            this.source = source;
            this.title = title;
        }

        @Override
        public Known read(Document document, InputStream body) throws IOException {
            byte[] bytes = body.readNBytes(Metalink.DOCUMENT_BYTES_MAX + 1);
            Known known = parsed(source, bytes, title, clock.instant());
            if (known.bases().isEmpty()) {
                throw MetadataFault.invalid(title, "it names no mirror of HTTP or HTTPS");
            }
            kept.put(source, new KeptMirrors.Row(known.at(), bytes));
            memory.put(source, known);
            return known;
        }

        @Override
        public Known unchanged(Document document) {
            throw new FetchException(FailureKind.UPSTREAM_INVALID, title + ": it was not asked whether it has changed");
        }

        /** One that was there before is one that is gone for a moment. */
        @Override
        public Known absent() {
            Known before = memory.get(source);
            before = before == null ? stored(source) : before;
            if (before != null) {
                log.warn("{}: {} is not there any more; the one of before is gone by", repository, title);
                return before;
            }
            Known none = new Known(List.of(), List.of(), clock.instant(), null);
            absent.put(source, none);
            return none;
        }
    }

    private static Known parsed(Source source, byte[] document, String title, Instant at) {
        if (source.kind() == Kind.MIRRORLIST) {
            return new Known(best(Mirrorlist.read(document, title).mirrors()), List.of(), at, null);
        }
        Metalink metalink = Metalink.read(document, title);
        metalink.warnings().forEach(warning -> log.warn("{}: {}", title, warning));
        List<URI> bases = metalink.mirrors().stream()
                .map(Metalink.Mirror::base)
                .distinct()
                .toList();
        return new Known(
                best(bases), metalink.versions().stream().limit(VERSIONS_MAX).toList(), at, null);
    }

    private static List<URI> best(List<URI> mirrors) {
        return mirrors.stream().limit(MIRRORS_MAX).toList();
    }

    /** What the index has; null for nothing. Blocks. */
    private @Nullable Known stored(Source source) {
        KeptMirrors.Row row = kept.find(source);
        if (row == null) {
            return null;
        }
        try {
            Known known = parsed(source, row.document(), "the list of mirrors in the index", row.at());
            memory.put(source, known);
            return known;
        } catch (StoreException e) {
            // a version that takes less than the one before: it is asked for anew
            log.info("{}: {}", repository, e.getMessage());
            return null;
        }
    }
}
