package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** An exchange over one stream of HTTP/2, whose body leaves by copies in DATA frames as the client's windows allow. */
final class Http2Exchange extends Exchange implements Outlet {
    private final Http2Connection connection;
    private final int stream;
    private final Http2Head head = new Http2Head();
    /** What to do when there may be room for more of it; null where nothing waits for that. */
    private @Nullable Runnable waiting;

    Http2Exchange(Http2Connection connection, int stream, HttpRequest request, @Nullable IncomingBody body) {
        super(request, body);
        this.connection = connection;
        this.stream = stream;
    }

    @Override
    int majorVersion() {
        return 2;
    }

    @Override
    Peer peer() {
        return connection.peer();
    }

    @Override
    boolean encrypted() {
        return connection.encrypted();
    }

    @Override
    boolean tellsEnds() {
        return true;
    }

    @Override
    public EventLoop loop() {
        return connection.loop();
    }

    @Override
    public FileTraffic files() {
        return connection.files();
    }

    @Override
    ResponseHead head() {
        return head;
    }

    /** Streams don't share their framing: the others go on. */
    @Override
    Exchange close() {
        return this;
    }

    @Override
    void send() {
        end(connection.writeHead(stream, finished(), true));
    }

    @Override
    void send(ByteBuf body) {
        var unused = connection.writeHead(stream, finished(), false);
        gave(body.readableBytes());
        end(connection.writeData(stream, body, true));
    }

    @Override
    int copiedBytesMax() {
        return Integer.MAX_VALUE;
    }

    @Override
    void send(OpenBlob blob, long position, long count) {
        send(new WholeFile(blob), position, position + count);
    }

    @Override
    void send(OpenBlob blob, Multipart parts) {
        var unused = connection.writeHead(stream, finished(), false);
        MultipartPump pump = new MultipartPump(new WholeFile(blob), parts, this, this::end);
        onLeave(pump::finish);
        pump.begin();
        if (bodyBytes() == 0) {
            // the head need not wait for a body that does
            connection.flushUnlessReading();
        }
    }

    @Override
    void send(Tail tail, long start, long end) {
        var unused = connection.writeHead(stream, finished(), false);
        FilePump pump = new FilePump(tail, this, start, end, true, this::end);
        onLeave(pump::finish);
        pump.begin();
        if (bodyBytes() == 0) {
            // the head need not wait for a body that does
            connection.flushUnlessReading();
        }
    }

    @Override
    public int room() {
        return connection.room(stream);
    }

    @Override
    public void whenRoom(Runnable then) {
        if (waiting == null) {
            connection.await(this);
        }
        waiting = then;
    }

    /** There may be room. */
    void resume() {
        Runnable then = waiting;
        waiting = null;
        if (then != null) {
            then.run();
        }
    }

    @Override
    void leave() {
        IncomingBody body = body();
        if (body != null) {
            body.dismiss();
            body.breakOff("the client has left");
        }
        if (waiting != null) {
            waiting = null;
            connection.awaitNoMore(this);
        }
        super.leave();
    }

    @Override
    public ChannelFuture write(Tail tail, long position, int count, boolean last) {
        try {
            ByteBuf copy = FileCopies.of(tail, position, count, connection.allocator());
            gave(count);
            return connection.writeCopy(stream, copy, last);
        } catch (UnreadableException e) {
            return connection.failed(e);
        }
    }

    @Override
    public ChannelFuture write(ByteBuf bytes, boolean last) {
        gave(bytes.readableBytes());
        return connection.writeData(stream, bytes, last);
    }

    @Override
    public void abort(Tail file, Throwable why, long sentBytes, long partBytes) {
        files().unreadable().tell(this, file, why, sentBytes, partBytes);
        abort();
    }

    @Override
    public void abort() {
        endWork();
        connection.reset(stream);
    }

    private void end(ChannelFuture written) {
        settle();
        connection.answered(this, stream, written);
    }

    private Http2Headers finished() {
        answer();
        return head.end(status());
    }
}
