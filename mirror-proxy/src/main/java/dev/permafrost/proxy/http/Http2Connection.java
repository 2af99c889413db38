package dev.permafrost.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
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
    private static final HttpVersion VERSION = new HttpVersion("HTTP", 2, 0, true);
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(10);
    /** Resets in one window of time beyond which a client is sent away (CVE-2023-44487, CVE-2025-55163). */
    private static final int RESETS_MAX = 200;

    private static final int RESETS_WINDOW_SECONDS = 30;
    private static final int EMPTY_FRAMES_MAX = 2;
    private static final int CONTROL_FRAMES_QUEUED_MAX = 1_000;

    private final Channel channel;
    private final HttpConfig config;
    private final Consumer<Exchange> handler;
    private final WriteProgress progress;
    private final IntObjectMap<Http2Exchange> exchanges = new IntObjectHashMap<>(8);
    private @Nullable ChannelHandlerContext context;
    private @Nullable Peer peer;
    /** Frames are being read, and what is written meanwhile is flushed when they have been. */
    private boolean reading;
    /** Bodies handed to flow control and not sent yet, and how many have been sent. */
    private int writing;

    private long written;
    private long writtenAtLastLook;
    private long blockedSinceNanos;
    /** When there last was a request, or an answer was complete. */
    private long quietSinceNanos = System.nanoTime();

    private Http2Connection(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            Channel channel,
            HttpConfig config,
            Consumer<Exchange> handler) {
        super(decoder, encoder, settings);
        this.channel = channel;
        this.config = config;
        this.handler = handler;
        this.progress = new WriteProgress(channel, config.writeProgressTimeout());
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
    static Http2Connection of(Channel channel, HttpConfig config, Consumer<Exchange> handler) {
        return new Builder(channel, config, handler).build();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        reading = true;
        super.channelRead(ctx, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
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

    private void request(int stream, Http2Headers headers) throws Http2Exception {
        CharSequence method = headers.method();
        CharSequence path = headers.path();
        if (method == null || path == null || path.isEmpty() || headers.scheme() == null) {
            throw Http2Exception.streamError(
                    stream, Http2Error.PROTOCOL_ERROR, "a request without a method, a scheme or a path");
        }
        HttpRequest request = new DefaultHttpRequest(
                VERSION,
                method(stream, method),
                path.toString(),
                DefaultHttpHeadersFactory.headersFactory().withValidation(false));
        HttpHeaders fields = request.headers();
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            CharSequence name = field.getKey();
            if (name.charAt(0) != ':') {
                fields.add(name, field.getValue());
            }
        }
        CharSequence authority = headers.authority();
        if (authority != null) {
            String host = fields.get(HttpHeaderNames.HOST);
            if (host != null && !host.contentEquals(authority)) {
                // two different hosts: as with two Host fields, none of them counts
                fields.add(HttpHeaderNames.HOST, authority);
            } else {
                fields.set(HttpHeaderNames.HOST, authority);
            }
        }
        quietSinceNanos = System.nanoTime();
        Http2Exchange exchange = new Http2Exchange(this, stream, request);
        exchanges.put(stream, exchange);
        handler.accept(exchange);
    }

    private static HttpMethod method(int stream, CharSequence name) throws Http2Exception {
        try {
            return HttpMethod.valueOf(name.toString());
        } catch (IllegalArgumentException e) {
            throw Http2Exception.streamError(stream, Http2Error.PROTOCOL_ERROR, e, "no method has such a name");
        }
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
        future.addListener(done -> {
            writing--;
            written++;
        });
        flushUnlessReading();
        return future;
    }

    private void flushUnlessReading() {
        if (!reading) {
            flush(added());
        }
    }

    /** Makes the client of one stream know that what it got is not all (RFC 9113 §8.1). */
    void reset(int stream) {
        var unused = resetStream(added(), stream, Http2Error.INTERNAL_ERROR.code(), channel.newPromise());
        flushUnlessReading();
    }

    /** An answer has been handed over to its last byte. Whoever is still sending a request's body is told that it may stop. */
    void answered(Http2Exchange exchange, int stream, ChannelFuture last) {
        last.addListener(done -> {
            quietSinceNanos = System.nanoTime();
            exchange.ended();
            if (done.isSuccess() && connection().stream(stream) != null) {
                var unused = resetStream(added(), stream, Http2Error.NO_ERROR.code(), channel.newPromise());
                flushUnlessReading();
            }
        });
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
        if (progress.look(now)) {
            return;
        }
        if (writing > 0) {
            lookAtWindows(now);
        } else if (exchanges.isEmpty()
                && now - quietSinceNanos >= config.idleTimeout().toNanos()) {
            var unused = channel.close();
        }
    }

    /** Cuts off a client that opens no window for what it has asked for. */
    private void lookAtWindows(long now) {
        if (written != writtenAtLastLook || blockedSinceNanos == 0) {
            writtenAtLastLook = written;
            blockedSinceNanos = now;
        } else if (now - blockedSinceNanos >= config.writeProgressTimeout().toNanos()) {
            log.info(
                    "{} opened no window for {} s and is cut off (http.write-progress-timeout)",
                    channel.remoteAddress(),
                    config.writeProgressTimeout().toSeconds());
            Abort.reset(channel);
        }
    }

    /** Sends GOAWAY; the streams under way come to their end. */
    @Override
    public void drain() {
        var unused = channel.close();
    }

    /** What comes from the client. */
    private final class Frames extends Http2EventAdapter {
        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int stream, Http2Headers headers, int padding, boolean end)
                throws Http2Exception {
            if (!exchanges.containsKey(stream)) {
                request(stream, headers);
            } else if (!end) {
                throw Http2Exception.streamError(
                        stream, Http2Error.PROTOCOL_ERROR, "a second head that does not end its stream");
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int stream,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean end)
                throws Http2Exception {
            onHeadersRead(ctx, stream, headers, padding, end);
        }

        /** A body is of no use to any route. */
        @Override
        public int onDataRead(ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end) {
            return data.readableBytes() + padding;
        }
    }

    private static final class Builder extends AbstractHttp2ConnectionHandlerBuilder<Http2Connection, Builder> {
        private final Channel channel;
        private final HttpConfig config;
        private final Consumer<Exchange> handler;

        Builder(Channel channel, HttpConfig config, Consumer<Exchange> handler) {
            this.channel = channel;
            this.config = config;
            this.handler = handler;
            server(true);
            initialSettings(Http2Settings.defaultSettings()
                    .maxConcurrentStreams(config.streamsMax())
                    .maxHeaderListSize(config.headerBytesMax()));
            gracefulShutdownTimeoutMillis(DRAIN_TIMEOUT.toMillis());
            decoderEnforceMaxRstFramesPerWindow(RESETS_MAX, RESETS_WINDOW_SECONDS);
            encoderEnforceMaxRstFramesPerWindow(RESETS_MAX, RESETS_WINDOW_SECONDS);
            decoderEnforceMaxConsecutiveEmptyDataFrames(EMPTY_FRAMES_MAX);
            encoderEnforceMaxQueuedControlFrames(CONTROL_FRAMES_QUEUED_MAX);
        }

        @Override
        public Http2Connection build() {
            return super.build();
        }

        @Override
        protected Http2Connection build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            Http2Connection connection = new Http2Connection(decoder, encoder, settings, channel, config, handler);
            frameListener(connection.new Frames());
            return connection;
        }
    }
}
