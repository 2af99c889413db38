package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Document;
import dev.permafrost.proxy.fetch.DocumentFlights;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Small files of upstream that are read whole: {@code repomd.xml}, signatures, lists of mirrors. Where a file is at several places, they
 * are asked in order, those last that could not be reached a moment ago.
 */
final class SmallFiles {
    private static final String ACCEPT = "*/*";
    private static final int HOSTS_MAX = 10_000;

    private final DocumentFlights<Got> flights;
    private final Health health;
    private final AtomicLong asked = new AtomicLong();

    /** What upstream has said. */
    sealed interface Got {
        /** These bytes. */
        @SuppressWarnings("ArrayRecordComponent") // compared by nobody
        record Bytes(URI url, byte[] bytes, Document document) implements Got {}

        /** The same as before. */
        record Same(Document document) implements Got {}

        /** There is no such file. */
        record Absent() implements Got {}
    }

    /** What an earlier answer is known by. */
    record Validators(
            URI url, @Nullable String etag, @Nullable String lastModified) {
        private Map<String, String> fields() {
            Map<String, String> fields = new HashMap<>();
            if (etag != null) {
                fields.put("If-None-Match", etag);
            }
            if (lastModified != null) {
                fields.put("If-Modified-Since", lastModified);
            }
            return fields;
        }
    }

    /** Which hosts could not be reached a moment ago: they are asked last. */
    static final class Health {
        private final Recall<String, Boolean> down;

        Health(Duration ttl) {
            this.down = Recall.ofEntries(HOSTS_MAX, ttl);
        }

        /** The places, in the order in which to ask them. */
        List<URI> inOrder(List<URI> urls) {
            if (urls.size() == 1) {
                return urls;
            }
            List<URI> up = new ArrayList<>();
            List<URI> last = new ArrayList<>();
            urls.forEach(url -> (down.get(host(url)) == null ? up : last).add(url));
            up.addAll(last);
            return up;
        }

        /** Whether nobody could be reached there a moment ago. */
        boolean isDown(URI url) {
            return down.get(host(url)) != null;
        }

        /** Notes how an attempt ended; null for well. */
        void note(URI url, @Nullable FailureKind failure) {
            if (failure == FailureKind.UPSTREAM_UNREACHABLE || failure == FailureKind.UPSTREAM_TIMEOUT) {
                down.put(host(url), true);
            } else if (failure == null) {
                down.forget(host(url));
            }
        }

        private static String host(URI url) {
            return Objects.requireNonNullElse(url.getRawAuthority(), "");
        }
    }

    SmallFiles(DocumentFlights<Got> flights, FetchConfig config) {
        this.flights = flights;
        this.health = new Health(config.absentTtl());
    }

    /**
     * Asks for a file.
     *
     * @param urls where it may be; at least one
     * @param known what is known of it, if that is from one of them; null for nothing
     * @return absent only where all say so; errs with the last {@link StoreException}
     */
    Mono<Got> ask(List<URI> urls, @Nullable Validators known) {
        return next(health.inOrder(urls), 0, known, null);
    }

    /** How many fetches are under way. */
    int size() {
        return flights.size();
    }

    /** Which hosts could be reached. */
    Health health() {
        return health;
    }

    private Mono<Got> next(List<URI> urls, int at, @Nullable Validators known, @Nullable StoreException failure) {
        if (at == urls.size()) {
            return failure == null ? Mono.just(new Got.Absent()) : Mono.error(failure);
        }
        URI url = urls.get(at);
        return once(url, known != null && known.url().equals(url) ? known.fields() : Map.of())
                .map(got -> new Outcome(got, failure))
                .onErrorResume(StoreException.class, e -> Mono.just(new Outcome(null, e)))
                .flatMap(outcome -> {
                    Got got = outcome.got();
                    StoreException why = outcome.failure();
                    health.note(url, got == null && why != null ? why.kind() : null);
                    return got == null || got instanceof Got.Absent ? next(urls, at + 1, known, why) : Mono.just(got);
                });
    }

    /** What one place has said, or the failure there or at a place before. */
    private record Outcome(@Nullable Got got, @Nullable StoreException failure) {}

    /** Nobody else's answer: one who asks again wants to know how it is by now. */
    private Mono<Got> once(URI url, Map<String, String> validators) {
        String key = asked.incrementAndGet() + " " + ShownUrl.of(url);
        return flights.fetch(key, url, ACCEPT, validators, new WholeBody(url)).result();
    }

    /** Takes a body whole. */
    private record WholeBody(URI url) implements DocumentFlights.Reader<Got> {
        @Override
        public Got read(Document document, InputStream body) throws IOException {
            byte[] bytes = body.readNBytes(Repomd.DOCUMENT_BYTES_MAX + 1);
            if (bytes.length > Repomd.DOCUMENT_BYTES_MAX) {
                throw new FetchException(
                        FailureKind.UPSTREAM_TOO_LARGE,
                        ShownUrl.of(url) + ": it is longer than " + Repomd.DOCUMENT_BYTES_MAX
                                + " bytes, which is the most");
            }
            return new Got.Bytes(url, bytes, document);
        }

        @Override
        public Got unchanged(Document document) {
            return new Got.Same(document);
        }

        @Override
        public Got absent() {
            return new Got.Absent();
        }
    }
}
