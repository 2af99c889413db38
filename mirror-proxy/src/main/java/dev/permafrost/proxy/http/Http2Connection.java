package dev.permafrost.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's HTTP/2 connection (RFC 9113): a stream is an exchange. Frames, header compression, flow control and their
 * limits are Netty's; which requests are let through, and what becomes of silent clients, is decided here. Runs on the
 * connection's event loop.
 */
final class Http2Connection extends Http2ConnectionHandler implements Connection {
    private static final Logger log = LoggerFactory.getLogger(Http2Connection.class);
    /** How long the rest of a request may take once it has been answered. */
    private static final Duration BODY_GRACE = Duration.ofMillis(100);
    /** How long it may have been on its way already, what a client asks while it is told to ask no more. */
    private static final Duration GRACE = Duration.ofMillis(500);
    /** How many streams that were reset are known as such: at least as many as a client can have had open. */
    private static final int RESETS_KNOWN = 128;

    /** Longest piece of a file: four frames of the size that every client takes. */
    private static final int PIECE_BYTES_MAX = 64 << 10;
    /** Bytes of files on their way to the socket, in all streams together: as many as keep it busy. */
    private static final int COPIED_BYTES_MAX = 2 * PIECE_BYTES_MAX;

    private final Channel channel;
    private final HttpConfig config;
    private final Consumer<Exchange> handler;
    private final RefusalCounts refusals;
    private final FileTraffic files;
    private final WriteProgress progress;
    private final FloodGuard guard;
    private final CopyTurns turns = new CopyTurns(this::copiedBytesMax);
    private final IntObjectMap<Http2Exchange> exchanges = new IntObjectHashMap<>(8);
    private @Nullable ChannelHandlerContext context;
    private @Nullable Peer peer;
    /** Frames are being read, and what is written meanwhile is flushed when they have been. */
    private boolean reading;
    /** Bodies handed to flow control and not sent yet. */
    private int writing;
    /** All that the client has ever opened its connection's window by. */
    private long opened = Http2CodecUtil.DEFAULT_WINDOW_SIZE;

    private int requests;
    /** When the client was told that it is to ask no more; 0 where it was not. */
    private long leavingSinceNanos;

    private boolean closing;
    /** It has been told what it did wrong, and nothing it sends is read any more. */
    private boolean sentAway;

    /** The streams that were reset from our side last, whose clients may not have known it yet when they sent more. */
    private final int[] reset = new int[RESETS_KNOWN];

    private int resets;

    /** When there last was a request, or an answer was complete. */
    private long quietSinceNanos = System.nanoTime();

    Http2Connection(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            Channel channel,
            HttpConfig config,
            RefusalCounts refusals,
            FileTraffic files,
            Consumer<Exchange> handler) {
        super(decoder, encoder, settings);
        this.channel = channel;
        this.config = config;
        this.handler = handler;
        this.refusals = refusals;
        this.files = files;
        this.progress = new WriteProgress(channel, config, refusals);
        this.guard = new FloodGuard(config.headerBytesMax(), this::sent);
        connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                Http2Exchange exchange = exchanges.remove(stream.id());
                if (exchange != null) {
                    quietSinceNanos = System.nanoTime();
                    exchange.leave();
                }
            }
        });
    }

    /** The connection that serves that channel, not in its pipeline yet. */
    static Http2Connection of(
            Channel channel, HttpConfig config, RefusalCounts refusals, FileTraffic files, Consumer<Exchange> handler) {
        return new Http2ConnectionBuilder(channel, config, refusals, files, handler).build();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        reading = true;
        if (sentAway) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof ByteBuf bytes) {
            if (guard.floodsWith(bytes.readableBytes())) {
                bytes.release();
                onError(ctx, false, flood());
                return;
            }
        }
        super.channelRead(ctx, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        // windows may have been opened
        turns.resume();
        reading = false;
        super.channelReadComplete(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable error) throws Exception {
        if (error instanceof IOException) {
            log.debug("{} is gone: {}", channel.remoteAddress(), error.getMessage());
            var unused = channel.close();
        } else {
            super.exceptionCaught(ctx, error);
        }
    }

    /** What becomes of a client that sends too many frames that ask for nothing. */
    static Http2Exception flood() {
        return Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many frames that ask for nothing");
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, @Nullable Http2Exception error) {
        if (sentAway) {
            return;
        }
        sentAway = true;
        if (error != null && error.error() == Http2Error.ENHANCE_YOUR_CALM) {
            log.info("{} is sent away: {}", channel.remoteAddress(), error.getMessage());
            refusals.count(Refusal.FLOOD);
        }
        super.onConnectionError(ctx, outbound, cause, error);
        flush(ctx);
        // past this handler, which would wait for its streams
        var unused = ctx.close();
    }

    /**
     * Whoever sends on a stream that it has ended has lost count of them, and nothing more of what it says can be trusted (RFC 9113
     * §5.1). One that we have reset is another matter: its client may not know it yet.
     */
    @Override
    protected void onStreamError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception.StreamException error) {
        int stream = error.streamId();
        Http2Stream known = connection().stream(stream);
        if (!outbound
                && known != null
                && known.state() == Http2Stream.State.HALF_CLOSED_REMOTE
                && isSecondHead(error)) {
            var unused = resetStream(ctx, stream, Http2Error.STREAM_CLOSED.code(), ctx.newPromise());
            return;
        }
        if (!outbound && error.error() == Http2Error.STREAM_CLOSED && known == null && !wasReset(stream)) {
            onError(
                    ctx,
                    false,
                    Http2Exception.connectionError(Http2Error.STREAM_CLOSED, "stream %d had ended", stream));
            return;
        }
        super.onStreamError(ctx, outbound, cause, error);
    }

    /** Netty counts heads before it asks whether there may be any, so that only its words tell what is wrong. */
    private static boolean isSecondHead(Http2Exception error) {
        String message = error.getMessage();
        return error.error() == Http2Error.PROTOCOL_ERROR && message != null && message.contains("too many headers");
    }

    @Override
    public ChannelFuture resetStream(ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
        reset[resets++ & (RESETS_KNOWN - 1)] = streamId;
        return super.resetStream(ctx, streamId, errorCode, promise);
    }

    private boolean wasReset(int stream) {
        for (int known : reset) {
            if (known == stream) {
                return true;
            }
        }
        return false;
    }

    /** How many bytes of bodies the client's windows have let through. */
    private long sent() {
        return opened - window(connection().connectionStream());
    }

    /** What reads its client's frames. */
    Http2Frames frames() {
        return new Http2Frames(this, guard);
    }

    /** The exchange on a stream, null where there is none. */
    @Nullable Http2Exchange exchange(int stream) {
        return exchanges.get(stream);
    }

    /** The client has opened its connection's window by so many bytes. */
    void opened(int bytes) {
        opened += bytes;
    }

    /** Whether there is something to send that the client's windows may hold up. */
    boolean waitsForWindows() {
        return writing > 0 || !turns.isEmpty();
    }

    /** A request has come, its body with it where it is whole. */
    void request(int stream, Http2Headers headers, boolean whole) throws Http2Exception {
        HttpRequest request = Http2Requests.of(stream, headers);
        quietSinceNanos = System.nanoTime();
        requests++;
        guard.request();
        if (requests == config.requestsPerConnectionMax()) {
            leave(quietSinceNanos);
        }
        Http2Exchange exchange = new Http2Exchange(this, stream, request, whole ? null : incoming(stream, request));
        exchanges.put(stream, exchange);
        handler.accept(exchange);
    }

    private IncomingBody incoming(int stream, HttpRequest request) {
        boolean continues = HttpUtil.is100ContinueExpected(request);
        return new IncomingBody(
                length(request),
                channel.eventLoop(),
                config,
                () -> {
                    if (continues && connection().stream(stream) != null) {
                        var unused = writeHead(stream, new DefaultHttp2Headers().status("100"), false);
                        flushUnlessReading();
                    }
                },
                count -> consumed(stream, count));
    }

    private static long length(HttpRequest request) {
        try {
            return HttpUtil.getContentLength(request, -1L);
        } catch (NumberFormatException notANumber) {
            return -1;
        }
    }

    /** Opens the windows again by what has been taken of a body. */
    private void consumed(int stream, int count) {
        Http2Stream open = connection().stream(stream);
        if (open == null || count == 0) {
            // its connection's window has been opened when it was closed
            return;
        }
        try {
            if (connection().local().flowController().consumeBytes(open, count)) {
                flushUnlessReading();
            }
        } catch (Http2Exception e) {
            onError(added(), false, e);
        }
    }

    /** What its answers have in common with those of others. */
    FileTraffic files() {
        return files;
    }

    Peer peer() {
        Peer known = peer;
        if (known == null) {
            known = Peer.of(channel, config.trustedProxies());
            peer = known;
        }
        return known;
    }

    boolean encrypted() {
        return channel.pipeline().get(SslHandler.class) != null;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    ByteBufAllocator allocator() {
        return channel.alloc();
    }

    ChannelFuture failed(Throwable cause) {
        return channel.newFailedFuture(cause);
    }

    ChannelFuture writeHead(int stream, Http2Headers head, boolean last) {
        ChannelFuture future = encoder().writeHeaders(added(), stream, head, 0, last, channel.newPromise());
        if (last) {
            flushUnlessReading();
        }
        return future;
    }

    /** Hands a piece of a body to flow control; takes over the reference. */
    ChannelFuture writeData(int stream, ByteBuf data, boolean last) {
        writing++;
        ChannelFuture future = encoder().writeData(added(), stream, data, 0, last, channel.newPromise());
        future.addListener(done -> writing--);
        flushUnlessReading();
        return future;
    }

    /** The same for a piece of a file that has been copied into memory for it. */
    ChannelFuture writeCopy(int stream, ByteBuf data, boolean last) {
        int count = data.readableBytes();
        return turns.add(count, files.copies().add(count, writeData(stream, data, last)));
    }

    /** How many bytes of a file one stream can send at this moment; none where it is not positive. */
    int room(int stream) {
        Http2Stream open = connection().stream(stream);
        return open == null ? 0 : Math.min(PIECE_BYTES_MAX, Math.min(turns.room(), window(open)));
    }

    private int copiedBytesMax() {
        return Math.min(
                files.copies().pieceBytesMax(COPIED_BYTES_MAX),
                window(connection().connectionStream()));
    }

    private int window(Http2Stream stream) {
        return connection().remote().flowController().windowSize(stream);
    }

    /** Tells an exchange when there may be room. */
    void await(Http2Exchange exchange) {
        turns.await(exchange);
    }

    /** It has left. */
    void awaitNoMore(Http2Exchange exchange) {
        turns.awaitNoMore(exchange);
    }

    /** Sends what has been written, at the latest when what has come has been read. */
    void flushUnlessReading() {
        if (!reading) {
            flush(added());
        }
    }

    /** Makes the client of one stream know that what it got is not all (RFC 9113 §8.1). */
    void reset(int stream) {
        var unused = resetStream(added(), stream, Http2Error.INTERNAL_ERROR.code(), channel.newPromise());
        flushUnlessReading();
    }

    /**
     * An answer has been handed over to its last byte. Whoever is still sending a request's body is told soon that it may stop: what
     * is on its way already, and wrong, is seen for what it is.
     */
    void answered(Http2Exchange exchange, int stream, ChannelFuture last) {
        last.addListener(done -> {
            quietSinceNanos = System.nanoTime();
            exchange.ended();
            if (done.isSuccess() && connection().stream(stream) != null) {
                var unused =
                        channel.eventLoop().schedule(() -> stop(stream), BODY_GRACE.toMillis(), TimeUnit.MILLISECONDS);
            }
        });
    }

    private void stop(int stream) {
        if (channel.isActive() && connection().stream(stream) != null) {
            var unused = resetStream(added(), stream, Http2Error.NO_ERROR.code(), channel.newPromise());
            flushUnlessReading();
        }
    }

    private ChannelHandlerContext added() {
        ChannelHandlerContext known = context;
        if (known == null) {
            throw new IllegalStateException("the connection is not in its pipeline");
        }
        return known;
    }

    @Override
    public void look(long now) {
        if (leavingSinceNanos != 0) {
            leave(now);
        }
        exchanges.values().forEach(exchange -> look(exchange, now));
        if (progress.look(now)) {
            progress.windowsAreOpen();
            return;
        }
        if (waitsForWindows()) {
            progress.lookAtWindows(sent(), now);
            return;
        }
        progress.windowsAreOpen();
        if (exchanges.isEmpty() && now - quietSinceNanos >= config.idleTimeout().toNanos()) {
            close();
        }
    }

    private static void look(Http2Exchange exchange, long now) {
        IncomingBody body = exchange.body();
        if (body != null) {
            body.look(now);
        }
    }

    /** Closes it once all its streams are; at the second time for good. */
    private void close() {
        if (closing) {
            Abort.reset(channel);
            return;
        }
        closing = true;
        var unused = channel.close();
    }

    @Override
    public void drain(long now) {
        leave(now);
    }

    /**
     * Sends GOAWAY in two steps (RFC 9113 §6.8): first that there is to be no more, and when what was on its way by then has come,
     * what was the last. The streams under way come to their end.
     */
    private void leave(long now) {
        if (leavingSinceNanos == 0) {
            leavingSinceNanos = now;
            goAway(Integer.MAX_VALUE);
        } else if (!closing && now - leavingSinceNanos >= GRACE.toNanos()) {
            closing = true;
            goAway(connection().remote().lastStreamCreated());
            var unused = channel.close();
        }
    }

    private void goAway(int lastStream) {
        var unused =
                goAway(added(), lastStream, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, channel.newPromise());
        flushUnlessReading();
    }
}
