package dev.permafrost.proxy.http;

import dev.permafrost.proxy.metrics.HttpMeters;
import dev.permafrost.proxy.tls.TlsContexts;
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
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SniHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

/** Listens, takes in connections and keeps them in bounds, and ends them in order; what they ask is for a handler. */
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

    private static final int LOOKS_PER_TIMEOUT = 4;
    private static final String CONNECTION = "permafrost.connection";

    private final HttpConfig config;
    private final RequestHandler requests;
    private final @Nullable TlsContexts certificates;
    /** Where connections are counted; null for the operator's. */
    private final @Nullable HttpMeters meters;
    /** The configuration's name for where it listens. */
    private final String listenKey;

    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Channel> listeners = new ArrayList<>();
    private final RefusalCounts refusals = new RefusalCounts();
    private final FileTraffic files;
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
     * @param certificates for the listeners that are encrypted; null where none is
     * @param meters where connections are counted
     * @param disk where what may have to wait for the disk is read; throws a {@link StoreException} where it takes no more
     * @param diskReadsAtOnceMax how much of that at once
     */
    public HttpFrontEnd(
            HttpConfig config,
            RequestHandler requests,
            @Nullable TlsContexts certificates,
            HttpMeters meters,
            Executor disk,
            int diskReadsAtOnceMax) {
        this(config, requests, certificates, meters, "listen", new FileTraffic(disk, diskReadsAtOnceMax));
        meters.openConnections(channels::size);
    }

    /**
     * A front end for the operator, that does not listen yet: it has health and these pages, and nothing of any repository. What
     * it answers is neither logged nor counted.
     */
    public static HttpFrontEnd admin(
            HttpConfig config, Map<String, OwnAnswer> ownAnswers, Supplier<@Nullable String> unready) {
        // none of its answers is a file
        FileTraffic files = new FileTraffic(Runnable::run, 1);
        return new HttpFrontEnd(config, RequestHandler.admin(config, ownAnswers, unready), null, null, "admin", files);
    }

    HttpFrontEnd(
            HttpConfig config,
            RequestHandler requests,
            @Nullable TlsContexts certificates,
            @Nullable HttpMeters meters,
            String listenKey,
            FileTraffic files) {
        this.files = files;
        this.config = config;
        this.byAddress = new ConnectionsByAddress(config.connectionsPerAddressMax(), config.trustedProxies());
        this.requests = requests;
        this.certificates = certificates;
        this.meters = meters;
        this.listenKey = listenKey;
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
                // a TLS client that ends its side ends the connection: that is all that engines know
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, !listener.tls())
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
            channel.pipeline()
                    .addLast(CONNECTION, Http2Connection.of(channel, config, refusals, files, requests::handle));
            return;
        }
        channel.pipeline()
                .addLast(new RequestDecoder(new HttpDecoderConfig()
                        .setMaxInitialLineLength(config.requestLineBytesMax())
                        .setMaxHeaderSize(config.headerBytesMax())))
                .addLast(CONNECTION, new Http1Connection(channel, config, refusals, files, requests::handle));
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
        if (meters != null && listening && !config.shutdownDelay().isZero()) {
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

    private static Duration shortest(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
