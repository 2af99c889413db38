package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's HTTP/1.1 connection: its requests are answered one after the other in their order (RFC 9112 §9.3.2), and while
 * one is, the next ones wait in the socket. Closes the connection when no request comes, or none gets complete, for too long,
 * and cuts its client off when it takes no byte of an answer for too long: all connections are looked at now and then, so that
 * a request costs a clock reading instead of timers set and cancelled. Runs on the connection's event loop.
 */
final class Http1Connection extends ChannelInboundHandlerAdapter implements Connection {
    private static final Logger log = LoggerFactory.getLogger(Http1Connection.class);
    /** How long a client may go on sending what nobody reads, so that it gets to its answer (RFC 9112 §9.6). */
    private static final Duration LINGER = Duration.ofSeconds(5);
    /** How long it may have been on its way already, what a client asks while the server is ending. */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** How much of a body may wait to be taken. */
    private static final int BODY_BYTES_MAX = 512 << 10;

    private static final ByteBuf CONTINUE = Unpooled.unreleasableBuffer(
                    Unpooled.directBuffer().writeBytes("HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII)))
            .asReadOnly();

    private final Channel channel;
    private final HttpConfig config;
    private final Consumer<Exchange> handler;
    private final FileTraffic files;
    private final @Nullable SslHandler tls;
    private final Cork cork;
    private final Queue<Asked> waiting = new ArrayDeque<>(0);
    /** The body that is coming, whether or not anybody takes it. */
    private @Nullable IncomingBody coming;
    /** The one that is being answered. */
    private @Nullable Http1Exchange exchange;

    private @Nullable Peer peer;
    /** Requests are being taken from the queue, further down the stack. */
    private boolean serving;
    /** Nothing more is read as a request: the stream of requests can't be trusted any more, or is to end. */
    private boolean deaf;
    /** The last answer has been sent. */
    private boolean lingering;
    /** The server is closing. */
    private boolean draining;
    /** When there last was a request or the first part of one, or an answer was complete. */
    private long quietSinceNanos = System.nanoTime();

    private int requests;
    /** What was read last was, or had in it, the end of a request's head. */
    private boolean readSome;
    /** A part of a request's head has come, and not yet all of it. */
    private boolean inHead;

    /** The client sends no more, and may wait for answers still. */
    private boolean inputEnded;
    /** Whatever closes the connection resets it. */
    private boolean resets;

    private final WriteProgress progress;

    /** A request, and its body where it has one. */
    private record Asked(HttpRequest request, @Nullable IncomingBody body) {}

    Http1Connection(
            Channel channel, HttpConfig config, RefusalCounts refusals, FileTraffic files, Consumer<Exchange> handler) {
        this.files = files;
        this.channel = channel;
        this.config = config;
        this.handler = handler;
        this.progress = new WriteProgress(channel, config, refusals);
        this.tls = channel.pipeline().get(SslHandler.class);
        this.cork = new Cork(channel);
    }

    /** Who is at its other end. */
    Peer peer() {
        Peer known = peer;
        if (known == null) {
            known = Peer.of(channel, config.trustedProxies());
            peer = known;
        }
        return known;
    }

    /** What its answers have in common with those of others. */
    FileTraffic files() {
        return files;
    }

    /** What holds its segments back. */
    Cork cork() {
        return cork;
    }

    /** A body is about to leave that may fail: then no orderly end must make a part of it pass for the whole. */
    void failsByReset() {
        // under TLS no end is orderly without a close_notify
        if (!resets && tls == null) {
            resets = true;
            Abort.byDefault(channel);
        }
    }

    private void orderly() {
        if (resets) {
            resets = false;
            Abort.orderly(channel);
        }
    }

    /** Closes it in order. */
    private void close() {
        orderly();
        var unused = channel.close();
    }

    /** Whether what it sends is encrypted, and so must pass through memory. */
    boolean encrypted() {
        return tls != null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        readSome = true;
        inHead = false;
        if (message instanceof HttpRequest request && !deaf) {
            boolean failed = request.decoderResult().isFailure();
            IncomingBody body = !failed && hasBody(request) ? incoming(request) : null;
            // what follows a body is read only once somebody has taken that: it is not worth the risk of reading it
            // wrong
            deaf = failed || body != null;
            coming = body;
            waiting.add(new Asked(request, body));
            if (exchange != null || body != null) {
                channel.config().setAutoRead(false);
            }
            serve();
        } else if (message instanceof HttpContent content && coming != null) {
            take(content, coming);
        }
        ReferenceCountUtil.release(message);
    }

    /** Takes a part of a body. */
    private void take(HttpContent content, IncomingBody body) {
        if (content.decoderResult().isFailure()) {
            coming = null;
            body.breakOff("the body is malformed");
            return;
        }
        body.add(content.content().retain());
        if (content instanceof LastHttpContent) {
            coming = null;
            body.end();
            // it depends on what becomes of the body whether what follows is answered
            deaf = lingering;
        }
    }

    private IncomingBody incoming(HttpRequest request) {
        boolean continues = HttpUtil.is100ContinueExpected(request);
        return new IncomingBody(
                HttpUtil.isTransferEncodingChunked(request) ? -1 : length(request),
                channel.eventLoop(),
                config,
                () -> {
                    Http1Exchange asking = exchange;
                    if (continues && asking != null && !asking.answering()) {
                        var unused = channel.writeAndFlush(CONTINUE.duplicate());
                    }
                    readOn();
                },
                count -> readOn());
    }

    /** Lets more of a body come, unless there is more than enough of it already. */
    private void readOn() {
        Http1Exchange asking = exchange;
        IncomingBody body = asking == null ? null : asking.body();
        if (body != null && body.equals(coming)) {
            channel.config().setAutoRead(body.pendingBytes() < BODY_BYTES_MAX);
        }
    }

    /** A head may take as long as silence may before it, from its first byte on, however it is dribbled. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (!readSome && !inHead && exchange == null && !lingering) {
            inHead = true;
            quietSinceNanos = System.nanoTime();
        }
        readSome = false;
        context.fireChannelReadComplete();
    }

    private static boolean hasBody(HttpRequest request) {
        return HttpUtil.isTransferEncodingChunked(request)
                || (HttpUtil.isContentLengthSet(request) && length(request) != 0);
    }

    private static long length(HttpRequest request) {
        try {
            return HttpUtil.getContentLength(request);
        } catch (NumberFormatException notANumber) {
            return -1;
        }
    }

    private void serve() {
        if (serving) {
            return;
        }
        serving = true;
        while (exchange == null && !lingering) {
            Asked next = waiting.poll();
            if (next == null) {
                if (inputEnded) {
                    end();
                } else if (!channel.config().isAutoRead()) {
                    channel.config().setAutoRead(true);
                }
                break;
            }
            Http1Exchange begun = new Http1Exchange(this, channel, next.request(), next.body());
            exchange = begun;
            requests++;
            handler.accept(begun);
        }
        serving = false;
    }

    /** Whether the connection stays open after the answer to the request that is being answered. */
    boolean persists() {
        Http1Exchange answered = exchange;
        IncomingBody body = answered == null ? null : answered.body();
        return !draining && !full() && !(deaf && waiting.isEmpty()) && (body == null || body.complete());
    }

    private boolean full() {
        return config.requestsPerConnectionMax() > 0 && requests >= config.requestsPerConnectionMax();
    }

    /** The answer has left, or can't. */
    void answered(Http1Exchange whose, boolean sent) {
        quietSinceNanos = System.nanoTime();
        exchange = null;
        whose.ended();
        dismiss(whose.body(), "the answer has been given");
        if (!sent) {
            Abort.reset(channel);
        } else if (!whose.keepAlive()) {
            end();
        } else {
            serve();
        }
    }

    /** Ends the connection without cutting off its last answer, as closing with unread bytes would. */
    private void end() {
        lingering = true;
        forget();
        // who has not asked for the end may have sent more
        boolean unread = !inputEnded && (deaf || draining || full());
        deaf = true;
        if (!unread || !(channel instanceof DuplexChannel socket)) {
            close();
            return;
        }
        orderly();
        channel.config().setAutoRead(true);
        var unused = tls == null ? socket.shutdownOutput() : tls.closeOutbound();
    }

    /**
     * The client sends no more (RFC 9112 §9.6 lets it): what it has asked is answered, and then there is nothing left. Whether it is
     * there at all shows when it is sent something.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            deaf = true;
            IncomingBody body = coming;
            coming = null;
            if (body != null) {
                body.breakOff("the client has ended its side before the body was complete");
            }
            if (lingering) {
                close();
            } else {
                serve();
            }
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Http1Exchange left = exchange;
        exchange = null;
        forget();
        if (left != null) {
            dismiss(left.body(), "the client has left");
            left.leave();
        }
    }

    /** Answers no more of what has been asked. */
    private void forget() {
        waiting.forEach(asked -> dismiss(asked.body(), "the connection has ended"));
        waiting.clear();
    }

    private static void dismiss(@Nullable IncomingBody body, String why) {
        if (body != null) {
            body.dismiss();
            body.breakOff(why);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
        if (error instanceof IOException) {
            log.debug("{} is gone: {}", channel.remoteAddress(), error.getMessage());
        } else {
            log.error("the connection of {} failed by a fault of ours", channel.remoteAddress(), error);
        }
        if (exchange == null) {
            close();
        } else {
            Abort.reset(channel);
        }
    }

    @Override
    public void drain(long now) {
        draining = true;
        // one whose head has gone out as if there were more to come may have been asked for more since
        if (exchange == null && waiting.isEmpty() && now - quietSinceNanos >= GRACE.toNanos()) {
            close();
        }
    }

    @Override
    public void look(long now) {
        IncomingBody body = coming;
        if (body != null) {
            body.look(now);
        }
        if (progress.look(now)) {
            return;
        }
        if (exchange == null && now - quietSinceNanos >= silence().toNanos()) {
            close();
        }
    }

    private Duration silence() {
        return lingering && LINGER.compareTo(config.idleTimeout()) < 0 ? LINGER : config.idleTimeout();
    }
}
