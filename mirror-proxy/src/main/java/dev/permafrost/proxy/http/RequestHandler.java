package dev.permafrost.proxy.http;

import dev.permafrost.proxy.access.Action;
import dev.permafrost.proxy.accesslog.AccessEntry;
import dev.permafrost.proxy.accesslog.AccessLog;
import dev.permafrost.proxy.metrics.HttpMeters;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Misses;
import dev.permafrost.proxy.repo.Posting;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;

/**
 * Finds who answers a request, has the reply written, and has it counted and logged when it is over. Used on the event loops of
 * the connections.
 */
public final class RequestHandler {
    private static final Logger log = LoggerFactory.getLogger(RequestHandler.class);

    private static final String FORM = "multipart/form-data";

    /** What nginx writes where the client has left before there was an answer. */
    private static final int CLIENT_LEFT = 499;

    private final HttpConfig config;
    private final @Nullable Routes routes;
    private final Map<String, OwnPage> ownPages;
    private final Map<String, OwnAnswer> ownAnswers;
    private final @Nullable AccessLog accessLog;
    private final @Nullable HttpMeters meters;
    private final Supplier<View> view;
    private final Supplier<@Nullable String> unready;
    private final Misses misses;
    private final ReplyWriter writer = new ReplyWriter();
    private final Gate gate = new Gate(writer);
    /** Made once, not for each request. */
    private final Consumer<Exchange> ended = this::ended;

    /** A handler of the operator's requests, for these and for health, which are neither logged nor counted. */
    static RequestHandler admin(
            HttpConfig config, Map<String, OwnAnswer> ownAnswers, Supplier<@Nullable String> unready) {
        return new RequestHandler(
                config,
                null,
                Map.of(),
                ownAnswers,
                null,
                null,
                () -> {
                    throw new IllegalStateException("no route leads to a repository");
                },
                unready,
                (repository, what, client) -> {});
    }

    /**
     * A handler of clients' requests.
     *
     * @param routes null where no repository is served
     * @param ownPages pages of the server's own, by their path below {@code /-/}
     * @param ownAnswers the same of those that take work
     * @param accessLog where answers are told of; null for nowhere
     * @param meters where they are counted; null for nowhere
     * @param view what requests see; asked once for each
     * @param unready why the server is not ready, null where it is
     * @param misses is told of what is asked for in vain where nothing is fetched
     */
    public RequestHandler(
            HttpConfig config,
            @Nullable Routes routes,
            Map<String, OwnPage> ownPages,
            Map<String, OwnAnswer> ownAnswers,
            @Nullable AccessLog accessLog,
            @Nullable HttpMeters meters,
            Supplier<View> view,
            Supplier<@Nullable String> unready,
            Misses misses) {
        this.config = config;
        this.routes = routes;
        this.ownPages = Map.copyOf(ownPages);
        this.ownAnswers = Map.copyOf(ownAnswers);
        this.accessLog = accessLog;
        this.meters = meters;
        this.view = view;
        this.unready = unready;
        this.misses = misses;
    }

    /** Answers a request. On its event loop. */
    void handle(Exchange exchange) {
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
        if (match != null) {
            exchange.mount(match.mount());
        }
        Posting posting = match == null ? null : posting(match, request);
        if (match != null && match.mount().guard() != null) {
            Action action = reads(request) || posting == Posting.ASKS ? Action.READ : Action.WRITE;
            gate.ask(match.mount(), action, exchange, () -> answer(path, match, posting, exchange));
        } else {
            answer(path, match, posting, exchange);
        }
    }

    /** What a request does that is a POST to a route that takes it; null for any other. */
    private static @Nullable Posting posting(Routes.Match match, HttpRequest request) {
        return HttpMethod.POST.equals(request.method())
                ? match.mount().format().posting(match.path(), request.headers().get(HttpHeaderNames.CONTENT_TYPE))
                : null;
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
     * @param posting null where it is no POST that a repository takes
     */
    private void answer(
            @Nullable String path, Routes.@Nullable Match match, @Nullable Posting posting, Exchange exchange) {
        if (path != null && match != null && posting != null) {
            IncomingBody body = exchange.body();
            if (body == null) {
                writer.text(exchange, HttpResponseStatus.BAD_REQUEST, "a POST without a body");
            } else {
                ask(match, exchange, (format, view) -> format.post(new Head(path, match, exchange), body, view));
            }
        } else if (path != null && match != null && writes(match, exchange.request())) {
            write(path, match, exchange);
        } else if (!reads(exchange.request())) {
            notAllowed(match, exchange);
        } else if (path == null) {
            writer.text(exchange.close(), HttpResponseStatus.BAD_REQUEST, "malformed request");
        } else if (match == null) {
            own(path, exchange);
        } else {
            ask(match, exchange, (format, view) -> format.handle(new Head(path, match, exchange), view));
        }
    }

    /** Whether it puts or deletes a file where that can be. */
    private static boolean writes(Routes.Match match, HttpRequest request) {
        HttpMethod method = request.method();
        return (HttpMethod.PUT.equals(method) || HttpMethod.DELETE.equals(method))
                && match.mount().format().isWritable(match.path());
    }

    private void write(String path, Routes.Match match, Exchange exchange) {
        IncomingBody body = exchange.body();
        if (HttpMethod.DELETE.equals(exchange.request().method())) {
            ask(match, exchange, (format, view) -> format.delete(new Head(path, match, exchange), view));
        } else if (body == null) {
            writer.text(exchange, HttpResponseStatus.BAD_REQUEST, "a PUT without a body");
        } else {
            ask(match, exchange, (format, view) -> format.put(new Head(path, match, exchange), body, view));
        }
    }

    private void notAllowed(Routes.@Nullable Match match, Exchange exchange) {
        Format format = match == null ? null : match.mount().format();
        boolean posts = match != null && format != null && format.posting(match.path(), FORM) == Posting.CHANGES;
        boolean writable = match != null && format != null && format.isWritable(match.path());
        exchange.close()
                .head()
                .add(Field.ALLOW, posts ? "GET, HEAD, POST" : writable ? "GET, HEAD, PUT, DELETE" : "GET, HEAD");
        writer.text(
                exchange,
                HttpResponseStatus.METHOD_NOT_ALLOWED,
                posts ? "only GET, HEAD and POST" : writable ? "only GET, HEAD, PUT and DELETE" : "only GET and HEAD");
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
        long tookNanos = System.nanoTime() - exchange.startedNanos();
        if (meters != null) {
            Mount asked = exchange.mount();
            CacheOutcome outcome = exchange.outcome();
            meters.ended(
                    asked == null ? meters.elsewhere() : asked.meters(),
                    exchange.kind().ordinal(),
                    exchange.answering() ? exchange.status().code() : CLIENT_LEFT,
                    outcome == null ? -1 : outcome.ordinal(),
                    tookNanos,
                    exchange.origin().ordinal(),
                    exchange.bodyBytes());
        }
        if (accessLog != null) {
            log(exchange, tookNanos);
        }
    }

    private void log(Exchange exchange, long tookNanos) {
        HttpRequest request = exchange.request();
        HttpHeaders fields = request.headers();
        CacheOutcome outcome = exchange.outcome();
        Mount asked = exchange.mount();
        Objects.requireNonNull(accessLog)
                .record(new AccessEntry(
                        System.currentTimeMillis(),
                        tookNanos,
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
                        asked == null ? null : asked.name(),
                        outcome == null ? null : outcome.word()));
    }

    private void ask(Routes.Match match, Exchange exchange, BiFunction<Format, View, Mono<Reply>> question) {
        Format format = match.mount().format();
        exchange.kind(format.kind(match.path()));
        View seen = view.get();
        if (!seen.tryRetain()) {
            writer.write(exchange, new Reply.Failed(FailureKind.SHUTTING_DOWN, "the server is closing"));
            return;
        }
        Mono<Reply> reply;
        try {
            reply = question.apply(format, seen);
        } catch (RuntimeException e) {
            reply = Mono.just(fault(exchange.request(), e));
        }
        if (reply instanceof Fuseable.ScalarCallable<?> known) {
            // a hit never hops
            seen.release();
            Reply found = known(known);
            noteMiss(match, exchange, seen, found);
            writer.write(exchange, found);
            return;
        }
        hop(exchange, reply.doFinally(signal -> seen.release()), found -> noteMiss(match, exchange, seen, found));
    }

    /** Notes what is asked for in vain where nothing is fetched. */
    private void noteMiss(Routes.Match match, Exchange exchange, View seen, Reply found) {
        // what is asked in vain of what was once, in a snapshot beside, is no wish for anything
        if (found instanceof Reply.NotFound && seen.heldOnly() && seen.equals(view.get())) {
            String what = match.mount().format().wish(match.path());
            if (what != null) {
                misses.missing(match.mount().name(), what, exchange.client());
            }
        }
    }

    /** Writes a reply that is worked for elsewhere. */
    private void hop(Exchange exchange, Mono<Reply> reply, Consumer<Reply> told) {
        LoopHop hop = LoopHop.to(
                exchange.loop(),
                reply.onErrorResume(error -> Mono.just(fault(exchange.request(), error))),
                found -> exchange.orAbort(() -> {
                    told.accept(found);
                    writer.write(exchange, found);
                }));
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
                    hop(exchange, answer.answer(exchange.request().headers().get(HttpHeaderNames.ACCEPT)), found -> {});
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

    /**
     * A request as formats see it.
     *
     * @param whole the path from the server's root
     */
    private record Head(String whole, Routes.Match match, Exchange exchange) implements RequestHead {
        @Override
        public String path() {
            return match.path();
        }

        @Override
        public String base() {
            return RequestHandler.base(exchange) + whole.substring(1, whole.length() - path().length());
        }

        @Override
        public String baseAtRoot() {
            return match.atRootToo() ? RequestHandler.base(exchange) : base();
        }

        @Override
        public String client() {
            return exchange.client();
        }

        @Override
        public @Nullable String user() {
            return exchange.user();
        }

        @Override
        public @Nullable String query() {
            String target = exchange.request().uri();
            int mark = target.indexOf('?');
            return mark < 0 ? null : target.substring(mark + 1);
        }

        @Override
        public @Nullable String header(String name) {
            Iterator<String> values = exchange.request().headers().valueStringIterator(name);
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
