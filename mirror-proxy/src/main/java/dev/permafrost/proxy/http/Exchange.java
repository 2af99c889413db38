package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * One request and the answer to it. An answer is a status, header fields, and exactly one call of a {@code send} method. On the
 * connection's event loop.
 */
final class Exchange {
    private final ClientConnection connection;
    private final Channel channel;
    private final HttpRequest request;
    private final HttpHeaders headers = new DefaultHttpHeaders();
    private HttpResponseStatus status = HttpResponseStatus.OK;
    private boolean keepAlive;
    /** What to end when the client leaves before its answer. */
    private @Nullable Runnable work;

    Exchange(ClientConnection connection, Channel channel, HttpRequest request) {
        this.connection = connection;
        this.channel = channel;
        this.request = request;
        this.keepAlive = HttpUtil.isKeepAlive(request);
    }

    HttpRequest request() {
        return request;
    }

    Channel channel() {
        return channel;
    }

    boolean isHead() {
        return HttpMethod.HEAD.equals(request.method());
    }

    /** Header fields of the answer. */
    HttpHeaders headers() {
        return headers;
    }

    HttpResponseStatus status() {
        return status;
    }

    Exchange status(HttpResponseStatus is) {
        status = is;
        return this;
    }

    boolean keepAlive() {
        return keepAlive;
    }

    /** Closes the connection after the answer. */
    Exchange close() {
        keepAlive = false;
        return this;
    }

    /** Has something ended when the client leaves before its answer is complete; it replaces what was set before. */
    void onLeave(Runnable ending) {
        work = ending;
    }

    /** The client has left. */
    void leave() {
        Runnable ending = work;
        work = null;
        if (ending != null) {
            ending.run();
        }
    }

    /** Sends the head alone. */
    void send() {
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        send(Unpooled.EMPTY_BUFFER);
    }

    /** Sends a body from memory, in one write with its head. */
    void send(ByteBuf body) {
        end(channel.writeAndFlush(new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, body, persistence(), EmptyHttpHeaders.INSTANCE)));
    }

    /** Sends a part of a file by file region, head and all in as few segments as there can be; takes over the reference. */
    void send(OpenBlob blob, long position, long count) {
        Cork.in(channel);
        var unused = channel.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, persistence()));
        unused = channel.write(FileRegions.of(blob, position, count, channel));
        end(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    }

    /** Sends a part of a growing file as it grows; takes over the reference. */
    void send(Tail tail, long start, long end) {
        TailPump pump = new TailPump(tail, channel, start, end, this::pumped);
        onLeave(pump::finish);
        var unused = channel.writeAndFlush(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, persistence()));
        pump.begin();
    }

    private void pumped() {
        work = null;
        end(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    }

    private void end(ChannelFuture written) {
        if (written.isDone()) {
            connection.answered(this, written.isSuccess());
        } else {
            written.addListener(done -> connection.answered(this, done.isSuccess()));
        }
    }

    /** The fields, with what they say of the connection's future (RFC 9112 §9.3). */
    private HttpHeaders persistence() {
        keepAlive = keepAlive && connection.persists();
        if (!keepAlive) {
            headers.set(Field.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (HttpVersion.HTTP_1_0.equals(request.protocolVersion())) {
            headers.set(Field.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        return headers;
    }
}
