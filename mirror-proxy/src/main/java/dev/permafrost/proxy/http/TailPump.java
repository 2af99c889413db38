package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.model.FailureKind;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Sends a part of a growing file to one client, at that client's pace: one region at a time, up to what may be read. The
 * part's last byte waits until the whole file has been verified, so that no client completes even a range of bytes that turn
 * out wrong. If the file fails, the connection is reset.
 *
 * <p>Writes to the channel itself, since Reactor Netty's {@code sendObject(Publisher)} takes a file region for an empty buffer
 * and drops it. Owns one reference to the tail. Everything but the listener runs on the channel's event loop.
 */
final class TailPump {
    /** Longest region; a long one would keep the loop at one client. */
    private static final long REGION_BYTES_MAX = 1 << 20;

    private final Tail tail;
    private final Channel channel;
    private final long end;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private @Nullable MonoSink<Void> sink;
    private @Nullable Runnable unlisten;
    private long position;
    private boolean writing;
    private boolean done;

    /**
     * A part of a growing file.
     *
     * @param start first byte
     * @param end byte after the last; -1 for the file's own end where its length is not known
     */
    TailPump(Tail tail, Channel channel, long start, long end) {
        this.tail = tail;
        this.channel = channel;
        this.position = start;
        this.end = end;
    }

    /** Sends it when subscribed, after the head; completes after the last byte has left. */
    Mono<Void> send() {
        return Mono.create(this::begin);
    }

    /** Gives everything back, sent or not. */
    void abandon() {
        channel.eventLoop().execute(this::finish);
    }

    private void begin(MonoSink<Void> to) {
        sink = to;
        unlisten = tail.onAdvance(this::schedule);
        to.onDispose(this::abandon);
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
            Abort.reset(channel);
            fail(new FetchException(FailureKind.UPSTREAM_UNREACHABLE, "the fetch failed in mid-body"));
            return;
        }
        long stop = stop(state);
        if (!writing && position < stop) {
            writing = true;
            long count = Math.min(stop - position, REGION_BYTES_MAX);
            channel.writeAndFlush(FileRegions.of(tail, position, count))
                    .addListener((Future<? super Void> written) -> wrote(count, written.cause()));
        } else if (!writing && state == Tail.State.COMPLETE) {
            MonoSink<Void> to = sink;
            finish();
            if (to != null) {
                to.success();
            }
        }
    }

    private void wrote(long count, @Nullable Throwable failure) {
        writing = false;
        position += count;
        if (failure == null) {
            pump();
        } else {
            fail(failure);
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

    private void fail(Throwable failure) {
        MonoSink<Void> to = sink;
        finish();
        if (to != null) {
            to.error(failure);
        }
    }

    private void finish() {
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
