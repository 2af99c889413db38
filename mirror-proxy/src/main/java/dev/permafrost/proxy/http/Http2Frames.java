package dev.permafrost.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import org.jspecify.annotations.Nullable;

/** What a client sends over HTTP/2: requests, their bodies, and frames that ask for nothing, which are counted. */
final class Http2Frames extends Http2EventAdapter {
    /** Shorter pieces of a body are counted with the frames that ask for nothing. */
    private static final int DATA_BYTES_MIN = 1 << 10;

    private final Http2Connection connection;
    private final FloodGuard guard;

    /** The frames of that connection. */
    Http2Frames(Http2Connection connection, FloodGuard guard) {
        this.connection = connection;
        this.guard = guard;
    }

    @Override
    public void onHeadersRead(ChannelHandlerContext ctx, int stream, Http2Headers headers, int padding, boolean end)
            throws Http2Exception {
        Http2Exchange known = connection.exchange(stream);
        if (known == null) {
            connection.request(stream, headers, end);
        } else if (end) {
            // trailers
            bodyEnds(known);
        } else {
            throw Http2Exception.streamError(
                    stream, Http2Error.PROTOCOL_ERROR, "a second head that does not end its stream");
        }
    }

    private static void bodyEnds(@Nullable Http2Exchange exchange) {
        IncomingBody body = exchange == null ? null : exchange.body();
        if (body != null) {
            body.end();
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

    /** A body that nobody takes comes no further than the windows let it. */
    @Override
    public int onDataRead(ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end)
            throws Http2Exception {
        Http2Exchange exchange = connection.exchange(stream);
        IncomingBody body = exchange == null ? null : exchange.body();
        guard.body(data.readableBytes());
        if (body == null || data.readableBytes() < DATA_BYTES_MIN) {
            idleFrame();
        }
        if (body == null) {
            return data.readableBytes() + padding;
        }
        body.add(data.retain());
        if (end) {
            body.end();
        }
        return padding;
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int stream, int increment) throws Http2Exception {
        if (stream == Http2CodecUtil.CONNECTION_STREAM_ID) {
            connection.opened(increment);
        }
        // what is waited for is of use, however little it lets through; the bytes are counted all the same
        if (!connection.waitsForWindows()) {
            idleFrame();
        }
    }

    @Override
    public void onPriorityRead(ChannelHandlerContext ctx, int stream, int dependency, short weight, boolean exclusive)
            throws Http2Exception {
        idleFrame();
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
        idleFrame();
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        idleFrame();
    }

    @Override
    public void onUnknownFrame(ChannelHandlerContext ctx, byte type, int stream, Http2Flags flags, ByteBuf payload)
            throws Http2Exception {
        idleFrame();
    }

    /** A frame has come that asks for nothing. */
    private void idleFrame() throws Http2Exception {
        if (guard.floodsWithFrame()) {
            throw Http2Connection.flood();
        }
    }
}
