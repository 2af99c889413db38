package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.proxy.repo.Tail;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.FileRegion;
import io.netty.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a part of a growing file to one client, at that client's pace: one region at a time, up to what may be read. The
 * part's last byte waits until the whole file has been verified, so that no client completes even a range of bytes that turn
 * out wrong. If the file fails, the connection is reset.
 *
 * <p>Owns one reference to the tail. Everything but the listener runs on the channel's event loop.
 */
final class TailPump {
    /** Longest region; a long one would keep the loop at one client. */
    private static final long REGION_BYTES_MAX = 1 << 20;

    private static final ByteBuf CRLF = constant("\r\n");
    private static final ByteBuf LAST_CHUNK = constant("0\r\n\r\n");

    private final Tail tail;
    private final Channel channel;
    private final long end;
    private final boolean chunked;
    private final Consumer<ChannelFuture> sent;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private @Nullable Runnable unlisten;
    private long position;
    private boolean writing;
    private boolean done;

    /**
     * A part of a growing file.
     *
     * @param start first byte
     * @param end byte after the last; -1 for the file's own end where its length is not known
     * @param chunked each region is a chunk (RFC 9112 §7.1)
     * @param sent called with the last write, and never if there can't be one
     */
    TailPump(Tail tail, Channel channel, long start, long end, boolean chunked, Consumer<ChannelFuture> sent) {
        this.tail = tail;
        this.channel = channel;
        this.position = start;
        this.end = end;
        this.chunked = chunked;
        this.sent = sent;
    }

    private static ByteBuf constant(String text) {
        return Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(text.getBytes(US_ASCII)))
                .asReadOnly();
    }

    /** Begins to send; after the head. */
    void begin() {
        unlisten = tail.onAdvance(this::schedule);
        schedule();
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            channel.eventLoop().execute(this::pump);
        }
    }

    private void pump() {
        scheduled.set(false);
        if (done) {
            return;
        }
        Tail.State state = tail.state();
        if (state == Tail.State.FAILED) {
            finish();
            Abort.reset(channel);
            return;
        }
        long stop = stop(state);
        if (!writing && position < stop) {
            writing = true;
            long count = Math.min(stop - position, REGION_BYTES_MAX);
            writeRegion(count).addListener((Future<? super Void> written) -> wrote(count, written.cause()));
        } else if (!writing && state == Tail.State.COMPLETE) {
            finish();
            sent.accept(channel.writeAndFlush(chunked ? LAST_CHUNK.duplicate() : Unpooled.EMPTY_BUFFER));
        }
    }

    private ChannelFuture writeRegion(long count) {
        FileRegion region = FileRegions.of(tail, position, count);
        if (!chunked) {
            return channel.writeAndFlush(region);
        }
        var unused = channel.write(ByteBufUtil.writeAscii(channel.alloc(), Long.toHexString(count) + "\r\n"));
        unused = channel.write(region);
        return channel.writeAndFlush(CRLF.duplicate());
    }

    private void wrote(long count, @Nullable Throwable failure) {
        writing = false;
        position += count;
        if (failure == null) {
            pump();
        } else {
            finish();
            var unused = channel.close();
        }
    }

    /** Up to where bytes may leave now. */
    private long stop(Tail.State state) {
        long readable = tail.readableBytes();
        if (state == Tail.State.COMPLETE) {
            return end < 0 ? readable : end;
        }
        return end < 0 ? readable : Math.min(readable, end - 1);
    }

    /** Gives everything back, sent or not. */
    void finish() {
        if (!done) {
            done = true;
            Runnable listening = unlisten;
            if (listening != null) {
                listening.run();
            }
            tail.release();
        }
    }
}
