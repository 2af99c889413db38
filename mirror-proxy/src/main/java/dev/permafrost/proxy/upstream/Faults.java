package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.metrics.UpstreamMeters;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.TimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

/** Turns what the network throws into our vocabulary. */
final class Faults {
    private Faults() {}

    /** The failure that an operator reads; what is one of ours already stays as it is. */
    static Throwable translate(URI url, Throwable error, FailureKind otherwise, Refusals refusals) {
        if (error instanceof StoreException) {
            return error;
        }
        Throwable proxys = cause(error, ProxyConnectException.class);
        if (proxys != null) {
            return refusals.ofProxy(url, proxys);
        }
        if (error instanceof ConnectTimeoutException) {
            return fault(FailureKind.UPSTREAM_UNREACHABLE, url, "no connection within upstream.connect-timeout", error);
        }
        if (error instanceof ReadTimeoutException || error instanceof TimeoutException) {
            return fault(
                    FailureKind.UPSTREAM_TIMEOUT, url, "upstream sent nothing for upstream.progress-timeout", error);
        }
        if (error instanceof PoolAcquireTimeoutException || error instanceof PoolAcquirePendingLimitException) {
            return fault(
                    FailureKind.OVERLOADED,
                    url,
                    "all connections to upstream are busy; upstream.connections-max allows more",
                    error);
        }
        if (error instanceof UnknownHostException) {
            return fault(
                    FailureKind.UPSTREAM_UNREACHABLE,
                    url,
                    "the host's name can't be resolved (" + error.getMessage() + ")",
                    error);
        }
        Throwable tls = cause(error, SSLException.class);
        if (tls != null) {
            return fault(
                    FailureKind.UPSTREAM_UNREACHABLE,
                    url,
                    "TLS failed: " + tls.getMessage() + refusals.ofTls(tls),
                    error);
        }
        if (error instanceof PrematureCloseException) {
            return fault(FailureKind.UPSTREAM_UNREACHABLE, url, "upstream closed the connection too early", error);
        }
        if (error instanceof DecoderException || error instanceof IllegalArgumentException) {
            return fault(FailureKind.UPSTREAM_INVALID, url, "not HTTP: " + error.getMessage(), error);
        }
        return fault(otherwise, url, error.getMessage() + refusals.ofConnection(error), error);
    }

    /** What of that kind is behind a failure, or is the failure; null for none. */
    private static @Nullable Throwable cause(Throwable error, Class<? extends Throwable> kind) {
        Throwable cause = error;
        while (cause != null && !kind.isInstance(cause)) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Counts what ended a try, as upstream's where it is upstream's. */
    static void count(UpstreamMeters.Call call, Throwable error) {
        FailureKind kind = error instanceof StoreException e ? e.kind() : FailureKind.INTERNAL;
        switch (kind) {
            case UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_INVALID -> call.failed(kind);
            default -> call.over();
        }
    }

    private static FetchException fault(FailureKind kind, URI url, String what, Throwable cause) {
        return new FetchException(kind, ShownUrl.of(url) + ": " + what, cause);
    }
}
