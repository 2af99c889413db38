package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a part of a file to one client, at that client's pace: one piece at a time, up to what may be read. The part's last
 * byte waits until the whole file has been verified, so that no client completes even a range of bytes that turn out wrong. If
 * the file fails, the client is made to know it.
 *
 * <p>Owns one reference to the tail. Everything but the listener runs on the outlet's event loop.
 */
final class FilePump {
    /** What a client of a growing file gets before the others' turn comes: the first bytes of all go before more of any. */
    private static final int FIRST_BYTES_MAX = 16 << 10;

    private final Tail tail;
    private final Outlet outlet;
    private final long start;
    private final long end;
    private final boolean last;
    private final Consumer<ChannelFuture> sent;
    /** Null where the file is being written, and so is in memory. */
    private final @Nullable ReadAhead ahead;

    private final AtomicBoolean scheduled = new AtomicBoolean();
    private @Nullable Runnable unlisten;
    private long position;
    /** Whether the next piece is the first of a growing file. */
    private boolean first;

    private boolean writing;
    private boolean done;

    /**
     * A part of a file.
     *
     * @param start first byte
     * @param end byte after the last; -1 for the file's own end where its length is not known
     * @param last whether the answer ends with it
     * @param sent called with the last write, and never if there can't be one
     */
    FilePump(Tail tail, Outlet outlet, long start, long end, boolean last, Consumer<ChannelFuture> sent) {
        this.tail = tail;
        this.outlet = outlet;
        this.start = start;
        this.position = start;
        this.end = end;
        this.last = last;
        this.sent = sent;
        this.ahead = tail instanceof WholeFile file
                ? new ReadAhead(file.blob(), end, outlet.files().coldReads(), outlet.loop(), this::pump)
                : null;
    }

    /** Begins to send; after the head. */
    void begin() {
        if (tail.state() == Tail.State.COMPLETE) {
            pump();
            return;
        }
        first = true;
        unlisten = tail.onAdvance(this::schedule);
        schedule();
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            outlet.loop().execute(() -> {
                scheduled.set(false);
                pump();
            });
        }
    }

    private void pump() {
        if (done || writing) {
            return;
        }
        Tail.State state = tail.state();
        if (state == Tail.State.FAILED) {
            finish();
            outlet.abort();
            return;
        }
        long stop = stop(state);
        boolean complete = state == Tail.State.COMPLETE;
        if (position < stop || complete) {
            int count = (int) Math.min(stop - position, Math.max(0, outlet.room()));
            if (count == 0 && position < stop) {
                outlet.whenRoom(this::pump);
                return;
            }
            if (first) {
                count = Math.min(count, FIRST_BYTES_MAX);
            }
            if (ahead != null && count > 0) {
                count = ready(ahead, count);
                if (count == 0) {
                    return;
                }
            }
            writing = true;
            boolean ends = complete && position + count == stop;
            ChannelFuture written = outlet.write(tail, position, count, ends && last);
            int bytes = count;
            written.addListener((Future<? super Void> future) -> wrote(written, bytes, ends));
        }
    }

    /** How many of so many bytes have been read ahead; 0 where the first of them has to be waited for, or can't be read. */
    private int ready(ReadAhead reads, int count) {
        int ready = (int) (reads.until(position, count) - position);
        IOException failure = reads.failure();
        if (ready == 0 && failure != null) {
            broken(failure);
        }
        return ready;
    }

    private void wrote(ChannelFuture written, int count, boolean ended) {
        writing = false;
        if (done) {
            return;
        }
        Throwable why = written.cause();
        if (why != null) {
            broken(why);
            return;
        }
        position += count;
        if (ended) {
            finish();
            sent.accept(written);
        } else if (first) {
            first = false;
            schedule();
        } else {
            pump();
        }
    }

    /** Sending more has failed. */
    private void broken(Throwable why) {
        long until = end < 0 ? tail.readableBytes() : end;
        outlet.abort(tail, why, position - start, until - start);
        finish();
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
            if (ahead != null) {
                ahead.cancel();
            }
            tail.release();
        }
    }
}
