package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** Listens, reads requests, finds who answers them, and has their replies written. */
public final class HttpFrontEnd implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpFrontEnd.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final int LOOKS_PER_TIMEOUT = 4;

    private final HttpConfig config;
    private final Routes routes;
    private final Supplier<View> view;
    private final Supplier<@Nullable String> unready;
    private final ReplyWriter writer = new ReplyWriter();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<DisposableServer> servers = new ArrayList<>();
    private @Nullable EventLoop overseer;
    private @Nullable Future<?> looks;

    /**
     * A front end that does not listen yet.
     *
     * @param view what requests see; asked once for each
     * @param unready why the server is not ready, null where it is
     */
    public HttpFrontEnd(HttpConfig config, Routes routes, Supplier<View> view, Supplier<@Nullable String> unready) {
        this.config = config;
        this.routes = routes;
        this.view = view;
        this.unready = unready;
    }

    /**
     * Listens at every configured address. Blocks until it does.
     *
     * @return the addresses, with the ports that were chosen where none was given
     * @throws StoreException BAD_REQUEST where an address can't be bound, and says which and why
     */
    public List<InetSocketAddress> listen(LoopResources loops) {
        long look = Math.max(
                1, shortest(config.idleTimeout(), config.writeProgressTimeout()).toMillis() / LOOKS_PER_TIMEOUT);
        EventLoop loop = loops.onServer(true).next();
        overseer = loop;
        looks = loop.scheduleAtFixedRate(() -> ConnectionWatch.look(channels), look, look, TimeUnit.MILLISECONDS);
        for (ListenAddress address : config.listen()) {
            try {
                servers.add(server(address, loops).bindNow());
            } catch (RuntimeException e) {
                close();
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "can't listen at " + address + ": " + reason(e)
                                + "; is another server there? Choose an address with --set listen=HOST:PORT",
                        e);
            }
        }
        return servers.stream().map(s -> (InetSocketAddress) s.address()).toList();
    }

    /** Stops listening, and waits for the replies under way. Blocks. */
    @Override
    public void close() {
        Future<?> looking = looks;
        if (looking != null) {
            looking.cancel(false);
        }
        EventLoop loop = overseer;
        Future<?> end = loop == null || servers.isEmpty()
                ? null
                : loop.schedule(this::cutOff, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        servers.forEach(server -> server.disposeNow(CLOSE_TIMEOUT.multipliedBy(2)));
        servers.clear();
        if (end != null) {
            end.cancel(false);
        }
    }

    /** Ends what is still under way, before anybody ends it cleanly in mid-body. */
    private void cutOff() {
        log.info("cutting off {} clients that are not done after {} s", channels.size(), CLOSE_TIMEOUT.toSeconds());
        channels.forEach(Abort::reset);
    }

    private HttpServer server(ListenAddress address, LoopResources loops) {
        return HttpServer.create()
                .bindAddress(address::toSocketAddress)
                .runOn(loops)
                .protocol(HttpProtocol.HTTP11)
                .channelGroup(channels)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .doOnChannelInit((observer, channel, remote) -> channel.pipeline()
                        .addAfter(
                                NettyPipeline.HttpCodec,
                                ConnectionWatch.NAME,
                                new ConnectionWatch(config.idleTimeout(), config.writeProgressTimeout())))
                .maxConnections(config.connectionsMax())
                .httpRequestDecoder(spec ->
                        spec.maxInitialLineLength(config.requestLineBytesMax()).maxHeaderSize(config.headerBytesMax()))
                .handle(this::handle);
    }

    private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        HttpMethod method = request.method();
        if (!HttpMethod.GET.equals(method) && !HttpMethod.HEAD.equals(method)) {
            response.header(Field.ALLOW, "GET, HEAD").keepAlive(false);
            return writer.text(request, response, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and HEAD");
        }
        String path = hosts(request) ? RequestPath.decode(request.uri()) : null;
        if (path == null) {
            response.keepAlive(false);
            return writer.text(request, response, HttpResponseStatus.BAD_REQUEST, "malformed request");
        }
        Routes.Match match = routes.match(path);
        return match == null ? own(path, request, response) : ask(match, request, response);
    }

    /** Whether there is exactly one Host field where there must be (RFC 9112 §3.2). */
    private static boolean hosts(HttpServerRequest request) {
        Iterator<? extends CharSequence> hosts =
                request.requestHeaders().valueCharSequenceIterator(HttpHeaderNames.HOST);
        if (!hosts.hasNext()) {
            return request.version().equals(HttpVersion.HTTP_1_0);
        }
        hosts.next();
        return !hosts.hasNext();
    }

    private Publisher<Void> ask(Routes.Match match, HttpServerRequest request, HttpServerResponse response) {
        View seen = view.get();
        if (!seen.tryRetain()) {
            return writer.write(
                    request, response, new Reply.Failed(FailureKind.SHUTTING_DOWN, "the server is closing"));
        }
        Mono<Reply> reply = match.format().handle(new Head(match.path(), request), seen);
        if (reply instanceof Fuseable.ScalarCallable<?> known) {
            // a hit never hops
            seen.release();
            return writer.write(request, response, known(known));
        }
        Channel[] channel = new Channel[1];
        response.withConnection(connection -> channel[0] = connection.channel());
        return reply.doFinally(signal -> seen.release())
                .onErrorResume(error -> Mono.just(fault(request, error)))
                .as(hopping -> LoopHop.to(channel[0].eventLoop(), hopping))
                .flatMap(known -> Mono.from(writer.write(request, response, known)));
    }

    private static Reply known(Fuseable.ScalarCallable<?> reply) {
        try {
            return (Reply) Objects.requireNonNull(reply.call());
        } catch (Exception e) {
            throw new IllegalStateException("a value that is known can be had", e);
        }
    }

    private static Reply fault(HttpServerRequest request, Throwable error) {
        if (error instanceof StoreException e) {
            return new Reply.Failed(e.kind(), String.valueOf(e.getMessage()));
        }
        log.error("answering {} failed by a fault of ours", request.uri(), error);
        return new Reply.Failed(FailureKind.INTERNAL, "a fault of ours");
    }

    private Publisher<Void> own(String path, HttpServerRequest request, HttpServerResponse response) {
        return switch (path) {
            case "/-/health/live" -> writer.text(request, response, HttpResponseStatus.OK, "alive");
            case "/-/health/ready" -> {
                String why = unready.get();
                yield why == null
                        ? writer.text(request, response, HttpResponseStatus.OK, "ready")
                        : writer.text(request, response, HttpResponseStatus.SERVICE_UNAVAILABLE, why);
            }
            default -> writer.text(request, response, HttpResponseStatus.NOT_FOUND, "there is nothing at " + path);
        };
    }

    private static Duration shortest(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /** A request as formats see it. */
    private record Head(String path, HttpServerRequest request) implements RequestHead {
        @Override
        public @Nullable String header(String name) {
            Iterator<String> values = request.requestHeaders().valueStringIterator(name);
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
