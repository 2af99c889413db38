package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.metrics.UpstreamMeters;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.util.retry.Retry;

/**
 * Speaks to one upstream over pooled connections. Follows redirects by its own rules: at most so many, never to a URL seen
 * before, never from https to http, and to another host only where that is trusted. Hosts other than the upstream's own and
 * the trusted ones are reached at public addresses only.
 */
public final class UpstreamClient implements AutoCloseable {
    private static final Duration RETRY_FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration EVICTION_INTERVAL = Duration.ofSeconds(10);
    private static final int PENDING_PER_CONNECTION = 8;
    private static final String USER_AGENT = "permafrost";

    private final UpstreamConfig config;
    private final UpstreamMeters meters;
    private final Set<String> trustedHosts;
    private final ConnectionProvider pool;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final HttpClient trusted;
    private final HttpClient guarded;
    private volatile boolean closed;

    /**
     * A client for one upstream.
     *
     * @param home the upstream's URL, whose host is trusted
     * @param trustedHosts further hosts that are
     * @param loops where connections live
     * @param meters where tries are counted
     */
    public UpstreamClient(
            UpstreamConfig config, URI home, Set<String> trustedHosts, LoopResources loops, UpstreamMeters meters) {
        this.config = config;
        this.meters = meters;
        this.trustedHosts = new HashSet<>(trustedHosts);
        this.trustedHosts.add(host(home));
        this.pool = ConnectionProvider.builder("upstream")
                .maxConnections(config.connectionsMax())
                // The flights bound how many wait, and have deadlines of their own.
                .pendingAcquireTimeout(Duration.ofMillis(-1))
                .pendingAcquireMaxCount(config.connectionsMax() * PENDING_PER_CONNECTION)
                .maxIdleTime(config.idleTimeout())
                .evictInBackground(EVICTION_INTERVAL)
                .lifo()
                .build();
        this.trusted = HttpClient.create(pool)
                .runOn(loops)
                .compress(false)
                .followRedirect(false)
                .responseTimeout(config.progressTimeout())
                .doOnConnected(connection -> connections.add(connection.channel()))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        config.connectTimeout().toMillis())
                .httpResponseDecoder(spec -> spec.maxHeaderSize(config.headerBytesMax()))
                .headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, USER_AGENT));
        this.guarded = trusted.resolver(new PublicAddresses(dns(loops)));
    }

    /**
     * Asks for a URL with these header fields, and follows redirects. A try that fails before the head of an answer is here
     * is repeated, up to {@code upstream.retries-max} times.
     *
     * @return the answer, whatever its status but a redirect; errs with a {@link FetchException}
     */
    public Mono<UpstreamResponse> get(URI url, Map<String, String> headers) {
        return Mono.defer(() -> closed
                ? Mono.error(new FetchException(FailureKind.SHUTTING_DOWN, url + ": the server is closing"))
                : follow(url, headers, new HashSet<>()));
    }

    /** Breaks every connection, so that fetches under way end, and makes no further one. */
    @Override
    public void close() {
        closed = true;
        pool.dispose();
        connections.close().awaitUninterruptibly();
    }

    private Mono<UpstreamResponse> follow(URI url, Map<String, String> headers, Set<URI> seen) {
        if (!seen.add(url)) {
            return refuse(url, "upstream redirects in a loop");
        }
        if (seen.size() > config.redirectsMax() + 1) {
            return refuse(url, "upstream redirects more than upstream.redirects-max (" + config.redirectsMax() + ")");
        }
        return ask(url, headers)
                .flatMap(response -> isRedirect(response) ? next(response, headers, seen) : Mono.just(response));
    }

    private Mono<UpstreamResponse> next(UpstreamResponse response, Map<String, String> headers, Set<URI> seen) {
        URI from = response.url();
        String location = response.header(HttpHeaderNames.LOCATION.toString());
        response.discard();
        if (location == null) {
            return refuse(from, "upstream redirects without saying where to");
        }
        URI to;
        try {
            to = from.resolve(new URI(location));
        } catch (java.net.URISyntaxException e) {
            return refuse(from, "upstream redirects to what is no URL");
        }
        if (!isHttp(to) || to.getRawUserInfo() != null) {
            return refuse(from, "upstream redirects to a URL that is not plain http or https: " + to);
        }
        if ("https".equals(from.getScheme()) && !"https".equals(to.getScheme())) {
            return refuse(from, "upstream redirects from https to http: " + to);
        }
        if (!host(to).equals(host(from)) && !trustedHosts.contains(host(to))) {
            return refuse(
                    from,
                    "upstream redirects to another host, " + host(to)
                            + "; if it is meant to, add it to the repository's trusted-hosts");
        }
        return follow(to, headers, seen);
    }

    private Mono<UpstreamResponse> ask(URI url, Map<String, String> headers) {
        return Mono.defer(() -> tryOnce(url, headers))
                .retryWhen(Retry.backoff(config.retriesMax(), RETRY_FIRST_BACKOFF)
                        .filter(UpstreamClient::worthAnotherTry)
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure()));
    }

    private Mono<UpstreamResponse> tryOnce(URI url, Map<String, String> headers) {
        UpstreamMeters.Call call = meters.ask(host(url));
        HttpClient client = trustedHosts.contains(host(url)) ? trusted : guarded;
        return client.headers(all -> headers.forEach(all::set))
                .get()
                .uri(url)
                .responseConnection(
                        (head, connection) -> Mono.just(new UpstreamResponse(url, head, connection, config, call)))
                .single()
                .onErrorMap(error -> Faults.translate(url, error, FailureKind.UPSTREAM_UNREACHABLE))
                .doOnError(error -> Faults.count(call, error))
                .doOnCancel(call::over);
    }

    /** Netty's own resolver, since the JDK's would block an event loop. */
    private static DnsAddressResolverGroup dns(LoopResources loops) {
        EventLoopGroup group = loops.onClient(true);
        return new DnsAddressResolverGroup(new DnsNameResolverBuilder()
                .datagramChannelFactory(() -> loops.onChannel(DatagramChannel.class, group)));
    }

    private static boolean worthAnotherTry(Throwable error) {
        return error instanceof FetchException e && e.kind() == FailureKind.UPSTREAM_UNREACHABLE;
    }

    private static boolean isRedirect(UpstreamResponse response) {
        int status = response.status();
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static boolean isHttp(URI url) {
        return ("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null;
    }

    private static String host(URI url) {
        return String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
    }

    private static Mono<UpstreamResponse> refuse(URI url, String why) {
        return Mono.error(new FetchException(FailureKind.REDIRECT_REFUSED, url + ": " + why));
    }
}
