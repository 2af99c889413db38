package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and the answer to it, whatever version of HTTP carries them. An answer is a status, header fields, and exactly
 * one call of a {@code send} method. On the connection's event loop.
 */
abstract class Exchange {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);

    private final HttpRequest request;
    private final @Nullable IncomingBody body;
    private final long startedNanos = System.nanoTime();
    private HttpResponseStatus status = HttpResponseStatus.OK;
    private @Nullable Mount mount;
    private @Nullable String user;
    private boolean guarded;
    private @Nullable CacheOutcome outcome;
    private RequestKind kind = RequestKind.OTHER;
    private BodyOrigin origin = BodyOrigin.MEMORY;
    private @Nullable Forwarded forwarded;
    /** What has been taken off the front of the path, without a slash at its end. */
    private String prefix = "";

    private long bodyBytes;
    /** The head has been written. */
    private boolean answering;
    /** Whom to tell that it is over; null where there is nobody, or it has been told. */
    private @Nullable Consumer<Exchange> listener;
    /** What to end when the client leaves before its answer. */
    private @Nullable Runnable work;

    Exchange(HttpRequest request, @Nullable IncomingBody body) {
        this.request = request;
        this.body = body;
    }

    /** The request's body; null where it has none. */
    final @Nullable IncomingBody body() {
        return body;
    }

    HttpRequest request() {
        return request;
    }

    boolean isHead() {
        return HttpMethod.HEAD.equals(request.method());
    }

    Exchange status(HttpResponseStatus is) {
        status = is;
        return this;
    }

    HttpResponseStatus status() {
        return status;
    }

    /** The version of HTTP that carries it: 1 or 2. */
    abstract int majorVersion();

    /** When the request's head was complete, by {@link System#nanoTime}. */
    long startedNanos() {
        return startedNanos;
    }

    /** The repository that was asked; null where none was. */
    @Nullable Mount mount() {
        return mount;
    }

    void mount(Mount asked) {
        mount = asked;
    }

    /** Who has logged in; null where nobody has. */
    @Nullable String user() {
        return user;
    }

    void user(@Nullable String is) {
        user = is;
    }

    /** Whether the answer depends on who asks, so that it is for nobody else. */
    boolean guarded() {
        return guarded;
    }

    void guarded(boolean is) {
        guarded = is;
    }

    /** How the cache was of help; null where it was not. */
    @Nullable CacheOutcome outcome() {
        return outcome;
    }

    void outcome(CacheOutcome was) {
        outcome = was;
    }

    /** What it asks for. */
    RequestKind kind() {
        return kind;
    }

    void kind(RequestKind is) {
        kind = is;
    }

    /** Where the bytes of the answer come from. */
    BodyOrigin origin() {
        return origin;
    }

    void origin(BodyOrigin is) {
        origin = is;
    }

    /** How many bytes of the body have been handed over to the connection. */
    long bodyBytes() {
        return bodyBytes;
    }

    /** So many more have. */
    final void gave(long bytes) {
        bodyBytes += bytes;
    }

    /** Whether there is an answer: its head has been written. */
    boolean answering() {
        return answering;
    }

    /** The head is being written. */
    final void answer() {
        answering = true;
    }

    /** Has somebody told when it is over, whichever way. */
    final void onEnd(Consumer<Exchange> told) {
        listener = told;
    }

    /** It is over. */
    final void ended() {
        Consumer<Exchange> told = listener;
        listener = null;
        if (told != null) {
            told.accept(this);
        }
    }

    /** Who is at the other end of the connection, which may be a proxy. */
    abstract Peer peer();

    /** What the proxy at the other end of the connection says, which is trusted. */
    final void forwarded(Forwarded said) {
        forwarded = said;
    }

    /** The address of whoever asked, past the proxies that are trusted; {@code unix:} for a Unix socket. */
    final String client() {
        Forwarded said = forwarded;
        return said == null || said.client() == null ? peer().address() : said.client();
    }

    /**
     * The host that the client has asked, perhaps with a port; null where it has named none. A Host field counts for more than
     * the name in the TLS handshake, since one connection may serve all names of its certificate (RFC 9113 §9.1.1).
     */
    final @Nullable String host() {
        Forwarded said = forwarded;
        if (said != null && said.host() != null) {
            return said.host();
        }
        String host = request.headers().get(HttpHeaderNames.HOST);
        return host == null ? peer().server() : host;
    }

    /** Whether the client's own connection is protected by TLS. */
    final boolean https() {
        Forwarded said = forwarded;
        return (said == null || said.https() == null) ? encrypted() : said.https();
    }

    /** What the client's paths have in front of ours, by what proxies and we have taken off; "" for nothing. */
    final String prefix() {
        Forwarded said = forwarded;
        return said == null || said.prefix().equals(prefix) ? prefix : said.prefix() + prefix;
    }

    /** Has taken that off the front of the path. */
    final void prefix(String taken) {
        prefix = taken;
    }

    /** Whether its client can tell an answer that was cut off from a whole one, even if its length was not said. */
    abstract boolean tellsEnds();

    /** Whether it is protected by TLS. */
    abstract boolean encrypted();

    /** Where it runs. */
    abstract EventLoop loop();

    /** What its answer has in common with others. */
    public abstract FileTraffic files();

    /** Header fields of the answer. */
    abstract ResponseHead head();

    /** Closes the connection after the answer, where nothing else of it can be trusted. */
    abstract Exchange close();

    /** Sends the head alone. */
    abstract void send();

    /** Sends a body from memory; takes over the reference. */
    abstract void send(ByteBuf body);

    /** Up to how many bytes of a file that lies in memory leave from there; more of them leave as a region of the file, where that spares copying them. */
    abstract int copiedBytesMax();

    /** Sends a part of a file; takes over the reference. */
    abstract void send(OpenBlob blob, long position, long count);

    /** Sends several parts of a file; takes over the reference. */
    abstract void send(OpenBlob blob, Multipart parts);

    /**
     * Sends a part of a growing file as it grows; takes over the reference.
     *
     * @param end byte after the last; -1 for the file's own end where its length is not known
     */
    abstract void send(Tail tail, long start, long end);

    /**
     * Makes the client know that there is no answer, or that what it got of one is not all, and {@linkplain #endWork ends} the work
     * for it: of several steps, each with its own, the one that fails knows only of itself.
     */
    abstract void abort();

    /**
     * Does a step of answering that no connection's handler watches over. Where it fails by a fault of ours the exchange ends, since
     * one without an answer would stay open for ever.
     */
    final void orAbort(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            log.error("answering {} failed by a fault of ours", request.uri(), e);
            abort();
        }
    }

    /** Has something ended when the client leaves before its answer is complete; it replaces what was set before. */
    final void onLeave(Runnable ending) {
        work = ending;
    }

    /** Nothing is left to be ended. */
    final void settle() {
        work = null;
    }

    /** Ends what is to be ended when the client gets no more. */
    final void endWork() {
        Runnable ending = work;
        work = null;
        if (ending != null) {
            ending.run();
        }
    }

    /** The client has left. */
    void leave() {
        endWork();
        ended();
    }
}
