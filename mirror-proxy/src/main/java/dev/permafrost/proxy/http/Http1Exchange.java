package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.FileRegion;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** An exchange over HTTP/1.1 or HTTP/1.0, whose body leaves by file regions, or, encrypted, by copies. */
final class Http1Exchange extends Exchange implements Outlet {
    private static final int REGION_BYTES_MAX = 1 << 20;
    /** From here on a region costs less than to copy: sendfile hands over the pages of the kernel's cache as they are. */
    private static final int COPIED_BYTES_MAX = 32 << 10;

    private static final ByteBuf CRLF = constant("\r\n");
    private static final ByteBuf LAST_CHUNK = constant("0\r\n\r\n");

    private final Http1Connection connection;
    private final Channel channel;
    private final Http1Head head;
    private boolean keepAlive;
    /** The head, where it is to leave with the body's first piece. */
    private ByteBuf front = Unpooled.EMPTY_BUFFER;
    /** The body comes in chunks (RFC 9112 §7.1). */
    private boolean chunked;

    Http1Exchange(Http1Connection connection, Channel channel, HttpRequest request, @Nullable IncomingBody body) {
        super(request, body);
        this.connection = connection;
        this.channel = channel;
        this.head = new Http1Head(channel.alloc());
        this.keepAlive = HttpUtil.isKeepAlive(request);
    }

    private static ByteBuf constant(String text) {
        return Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(text.getBytes(US_ASCII)))
                .asReadOnly();
    }

    @Override
    int majorVersion() {
        return 1;
    }

    @Override
    Peer peer() {
        return connection.peer();
    }

    @Override
    boolean encrypted() {
        return connection.encrypted();
    }

    /** HTTP/1.1 has chunks; before, the end of the connection is all there is, and only TCP has another one than the orderly. */
    @Override
    boolean tellsEnds() {
        return !isOld() || channel instanceof SocketChannel;
    }

    @Override
    public EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public FileTraffic files() {
        return connection.files();
    }

    @Override
    ResponseHead head() {
        return head;
    }

    @Override
    Exchange close() {
        keepAlive = false;
        return this;
    }

    boolean keepAlive() {
        return keepAlive;
    }

    @Override
    void leave() {
        if (!answering()) {
            head.release();
        }
        takeFront().release();
        super.leave();
    }

    @Override
    void send() {
        end(channel.writeAndFlush(finished()));
    }

    @Override
    void send(ByteBuf body) {
        gave(body.readableBytes());
        ByteBuf front = finished();
        if (connection.encrypted()) {
            // the first record holds as much of the body as there is room for
            int room = Math.max(0, TlsRecords.BYTES_MAX - front.readableBytes());
            front.writeBytes(body, Math.min(room, body.readableBytes()));
            if (!body.isReadable()) {
                body.release();
                end(channel.writeAndFlush(front));
                return;
            }
        }
        var unused = channel.write(front);
        end(channel.writeAndFlush(body));
    }

    @Override
    int copiedBytesMax() {
        return connection.encrypted() ? Integer.MAX_VALUE : COPIED_BYTES_MAX;
    }

    @Override
    void send(OpenBlob blob, long position, long count) {
        if (connection.encrypted()) {
            front = finished();
            pump(new FilePump(new WholeFile(blob), this, position, position + count, true, this::end));
            return;
        }
        connection.failsByReset();
        long end = position + count;
        if (count > REGION_BYTES_MAX || blob.warmUntil(position, end, startedNanos()) < end) {
            stepwise(blob, position, end);
            return;
        }
        connection.cork().hold();
        var unused = channel.write(finished());
        WholeFile file = new WholeFile(blob);
        FileRegion region = FileRegions.of(file, position, count);
        ChannelFuture written = channel.writeAndFlush(region);
        if (written.isDone()) {
            sent(file, region, written);
        } else {
            written.addListener(done -> sent(file, region, written));
        }
        end(written);
    }

    /** Sends a part of a file that may not be in memory, or not for as long as it takes to send it. */
    private void stepwise(OpenBlob blob, long position, long end) {
        boolean begins = blob.warmUntil(position, position + 1, startedNanos()) > position;
        if (begins) {
            connection.cork().hold();
        } else {
            connection.cork().release();
        }
        var unused = begins ? channel.write(finished()) : channel.writeAndFlush(finished());
        pump(new FilePump(new WholeFile(blob), this, position, end, true, this::end));
    }

    /** A region has left, or can't. */
    private void sent(WholeFile file, FileRegion region, ChannelFuture written) {
        gave(region.transferred());
        Throwable why = written.cause();
        if (why != null) {
            files().unreadable().tell(this, file, why, region.transferred(), region.count());
        }
        file.release();
    }

    @Override
    void send(OpenBlob blob, Multipart parts) {
        connection.failsByReset();
        var unused = channel.write(finished());
        MultipartPump pump = new MultipartPump(new WholeFile(blob), parts, this, this::end);
        onLeave(pump::finish);
        pump.begin();
    }

    @Override
    void send(Tail tail, long start, long end) {
        chunked = end < 0 && !isOld();
        if (chunked) {
            head.add(Field.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (end < 0) {
            keepAlive = false;
        }
        connection.cork().release();
        connection.failsByReset();
        var unused = channel.writeAndFlush(finished());
        pump(new FilePump(tail, this, start, end, true, this::end));
    }

    private void pump(FilePump pump) {
        onLeave(pump::finish);
        pump.begin();
    }

    @Override
    public int room() {
        return connection.encrypted()
                ? connection.files().copies().pieceBytesMax(FileCopies.PIECE_BYTES_MAX)
                : REGION_BYTES_MAX;
    }

    /** There always is. */
    @Override
    public void whenRoom(Runnable then) {
        loop().execute(then);
    }

    @Override
    public ChannelFuture write(Tail tail, long position, int count, boolean last) {
        if (count == 0) {
            return channel.writeAndFlush(chunked ? LAST_CHUNK.duplicate() : Unpooled.EMPTY_BUFFER);
        }
        Object piece;
        try {
            piece = connection.encrypted()
                    ? FileCopies.behind(takeFront(), tail, position, count, channel.alloc())
                    : FileRegions.of(tail, position, count);
        } catch (UnreadableException e) {
            return channel.newFailedFuture(e);
        }
        gave(count);
        ChannelFuture written = chunked ? writeChunk(piece, count, last) : channel.writeAndFlush(piece);
        return connection.encrypted() ? connection.files().copies().add(count, written) : written;
    }

    private ChannelFuture writeChunk(Object piece, int count, boolean last) {
        var unused = channel.write(ByteBufUtil.writeAscii(channel.alloc(), Integer.toHexString(count) + "\r\n"));
        unused = channel.write(piece);
        if (last) {
            unused = channel.write(CRLF.duplicate());
        }
        return channel.writeAndFlush((last ? LAST_CHUNK : CRLF).duplicate());
    }

    private ByteBuf takeFront() {
        ByteBuf taken = front;
        front = Unpooled.EMPTY_BUFFER;
        return taken;
    }

    @Override
    public ChannelFuture write(ByteBuf bytes, boolean last) {
        gave(bytes.readableBytes());
        return last ? channel.writeAndFlush(bytes) : channel.write(bytes);
    }

    @Override
    public void abort(Tail file, Throwable why, long sentBytes, long partBytes) {
        files().unreadable().tell(this, file, why, sentBytes, partBytes);
        abort();
    }

    @Override
    public void abort() {
        endWork();
        Abort.reset(channel);
    }

    private void end(ChannelFuture written) {
        settle();
        if (written.isDone()) {
            ended(written.isSuccess());
        } else {
            written.addListener(done -> ended(done.isSuccess()));
        }
    }

    private void ended(boolean sent) {
        connection.cork().push();
        connection.answered(this, sent);
    }

    /** The head, with what it says of the connection's future (RFC 9112 §9.3). */
    private ByteBuf finished() {
        keepAlive = keepAlive && connection.persists();
        if (!keepAlive) {
            head.add(Field.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (isOld()) {
            head.add(Field.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        answer();
        return head.end(status());
    }

    private boolean isOld() {
        return HttpVersion.HTTP_1_0.equals(request().protocolVersion());
    }
}
