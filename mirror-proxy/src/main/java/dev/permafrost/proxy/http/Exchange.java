package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * One request and the answer to it. An answer is a status, header fields, and exactly one call of a {@code send} method. On the
 * connection's event loop.
 */
final class Exchange {
    private final ClientConnection connection;
    private final Channel channel;
    private final HttpRequest request;
    private final ResponseHead head;
    private HttpResponseStatus status = HttpResponseStatus.OK;
    private boolean keepAlive;
    /** The head has been written. */
    private boolean answering;
    /** What to end when the client leaves before its answer. */
    private @Nullable Runnable work;

    Exchange(ClientConnection connection, Channel channel, HttpRequest request) {
        this.connection = connection;
        this.channel = channel;
        this.request = request;
        this.head = new ResponseHead(channel.alloc());
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
    ResponseHead head() {
        return head;
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
        if (!answering) {
            head.release();
        }
        Runnable ending = work;
        work = null;
        if (ending != null) {
            ending.run();
        }
    }

    /** Sends the head alone. */
    void send() {
        end(channel.writeAndFlush(ended()));
    }

    /** Sends a body from memory, in one write with its head. */
    void send(ByteBuf body) {
        var unused = channel.write(ended());
        end(channel.writeAndFlush(body));
    }

    /** Sends a part of a file by file region, head and all in as few segments as there can be; takes over the reference. */
    void send(OpenBlob blob, long position, long count) {
        Cork.in(channel);
        var unused = channel.write(ended());
        end(channel.writeAndFlush(FileRegions.of(blob, position, count, channel)));
    }

    /**
     * Sends a part of a growing file as it grows; takes over the reference.
     *
     * @param end byte after the last; -1 for the file's own end where its length is not known: in chunks (RFC 9112 §7.1), or to
     *     HTTP/1.0 up to the connection's end
     */
    void send(Tail tail, long start, long end) {
        boolean chunked = end < 0 && !isOld();
        if (chunked) {
            head.add(Field.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (end < 0) {
            keepAlive = false;
        }
        TailPump pump = new TailPump(tail, channel, start, end, chunked, this::end);
        onLeave(pump::finish);
        var unused = channel.writeAndFlush(ended());
        pump.begin();
    }

    private void end(ChannelFuture written) {
        work = null;
        if (written.isDone()) {
            connection.answered(this, written.isSuccess());
        } else {
            written.addListener(done -> connection.answered(this, done.isSuccess()));
        }
    }

    /** The head, with what it says of the connection's future (RFC 9112 §9.3). */
    private ByteBuf ended() {
        keepAlive = keepAlive && connection.persists();
        if (!keepAlive) {
            head.add(Field.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (isOld()) {
            head.add(Field.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        answering = true;
        return head.end(status);
    }

    private boolean isOld() {
        return HttpVersion.HTTP_1_0.equals(request.protocolVersion());
    }
}
