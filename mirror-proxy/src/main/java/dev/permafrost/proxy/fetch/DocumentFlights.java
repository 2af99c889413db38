package dev.permafrost.proxy.fetch;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.proxy.upstream.UpstreamResponse;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Documents from upstream that a format reads whole (index pages, metadata), each fetched once for all who ask. The body goes
 * by way of the disk, so that a page of any size costs no memory but what its reader makes of it.
 *
 * @param <T> what a format makes of a document
 */
public final class DocumentFlights<T> {
    private static final Logger log = LoggerFactory.getLogger(DocumentFlights.class);

    private final MirrorStore store;
    private final UpstreamClient upstream;
    private final Blocking blocking;
    private final long bodyBytesMax;
    private final SingleFlight<String, Flight<T>> flights;

    /**
     * Documents of one repository.
     *
     * @param bodyBytesMax longest body, as sent, in bytes
     */
    public DocumentFlights(
            MirrorStore store, UpstreamClient upstream, Blocking blocking, FetchConfig config, long bodyBytesMax) {
        this.store = store;
        this.upstream = upstream;
        this.blocking = blocking;
        this.bodyBytesMax = bodyBytesMax;
        this.flights = new SingleFlight<>(config.flightsMax(), config.failureTtl(), Ticker.systemTicker());
    }

    /**
     * Makes something of what upstream answers, on a thread that may block, before those who wait hear of it.
     *
     * @param <T> what it makes
     */
    public interface Reader<T> {
        /** Reads a new version of the document, decoded. */
        T read(Document document, InputStream body) throws IOException;

        /** Upstream says that the version known is still the one. */
        T unchanged(Document document);

        /** Upstream says that there is no such document. */
        T absent();
    }

    /** A document on its way, and whether someone else had asked before. */
    public record Joined<T>(Mono<T> result, boolean joined) {}

    /**
     * Fetches a document, or joins whoever is fetching it.
     *
     * @param key what the answer depends on
     * @param validators request fields that make it conditional; may be empty
     * @return the flight goes on when its subscribers leave; it errs with a {@link StoreException}
     */
    public Joined<T> fetch(String key, URI url, String accept, Map<String, String> validators, Reader<T> reader) {
        Map<String, String> headers = new HashMap<>(validators);
        headers.put("Accept", accept);
        headers.put("Accept-Encoding", "gzip");
        try {
            SingleFlight.Joined<Flight<T>> joined = flights.join(
                    key,
                    landing -> new Flight<>(Sinks.one(), landing),
                    flight -> begin(key, url, headers, reader, flight));
            return new Joined<>(joined.flight().result().asMono(), joined.joined());
        } catch (StoreException e) {
            return new Joined<>(Mono.error(e), true);
        }
    }

    /** How many fetches are under way. */
    public int size() {
        return flights.size();
    }

    /** How those ended that are over. */
    public FlightFigures figures() {
        return flights.figures();
    }

    private void begin(String key, URI url, Map<String, String> headers, Reader<T> reader, Flight<T> flight) {
        upstream.get(url, headers)
                .flatMap(response -> receive(response, reader))
                .subscribe(
                        value -> {
                            flight.landing().land(null);
                            flight.result().tryEmitValue(value);
                        },
                        error -> fail(key, url, error, flight));
    }

    private record Flight<T>(Sinks.One<T> result, SingleFlight.Landing landing) {}

    private void fail(String key, URI url, Throwable error, Flight<T> flight) {
        StoreException failure = error instanceof StoreException e
                ? e
                : new FetchException(FailureKind.INTERNAL, url + ": " + error, error);
        if (failure.kind() == FailureKind.INTERNAL) {
            log.error("fetching {} failed by a fault of ours", url, failure);
        } else {
            log.warn("{}: {}", key, failure.getMessage());
        }
        flight.landing().land(failure);
        flight.result().tryEmitError(failure);
    }

    private Mono<T> receive(UpstreamResponse response, Reader<T> reader) {
        int status = response.status();
        if (status == 200) {
            return spool(response, reader);
        }
        response.discard();
        return switch (status) {
            case 304 -> blocking.call(() -> reader.unchanged(Document.of(response)));
            case 404, 410 -> blocking.call(reader::absent);
            default -> Mono.error(response.unexpected());
        };
    }

    private Mono<T> spool(UpstreamResponse response, Reader<T> reader) {
        return Mono.usingWhen(
                blocking.call(store::scratch),
                scratch -> response.drainTo(bytes -> take(response, scratch, bytes), ByteFlow.FREE, blocking.executor())
                        .then(blocking.call(() -> read(response, scratch, reader))),
                scratch -> blocking.call(() -> {
                    scratch.discard();
                    return null;
                }));
    }

    private void take(UpstreamResponse response, StagedBlob scratch, ByteBuffer bytes) {
        if (scratch.writtenBytes() + bytes.remaining() > bodyBytesMax) {
            throw new FetchException(
                    FailureKind.UPSTREAM_TOO_LARGE,
                    response.shownUrl() + ": the page is longer than " + bodyBytesMax + " bytes, which is the most");
        }
        scratch.write(bytes);
    }

    private T read(UpstreamResponse response, StagedBlob scratch, Reader<T> reader) throws IOException {
        long length = response.contentLengthBytes();
        if (length >= 0 && length != scratch.writtenBytes()) {
            throw new FetchException(
                    FailureKind.UPSTREAM_UNREACHABLE,
                    response.shownUrl() + ": upstream ended after " + scratch.writtenBytes() + " of " + length
                            + " bytes");
        }
        try (InputStream body = decoded(response, scratch)) {
            return reader.read(Document.of(response), body);
        } catch (IOException e) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    response.shownUrl() + ": the page can't be read: " + e.getMessage(),
                    e);
        }
    }

    private static InputStream decoded(UpstreamResponse response, StagedBlob scratch) throws IOException {
        InputStream body = Channels.newInputStream(scratch.inspect());
        String encoding = response.header("Content-Encoding");
        if (encoding == null || encoding.equalsIgnoreCase("identity")) {
            return body;
        }
        if (encoding.equalsIgnoreCase("gzip") || encoding.equalsIgnoreCase("x-gzip")) {
            return new GZIPInputStream(body, 64 << 10);
        }
        body.close();
        throw new IOException("it is encoded as " + encoding + ", which was not asked for");
    }
}
