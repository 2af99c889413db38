package dev.permafrost.proxy.http;

import dev.permafrost.proxy.access.Action;
import dev.permafrost.proxy.access.Guard;
import dev.permafrost.proxy.accesslog.AccessEntry;
import dev.permafrost.proxy.accesslog.AccessLog;
import dev.permafrost.proxy.metrics.HttpMeters;
import dev.permafrost.proxy.metrics.RequestMeters;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.tls.TlsContexts;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SniHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** Listens, reads requests, finds who answers them, and has their replies written. */
public final class HttpFrontEnd implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpFrontEnd.class);
    /** How often connections are looked at while the server ends. */
    private static final Duration DRAIN_LOOK = Duration.ofMillis(100);
    /** How long those have to begin that have not said anything yet when the server ends. */
    private static final Duration HANDSHAKE_GRACE = Duration.ofSeconds(2);

    private static final Duration RESET_TIMEOUT = Duration.ofSeconds(10);
    private static final long WARN_EVERY_NANOS = Duration.ofMinutes(1).toNanos();
    /** Most bytes read of a connection at a time: what bounds how many pipelined requests can wait for their turn. */
    private static final int READ_BYTES_MAX = 8 << 10;

    private static final int READ_BYTES_TYPICAL = 1 << 10;
    /** Longest first message of a TLS client; those with post-quantum keys have 2 KiB. */
    private static final int HELLO_BYTES_MAX = 16 << 10;

    /** What nginx writes where the client has left before there was an answer. */
    private static final int CLIENT_LEFT = 499;

    private static final int LOOKS_PER_TIMEOUT = 4;
    private static final String CONNECTION = "permafrost.connection";

    private final HttpConfig config;
    private final @Nullable Routes routes;
    private final Map<String, Guard> guards;
    private final @Nullable TlsContexts certificates;
    private final Map<String, OwnPage> ownPages;
    private final Map<String, OwnAnswer> ownAnswers;
    private final @Nullable AccessLog accessLog;
    private final @Nullable HttpMeters meters;
    /** Where requests are counted, by who answers them. */
    private final IdentityHashMap<Format, RequestMeters> requestMeters = new IdentityHashMap<>();
    /** Made once, not for each request. */
    private final Consumer<Exchange> ended = this::ended;

    /** The configuration's name for where it listens. */
    private final String listenKey;

    private final Supplier<View> view;
    private final Supplier<@Nullable String> unready;
    private final ReplyWriter writer = new ReplyWriter();
    private final Gate gate = new Gate(writer);
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Channel> listeners = new ArrayList<>();
    private final RefusalCounts refusals = new RefusalCounts();
    private final CopiesUnderWay copies = new CopiesUnderWay();
    private final ConnectionsByAddress byAddress;
    private final AtomicLong warnedNanos = new AtomicLong(System.nanoTime() - WARN_EVERY_NANOS);
    /** It listens at all its addresses. */
    private volatile boolean listening;
    /** It has stopped listening, and lets nobody in any more. */
    private volatile boolean closing;

    private @Nullable Future<?> looks;
    private @Nullable LoopDelay loopDelay;

    /**
     * A front end for clients, that does not listen yet.
     *
     * @param guards of those repositories that are not open to everybody, by their names
     * @param certificates for the listeners that are encrypted; null where none is
     * @param ownPages pages of the server's own, by their path below {@code /-/}
     * @param accessLog where answers are told of; null for nowhere
     * @param meters where they are counted
     * @param view what requests see; asked once for each
     * @param unready why the server is not ready, null where it is
     */
    public HttpFrontEnd(
            HttpConfig config,
            Routes routes,
            Map<String, Guard> guards,
            @Nullable TlsContexts certificates,
            Map<String, OwnPage> ownPages,
            @Nullable AccessLog accessLog,
            HttpMeters meters,
            Supplier<View> view,
            Supplier<@Nullable String> unready) {
        this(config, routes, guards, certificates, ownPages, Map.of(), accessLog, meters, "listen", view, unready);
        routes.repositories().forEach((name, format) -> requestMeters.put(format, meters.repository(name)));
        meters.openConnections(channels::size);
    }

    /**
     * A front end for the operator, that does not listen yet: it has health and these pages, and nothing of any repository. What
     * it answers is neither logged nor counted.
     */
    public static HttpFrontEnd admin(
            HttpConfig config, Map<String, OwnAnswer> ownAnswers, Supplier<@Nullable String> unready) {
        return new HttpFrontEnd(
                config,
                null,
                Map.of(),
                null,
                Map.of(),
                ownAnswers,
                null,
                null,
                "admin",
                () -> {
                    throw new IllegalStateException("no route leads to a repository");
                },
                unready);
    }

    private HttpFrontEnd(
            HttpConfig config,
            @Nullable Routes routes,
            Map<String, Guard> guards,
            @Nullable TlsContexts certificates,
            Map<String, OwnPage> ownPages,
            Map<String, OwnAnswer> ownAnswers,
            @Nullable AccessLog accessLog,
            @Nullable HttpMeters meters,
            String listenKey,
            Supplier<View> view,
            Supplier<@Nullable String> unready) {
        this.config = config;
        this.byAddress = new ConnectionsByAddress(config.connectionsPerAddressMax(), config.trustedProxies());
        this.routes = routes;
        this.guards = Map.copyOf(guards);
        this.certificates = certificates;
        this.accessLog = accessLog;
        this.ownPages = Map.copyOf(ownPages);
        this.ownAnswers = Map.copyOf(ownAnswers);
        this.meters = meters;
        this.listenKey = listenKey;
        this.view = view;
        this.unready = unready;
    }

    /**
     * Listens at every configured address. Blocks until it does.
     *
     * @return the addresses in the order of the listeners, with the ports that were chosen where none was given
     * @throws StoreException BAD_REQUEST where an address can't be bound, and says which and why
     */
    public List<SocketAddress> listen(LoopResources loops) {
        EventLoopGroup group = loops.onServer(true);
        long look = Math.max(
                1,
                shortest(config.writeSlowWindow(), shortest(config.idleTimeout(), config.writeProgressTimeout()))
                                .toMillis()
                        / LOOKS_PER_TIMEOUT);
        looks = group.next().scheduleAtFixedRate(this::look, look, look, TimeUnit.MILLISECONDS);
        if (meters != null) {
            loopDelay = LoopDelay.of(group, meters);
        }
        ServerSockets sockets = new ServerSockets(loops, listenKey);
        try {
            for (Listener listener : config.listen()) {
                listeners.add(sockets.bind(server(loops, listener), listener.address()));
            }
        } catch (StoreException e) {
            close();
            throw e;
        }
        listening = true;
        return listeners.stream().map(Channel::localAddress).toList();
    }

    private ServerBootstrap server(LoopResources loops, Listener listener) {
        return new ServerBootstrap()
                .group(loops.onServerSelect(true), loops.onServer(true))
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(READ_BYTES_TYPICAL / 2, READ_BYTES_TYPICAL, READ_BYTES_MAX))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel, listener.tls());
                    }
                });
    }

    /** Takes in a connection that a listener has accepted. On its event loop. */
    void accept(Channel channel, boolean encrypted) {
        channels.add(channel);
        if (closing) {
            // accepted before its listener was closed, and registered after the others have been told
            var unused = channel.close();
            return;
        }
        if (channels.size() > config.connectionsMax()) {
            refuse(channel, Refusal.CONNECTIONS_MAX);
            return;
        }
        if (!byAddress.enter(channel)) {
            refuse(channel, Refusal.CONNECTIONS_PER_ADDRESS_MAX);
            return;
        }
        if (meters != null) {
            meters.accepted();
        }
        if (encrypted) {
            channel.pipeline()
                    .addLast(new SniHandler(
                            Objects.requireNonNull(certificates),
                            HELLO_BYTES_MAX,
                            config.idleTimeout().toMillis()))
                    .addLast(new ProtocolChoice(this::speak, this::handshook));
        } else {
            speak(channel, ApplicationProtocolNames.HTTP_1_1);
        }
    }

    private void handshook(boolean done) {
        if (meters != null) {
            meters.handshake(done);
        }
    }

    private void refuse(Channel channel, Refusal why) {
        refusals.count(why);
        long now = System.nanoTime();
        long warned = warnedNanos.get();
        if (now - warned >= WARN_EVERY_NANOS && warnedNanos.compareAndSet(warned, now)) {
            log.warn(
                    "{} is refused: there are {} connections (http.connections-max: {}, http.connections-per-address-max:"
                            + " {}); further ones are counted, and said at most once a minute",
                    channel.remoteAddress(),
                    channels.size(),
                    config.connectionsMax(),
                    config.connectionsPerAddressMax());
        }
        var unused = channel.close();
    }

    /** How many clients have been sent away for that reason. */
    public long refused(Refusal why) {
        return refusals.of(why);
    }

    /** Has requests read in that version of HTTP from now on. */
    private void speak(Channel channel, String protocol) {
        TlsRecords.suit(channel, protocol);
        if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
            channel.pipeline().addLast(CONNECTION, Http2Connection.of(channel, config, refusals, copies, this::handle));
            return;
        }
        channel.pipeline()
                .addLast(new RequestDecoder(new HttpDecoderConfig()
                        .setMaxInitialLineLength(config.requestLineBytesMax())
                        .setMaxHeaderSize(config.headerBytesMax())))
                .addLast(CONNECTION, new Http1Connection(channel, config, refusals, copies, this::handle));
    }

    private void look() {
        each((channel, connection) -> {
            // one that is still at its handshake has a time-out of its own
            if (connection != null) {
                connection.look(System.nanoTime());
            }
        });
    }

    /** Does something with every connection, on its event loop. */
    private void each(BiConsumer<Channel, @Nullable Connection> action) {
        for (Channel channel : channels) {
            channel.eventLoop().execute(() -> {
                Connection connection = (Connection) channel.pipeline().get(CONNECTION);
                action.accept(channel, connection);
            });
        }
    }

    /**
     * Ends in order: says that it is not ready while it still serves, stops listening, answers what has been asked, with word that
     * there is no more to come, and cuts off what is not done in time. Blocks.
     */
    @Override
    public void close() {
        // the operator's listener ends last, when the clients' has waited
        if (routes != null && listening && !config.shutdownDelay().isZero()) {
            log.info(
                    "stopping: not ready from now on, and still serving for {} s",
                    config.shutdownDelay().toSeconds());
            sleep(config.shutdownDelay());
        }
        listeners.forEach(listener -> listener.close().awaitUninterruptibly());
        listeners.clear();
        listening = false;
        closing = true;
        long begun = System.nanoTime();
        while (!channels.isEmpty()
                && System.nanoTime() - begun < config.shutdownTimeout().toNanos()) {
            drain(begun);
            channels.newCloseFuture().awaitUninterruptibly(DRAIN_LOOK.toMillis());
        }
        if (!channels.isEmpty()) {
            log.info(
                    "cutting off {} clients that are not done after {} s (http.shutdown-timeout)",
                    channels.size(),
                    config.shutdownTimeout().toSeconds());
            each((channel, connection) -> Abort.reset(channel));
            channels.newCloseFuture().awaitUninterruptibly(RESET_TIMEOUT.toMillis());
        }
        Future<?> looking = looks;
        if (looking != null) {
            looking.cancel(false);
        }
        if (loopDelay != null) {
            loopDelay.close();
        }
    }

    /**
     * The longest that {@link #close} takes of a front end for clients and one for the operator, one after the other; what is
     * configured, and some seconds.
     */
    public static Duration closesWithin(HttpConfig config) {
        return config.shutdownDelay()
                .plus(config.shutdownTimeout().plus(RESET_TIMEOUT).multipliedBy(2));
    }

    private void drain(long begun) {
        each((channel, connection) -> {
            long now = System.nanoTime();
            if (connection != null) {
                connection.drain(now);
            } else if (now - begun >= HANDSHAKE_GRACE.toNanos()) {
                var unused = channel.close();
            }
        });
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void handle(Exchange exchange) {
        exchange.onEnd(ended);
        HttpRequest request = exchange.request();
        if (request.decoderResult().isFailure()) {
            malformed(exchange, request.decoderResult().cause());
            return;
        }
        if (request.protocolVersion().majorVersion() != exchange.majorVersion()) {
            writer.text(exchange.close(), HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.0 and HTTP/1.1");
            return;
        }
        if (request.headers().size() > config.headersMax()) {
            writer.text(
                    exchange.close(),
                    HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    "more than " + config.headersMax() + " header fields");
            return;
        }
        String decoded = hosts(request) ? RequestPath.decode(request.uri()) : null;
        if (decoded != null && exchange.peer().trusted()) {
            exchange.forwarded(Forwarded.of(request.headers(), config.trustedProxies()));
        }
        String path = decoded == null || config.pathPrefix().isEmpty() ? decoded : belowPrefix(exchange, decoded);
        if (path != null && path.isEmpty()) {
            return;
        }
        Routes.Match match =
                path == null || routes == null ? null : routes.match(routes.byHost() ? exchange.host() : null, path);
        Guard guard = match == null ? null : guards.get(match.repository());
        if (match != null && guard != null) {
            exchange.repository(match.repository());
            Action action = reads(request) ? Action.READ : Action.WRITE;
            gate.ask(match.repository(), guard, action, exchange, () -> answer(path, match, exchange));
        } else {
            answer(path, match, exchange);
        }
    }

    private static boolean reads(HttpRequest request) {
        HttpMethod method = request.method();
        return HttpMethod.GET.equals(method) || HttpMethod.HEAD.equals(method);
    }

    /**
     * Answers a request that may be answered.
     *
     * @param path null where it is malformed
     * @param match null where no repository answers
     */
    private void answer(@Nullable String path, Routes.@Nullable Match match, Exchange exchange) {
        if (!reads(exchange.request())) {
            exchange.close().head().add(Field.ALLOW, "GET, HEAD");
            writer.text(exchange, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and HEAD");
        } else if (path == null) {
            writer.text(exchange.close(), HttpResponseStatus.BAD_REQUEST, "malformed request");
        } else if (match == null) {
            own(path, exchange);
        } else {
            ask(match, exchange);
        }
    }

    /** The path without the configured prefix, "" where the answer has been sent. */
    private String belowPrefix(Exchange exchange, String path) {
        String prefix = config.pathPrefix();
        if (path.equals(prefix)) {
            // links relative to it must lead below it
            writer.write(exchange, new Reply.Redirect(prefix.substring(prefix.lastIndexOf('/') + 1) + "/"));
            return "";
        }
        boolean below = path.startsWith(prefix) && path.charAt(prefix.length()) == '/';
        if (below || (exchange.peer().trusted() && exchange.prefix().isEmpty())) {
            // a proxy that takes the prefix off need not say so
            exchange.prefix(prefix);
        }
        return below ? path.substring(prefix.length()) : path;
    }

    private void malformed(Exchange exchange, Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            writer.text(exchange.close(), HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
        } else if (cause instanceof TooLongHttpHeaderException) {
            writer.text(
                    exchange.close(),
                    HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    "the header fields are too long");
        } else {
            writer.text(exchange.close(), HttpResponseStatus.BAD_REQUEST, "malformed request");
        }
    }

    /**
     * Whether it is clear which host is asked: exactly one Host field where there must be (RFC 9112 §3.2), of which nothing can be
     * taken for anything else. A target in absolute form goes over the field (§3.2.2), and takes its place.
     */
    private static boolean hosts(HttpRequest request) {
        HttpHeaders fields = request.headers();
        Iterator<? extends CharSequence> hosts = fields.valueCharSequenceIterator(HttpHeaderNames.HOST);
        if (!hosts.hasNext()) {
            if (!request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
                return false;
            }
        } else if (!RequestPath.isAuthority(hosts.next()) || hosts.hasNext()) {
            return false;
        }
        String target = request.uri();
        if (!target.startsWith("/")) {
            String authority = RequestPath.authority(target);
            if (authority == null || authority.isEmpty() || !RequestPath.isAuthority(authority)) {
                return false;
            }
            fields.set(HttpHeaderNames.HOST, authority);
        }
        return true;
    }

    /** It is over: counts it, and tells the log. */
    @SuppressWarnings("EnumOrdinal") // cells are found by index, so that counting costs no look-up
    private void ended(Exchange exchange) {
        if (meters != null) {
            RequestMeters asked = exchange.meters();
            CacheOutcome outcome = exchange.outcome();
            meters.ended(
                    asked == null ? meters.elsewhere() : asked,
                    exchange.kind().ordinal(),
                    exchange.answering() ? exchange.status().code() : CLIENT_LEFT,
                    outcome == null ? -1 : outcome.ordinal(),
                    System.nanoTime() - exchange.startedNanos(),
                    exchange.origin().ordinal(),
                    exchange.bodyBytes());
        }
        if (accessLog != null) {
            log(exchange);
        }
    }

    private void log(Exchange exchange) {
        HttpRequest request = exchange.request();
        HttpHeaders fields = request.headers();
        CacheOutcome outcome = exchange.outcome();
        Objects.requireNonNull(accessLog)
                .record(new AccessEntry(
                        System.currentTimeMillis(),
                        System.nanoTime() - exchange.startedNanos(),
                        exchange.client(),
                        exchange.peer().subject(),
                        exchange.user(),
                        request.method().name(),
                        request.uri(),
                        request.protocolVersion().text(),
                        exchange.answering() ? exchange.status().code() : CLIENT_LEFT,
                        exchange.bodyBytes(),
                        exchange.host(),
                        fields.get(HttpHeaderNames.REFERER),
                        fields.get(HttpHeaderNames.USER_AGENT),
                        exchange.repository(),
                        outcome == null ? null : outcome.word()));
    }

    private void ask(Routes.Match match, Exchange exchange) {
        exchange.repository(match.repository());
        exchange.meters(requestMeters.get(match.format()));
        exchange.kind(match.format().kind(match.path()));
        View seen = view.get();
        if (!seen.tryRetain()) {
            writer.write(exchange, new Reply.Failed(FailureKind.SHUTTING_DOWN, "the server is closing"));
            return;
        }
        Mono<Reply> reply;
        try {
            reply = match.format().handle(new Head(match.path(), exchange.request()), seen);
        } catch (RuntimeException e) {
            reply = Mono.just(fault(exchange.request(), e));
        }
        if (reply instanceof Fuseable.ScalarCallable<?> known) {
            // a hit never hops
            seen.release();
            writer.write(exchange, known(known));
            return;
        }
        hop(exchange, reply.doFinally(signal -> seen.release()));
    }

    /** Writes a reply that is worked for elsewhere. */
    private void hop(Exchange exchange, Mono<Reply> reply) {
        LoopHop hop = LoopHop.to(
                exchange.loop(),
                reply.onErrorResume(error -> Mono.just(fault(exchange.request(), error))),
                found -> exchange.orAbort(() -> writer.write(exchange, found)));
        exchange.onLeave(hop::leave);
    }

    private static Reply known(Fuseable.ScalarCallable<?> reply) {
        try {
            return (Reply) Objects.requireNonNull(reply.call());
        } catch (Exception e) {
            throw new IllegalStateException("a value that is known can be had", e);
        }
    }

    private static Reply fault(HttpRequest request, Throwable error) {
        if (error instanceof StoreException e) {
            return new Reply.Failed(e.kind(), String.valueOf(e.getMessage()));
        }
        log.error("answering {} failed by a fault of ours", request.uri(), error);
        return new Reply.Failed(FailureKind.INTERNAL, "a fault of ours");
    }

    private void own(String path, Exchange exchange) {
        exchange.kind(RequestKind.OWN);
        switch (path) {
            case "/-/health/live" -> writer.text(exchange, HttpResponseStatus.OK, "alive");
            case "/-/health/ready" -> {
                String why = unready.get();
                writer.text(
                        exchange,
                        why == null ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                        why == null ? "ready" : why);
            }
            default -> {
                OwnPage page = ownPages.get(path);
                OwnAnswer answer = ownAnswers.get(path);
                if (answer != null) {
                    hop(exchange, answer.answer(exchange.request().headers().get(HttpHeaderNames.ACCEPT)));
                } else if (page == null) {
                    writer.text(exchange, HttpResponseStatus.NOT_FOUND, "there is nothing at " + path);
                } else {
                    writer.own(exchange, page.contentType(), page.body().apply(base(exchange)));
                }
            }
        }
    }

    /** The URL by which the client knows this server. */
    private static String base(Exchange exchange) {
        String asked = exchange.host();
        // it becomes part of texts that programs read
        String host = asked == null ? null : Forwarded.host(asked);
        return (exchange.https() ? "https://" : "http://") + (host == null ? "localhost" : host) + exchange.prefix()
                + "/";
    }

    private static Duration shortest(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    /** A request as formats see it. */
    private record Head(String path, HttpRequest request) implements RequestHead {
        @Override
        public @Nullable String header(String name) {
            Iterator<String> values = request.headers().valueStringIterator(name);
            if (!values.hasNext()) {
                return null;
            }
            String value = values.next();
            while (values.hasNext()) {
                value += ", " + values.next();
            }
            return value;
        }
    }
}
