package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.metrics.UpstreamMeters;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.proxy.repo.UpstreamProxy.Through;
import dev.permafrost.proxy.repo.UpstreamTls;
import dev.permafrost.proxy.tls.CertificateFiles;
import dev.permafrost.proxy.tls.UpstreamTrust;
import dev.permafrost.store.model.FailureKind;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslContext;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.ProxyProvider;
import reactor.util.retry.Retry;

/**
 * Speaks to one upstream over pooled connections. Follows redirects by its own rules: at most so many, never to a URL seen
 * before, never from https to http, and to another host only where that is trusted. Hosts other than the upstream's own and
 * the trusted ones are reached at public addresses only. The login and the client's certificate are for the scheme, host and port of
 * the upstream's URL alone.
 */
public final class UpstreamClient implements AutoCloseable {
    private static final Duration RETRY_FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration EVICTION_INTERVAL = Duration.ofSeconds(10);
    private static final Logger log = LoggerFactory.getLogger(UpstreamClient.class);
    private static final int PENDING_PER_CONNECTION = 8;
    private static final String USER_AGENT = "permafrost";

    private final UpstreamConfig config;
    private final UpstreamMeters meters;
    private final Set<String> trustedHosts;
    private final String repository;
    private final Origin home;
    private final Login login;
    private final Proxies proxies;
    private final LoopResources loops;
    private final DnsAddressResolverGroup dns;
    private final ConnectionProvider pool;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final HttpClient plain;
    private final HttpClient secureAtHome;
    private final HttpClient secureElsewhere;
    private final Map<Way, HttpClient> ways = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * How a URL is reached.
     *
     * @param isHome whether it is of the upstream's own origin
     * @param trusted whether its host may be at a private address
     * @param secure whether by TLS
     * @param proxy null for none
     */
    private record Way(
            boolean isHome,
            boolean trusted,
            boolean secure,
            @Nullable Through proxy) {}

    /**
     * A client for one upstream. Blocks while it reads the files of logins and certificates.
     *
     * @param repository whose upstream it is
     * @param environment where proxies and secrets may be
     * @param blocking where files are read again
     * @param loops where connections live
     * @param meters where tries are counted
     * @throws dev.permafrost.store.model.StoreException BAD_REQUEST where a login, a certificate or a proxy can't be used; it names the
     *     key and the remedy
     * @throws IllegalArgumentException where the repository has no upstream
     */
    public UpstreamClient(
            UpstreamConfig config,
            RepositoryConfig repository,
            Map<String, String> environment,
            Executor blocking,
            LoopResources loops,
            UpstreamMeters meters) {
        List<URI> urls = repository.upstreams();
        if (urls.isEmpty()) {
            throw new IllegalArgumentException(repository.name() + " has no upstream");
        }
        URI url = urls.get(0);
        this.config = config;
        this.meters = meters;
        this.repository = repository.name();
        this.home = Origin.of(url);
        this.trustedHosts = new HashSet<>(repository.trustedHosts());
        urls.forEach(one -> trustedHosts.add(Origin.of(one).host()));
        this.login = Login.of(this.repository, repository.upstreamAuth(), home.host(), environment, blocking);
        this.proxies = Proxies.of(this.repository, repository.proxy(), environment);
        UpstreamTrust trust = new UpstreamTrust("repositories." + this.repository + ".upstream-tls");
        UpstreamTls tls = repository.upstreamTls();
        SslContext tlsElsewhere = trust.context(null, tls.ca(), tls.systemCa());
        SslContext tlsAtHome = tls.certificate() == null || tls.key() == null
                ? tlsElsewhere
                : trust.context(
                        new CertificateFiles(tls.certificate(), tls.key(), tls.passphraseFile()),
                        tls.ca(),
                        tls.systemCa());
        if (login.isGiven() && home.scheme().equals("http") && !PublicAddresses.isLoopback(home.host())) {
            log.warn(
                    "the login of repository {} can be read on its way to {}, which is not encrypted; write https:// in"
                            + " repositories.{}.upstream if it can do that",
                    this.repository,
                    url,
                    this.repository);
        }
        this.pool = ConnectionProvider.builder("upstream")
                .maxConnections(config.connectionsMax())
                // The flights bound how many wait, and have deadlines of their own.
                .pendingAcquireTimeout(Duration.ofMillis(-1))
                .pendingAcquireMaxCount(config.connectionsMax() * PENDING_PER_CONNECTION)
                .maxIdleTime(config.idleTimeout())
                .evictInBackground(EVICTION_INTERVAL)
                .lifo()
                .build();
        this.plain = HttpClient.create(pool)
                .runOn(loops)
                .compress(false)
                .followRedirect(false)
                .responseTimeout(config.progressTimeout())
                .doOnConnected(connection -> connections.add(connection.channel()))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        config.connectTimeout().toMillis())
                .httpResponseDecoder(spec -> spec.maxHeaderSize(config.headerBytesMax()))
                .headers(headers -> headers.set(HttpHeaderNames.USER_AGENT, USER_AGENT));
        // secure() without more reads the system's roots, which an event loop would otherwise do at the first https URL
        HttpClient secure = plain.secure();
        this.secureAtHome = secure.secure(spec -> spec.sslContext(tlsAtHome));
        this.secureElsewhere = secure.secure(spec -> spec.sslContext(tlsElsewhere));
        this.loops = loops;
        this.dns = dns(loops);
    }

    /**
     * Asks for a URL with these header fields, and follows redirects. A try that fails before the head of an answer is here
     * is repeated, up to {@code upstream.retries-max} times.
     *
     * @return the answer, whatever its status but a redirect; errs with a {@link FetchException}
     */
    public Mono<UpstreamResponse> get(URI url, Map<String, String> headers) {
        return Mono.defer(() -> closed
                ? Mono.error(
                        new FetchException(FailureKind.SHUTTING_DOWN, ShownUrl.of(url) + ": the server is closing"))
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
        if (to.getRawUserInfo() != null) {
            return refuse(from, "upstream redirects to a URL with a user in it, which is not plain http or https");
        }
        if (!isHttp(to)) {
            return refuse(from, "upstream redirects to a URL that is not plain http or https: " + ShownUrl.of(to));
        }
        if ("https".equals(from.getScheme()) && !"https".equals(to.getScheme())) {
            return refuse(from, "upstream redirects from https to http: " + ShownUrl.of(to));
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
        if (url.getHost() == null) {
            return refuse(url, "upstream leads to what is no host");
        }
        Way way = way(url);
        Through proxy = way.proxy;
        if (proxy != null && !way.trusted && !PublicAddresses.isPublicName(PublicAddresses.bare(host(url)))) {
            return Mono.error(PublicAddresses.refusal(host(url)));
        }
        if (!way.isHome || !login.isGiven()) {
            return send(url, way, headers);
        }
        return login.field().flatMap(field -> {
            Map<String, String> all = new HashMap<>(headers);
            all.put(HttpHeaderNames.AUTHORIZATION.toString(), field);
            return send(url, way, all);
        });
    }

    private Mono<UpstreamResponse> send(URI url, Way way, Map<String, String> headers) {
        UpstreamMeters.Call call = meters.ask(host(url));
        return ways.computeIfAbsent(way, this::client)
                .headers(all -> headers.forEach(all::set))
                .get()
                .uri(url)
                .responseConnection((head, connection) ->
                        Mono.just(new UpstreamResponse(url, head, connection, config, call, refusals(url, way))))
                .single()
                .onErrorMap(error -> Faults.translate(url, error, FailureKind.UPSTREAM_UNREACHABLE, refusals(url, way)))
                .doOnError(error -> Faults.count(call, error))
                .doOnCancel(call::over);
    }

    private Way way(URI url) {
        Origin origin = Origin.of(url);
        return new Way(
                origin.equals(home),
                trustedHosts.contains(origin.host()),
                origin.scheme().equals("https"),
                proxies.of(url));
    }

    private Refusals refusals(URI url, Way way) {
        return new Refusals(repository, host(url), way.isHome, login.isGiven(), way.proxy);
    }

    private HttpClient client(Way way) {
        HttpClient client = !way.secure ? plain : way.isHome ? secureAtHome : secureElsewhere;
        Through proxy = way.proxy;
        if (proxy == null) {
            return way.trusted ? client : client.resolver(new PublicAddresses(dns));
        }
        if (!way.secure) {
            return client.resolver(new ProxyAddress(dns, proxy))
                    .doOnConnected(connection -> connection.addHandlerLast(new AbsoluteRequests(proxy)));
        }
        // the proxy finds out where a host is; where it is itself, must not be asked of a resolver that blocks
        return client.resolver(NoopAddressResolverGroup.INSTANCE)
                .proxyWhen((connecting, spec) -> ProxyAddress.resolved(
                                dns, loops.onClient(true).next(), proxy)
                        .map(at -> tunnel(spec, at, proxy)));
    }

    private ProxyProvider.Builder tunnel(ProxyProvider.TypeSpec spec, InetSocketAddress at, Through proxy) {
        ProxyProvider.Builder tunnel = spec.type(ProxyProvider.Proxy.HTTP)
                .socketAddress(at)
                .connectTimeoutMillis(config.connectTimeout().toMillis());
        return proxy.user().isEmpty()
                ? tunnel
                : tunnel.username(proxy.user())
                        .password(user -> proxy.password().reveal());
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
        return Origin.hostOf(url);
    }

    private static Mono<UpstreamResponse> refuse(URI url, String why) {
        return Mono.error(new FetchException(FailureKind.REDIRECT_REFUSED, ShownUrl.of(url) + ": " + why));
    }
}
