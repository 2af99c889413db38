package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.model.FailureKind;
import io.netty.channel.Channel;
import io.netty.channel.FileRegion;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Sends a part of a growing file to one client, at that client's pace, as regions up to what may be read. The part's last byte
 * waits until the whole file has been verified, so that no client completes even a range of bytes that turn out wrong. If the
 * file fails, the connection is reset.
 *
 * <p>Owns one reference to the tail. Everything but the listener runs on the channel's event loop.
 */
final class TailPump implements Publisher<FileRegion>, Subscription {
    /** Longest region; a long one would keep the loop at one client. */
    private static final long REGION_BYTES_MAX = 1 << 20;

    private final Tail tail;
    private final Channel channel;
    private final long end;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private @Nullable Subscriber<? super FileRegion> subscriber;
    private @Nullable Runnable unlisten;
    private long position;
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

    @Override
    public void subscribe(Subscriber<? super FileRegion> actual) {
        subscriber = actual;
        actual.onSubscribe(this);
        unlisten = tail.onAdvance(this::schedule);
        schedule();
    }

    @Override
    public void request(long n) {
        demand.getAndUpdate(d -> d + n < 0 ? Long.MAX_VALUE : d + n);
        schedule();
    }

    @Override
    public void cancel() {
        channel.eventLoop().execute(this::finish);
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            channel.eventLoop().execute(this::pump);
        }
    }

    private void pump() {
        scheduled.set(false);
        Subscriber<? super FileRegion> actual = subscriber;
        if (done || actual == null) {
            return;
        }
        Tail.State state = tail.state();
        long stop = stop(state);
        while (position < stop && demand.get() > 0) {
            long count = Math.min(stop - position, REGION_BYTES_MAX);
            FileRegion region = FileRegions.of(tail, position, count);
            position += count;
            demand.decrementAndGet();
            actual.onNext(region);
            if (done) {
                return;
            }
        }
        if (state == Tail.State.FAILED) {
            finish();
            Abort.reset(channel);
            actual.onError(new FetchException(FailureKind.UPSTREAM_UNREACHABLE, "the fetch failed in mid-body"));
        } else if (state == Tail.State.COMPLETE && position == stop) {
            finish();
            actual.onComplete();
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
