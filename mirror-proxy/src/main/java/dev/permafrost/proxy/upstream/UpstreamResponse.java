package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.metrics.UpstreamMeters;
import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.ByteSink;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.model.FailureKind;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.URI;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientResponse;

/** An answer whose head is here and whose body is not. Ends by exactly one of {@link #drainTo} and {@link #discard}. */
public final class UpstreamResponse {
    private final URI url;
    private final HttpClientResponse head;
    private final Connection connection;
    private final UpstreamConfig config;
    private final UpstreamMeters.Call call;
    private final Refusals refusals;
    /** Taken at once: a short answer is all here, and its connection back in the pool, before anybody reads it. */
    private final EventLoop loop;

    UpstreamResponse(
            URI url,
            HttpClientResponse head,
            Connection connection,
            UpstreamConfig config,
            UpstreamMeters.Call call,
            Refusals refusals) {
        this.refusals = refusals;
        this.url = url;
        this.head = head;
        this.connection = connection;
        this.config = config;
        this.call = call;
        call.answered(head.status().code());
        this.loop = connection.channel().eventLoop();
    }

    /** The URL that answered, after redirects. */
    public URI url() {
        return url;
    }

    /** The status code. */
    public int status() {
        return head.status().code();
    }

    /** What answers, for a message: a URL without its query, which may be a key to it. */
    public String shownUrl() {
        return ShownUrl.of(url);
    }

    /** The failure that a status is which says neither yes nor no; where upstream wants to know who we are, with the remedy. */
    public FetchException unexpected() {
        return FetchException.ofStatus(
                status(), shownUrl() + ": upstream answered " + status() + refusals.ofStatus(status()));
    }

    /** The value of a header field; null where it is absent. */
    public @Nullable String header(String name) {
        return head.responseHeaders().get(name);
    }

    /** The body's length in bytes as the head says, -1 where it does not. */
    public long contentLengthBytes() {
        String value = header(HttpHeaderNames.CONTENT_LENGTH.toString());
        if (value == null) {
            return -1;
        }
        try {
            return Math.max(-1, Long.parseLong(value.trim()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Writes the body to a sink on that executor, at the sink's pace and that flow's.
     *
     * @return completes after the last byte has been taken; errs with UPSTREAM_UNREACHABLE where the connection breaks,
     *     UPSTREAM_TIMEOUT where it falls silent or crawls, and with whatever the sink throws
     */
    public Mono<Void> drainTo(ByteSink sink, ByteFlow flow, Executor blocking) {
        return Mono.<Void>create(result -> {
                    ProgressWatch watch = new ProgressWatch(config, url, System.nanoTime());
                    BodyDrain drain = new BodyDrain(counted(sink), flow, blocking, watch, loop, result);
                    result.onCancel(drain);
                    connection.inbound().receive().subscribe(drain);
                })
                .onErrorMap(error -> Faults.translate(url, error, FailureKind.UPSTREAM_UNREACHABLE, refusals))
                .doOnSuccess(nothing -> call.over())
                .doOnError(error -> Faults.count(call, error))
                .doOnError(error -> discard())
                .doOnCancel(this::discard);
    }

    private ByteSink counted(ByteSink sink) {
        return bytes -> {
            call.received(bytes.remaining());
            sink.write(bytes);
        };
    }

    /**
     * Drops the body and the connection. On its loop, where alone it is known whether the connection is still this answer's or
     * already the next one's. An answer that had been read whole has given its connection back itself.
     */
    public void discard() {
        call.over();
        loop.execute(connection::dispose);
    }
}
