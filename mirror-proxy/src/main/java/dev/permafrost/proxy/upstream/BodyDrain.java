package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.ByteSink;
import dev.permafrost.proxy.repo.FetchException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.MonoSink;

/**
 * Moves a body from its event loop to a blocking sink, in blocks where it comes fast enough. No more is asked for than the sink has
 * taken, so that a slow disk pauses the reading.
 */
final class BodyDrain extends BaseSubscriber<ByteBuf> {
    /** Buffers asked for at once; the decoder makes them of 8 KiB at the most. */
    private static final int BUFFERS_ASKED = 8;

    /** Where no more is asked for: one block is being written and another is full. */
    private static final int BYTES_MAX = 2 * BlockQueue.BLOCK_BYTES;

    /** How long bytes wait for the rest of their block, which delays a client that follows the fetch by as much. */
    private static final long HOLD_MILLIS = 5;

    private static final long CHECK_MILLIS = 500;

    private final ByteSink sink;
    private final ByteFlow flow;
    private final Executor blocking;
    private final ProgressWatch watch;
    private final EventLoop loop;
    private final MonoSink<Void> result;
    /** What has come; whoever touches any of the following has its lock. */
    private final BlockQueue pending = new BlockQueue();

    /** What is to be asked for when the sink has taken some. */
    private int owed;
    /** Ends the waiting of what there is for the rest of its block; null where nothing waits. */
    private @Nullable Future<?> hold;
    /** Some has been taken out since the waiting began. */
    private boolean moved;
    /** What there is has waited for long enough; the first bytes do not wait, since all clients wait for them. */
    private boolean due = true;

    private @Nullable Future<?> checks;
    private boolean draining;
    private boolean ended;
    private @Nullable Throwable failure;

    BodyDrain(
            ByteSink sink,
            ByteFlow flow,
            Executor blocking,
            ProgressWatch watch,
            EventLoop loop,
            MonoSink<Void> result) {
        this.sink = sink;
        this.flow = flow;
        this.blocking = blocking;
        this.watch = watch;
        this.loop = loop;
        this.result = result;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        checks = loop.scheduleAtFixedRate(this::check, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
        request(BUFFERS_ASKED);
    }

    @Override
    protected void hookOnNext(ByteBuf bytes) {
        watch.progress(bytes.readableBytes(), System.nanoTime());
        boolean full;
        synchronized (pending) {
            if (ended) {
                return;
            }
            pending.add(bytes.retain());
            full = pending.bytes() >= BYTES_MAX;
            if (full) {
                owed++;
            }
            hold();
        }
        schedule();
        if (!full) {
            request(1);
        }
    }

    /** Has what there is written at some time, whether or not its block gets full. With the lock. */
    private void hold() {
        if (hold == null && pending.bytes() > 0) {
            moved = false;
            hold = loop.schedule(this::held, HOLD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void held() {
        synchronized (pending) {
            hold = null;
            if (ended) {
                return;
            }
            if (moved || draining) {
                // what is there now has come later, or may be more than the block that is about to be taken out
                hold();
            } else {
                due = true;
            }
        }
        schedule();
    }

    @Override
    protected void hookOnComplete() {
        end(null);
    }

    @Override
    protected void hookOnError(Throwable error) {
        end(error);
    }

    @Override
    protected void hookOnCancel() {
        Future<?> running = checks;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void check() {
        synchronized (pending) {
            if (draining) {
                watch.progress(0, System.nanoTime());
            }
        }
        FetchException verdict = watch.verdict(System.nanoTime());
        if (verdict != null) {
            cancel();
            end(verdict);
        }
    }

    private void end(@Nullable Throwable error) {
        synchronized (pending) {
            if (ended) {
                return;
            }
            ended = true;
            failure = error;
        }
        hookOnCancel();
        schedule();
    }

    private void schedule() {
        synchronized (pending) {
            if (draining || !(ended || due || pending.fillsBlock())) {
                return;
            }
            draining = true;
        }
        try {
            blocking.execute(this::drain);
        } catch (RuntimeException e) {
            refused(e);
        }
    }

    /** Nobody will write what has come, or say how it ended. */
    private void refused(RuntimeException error) {
        cancel();
        dropPending();
        result.error(error);
    }

    private void dropPending() {
        synchronized (pending) {
            ended = true;
            pending.drop();
        }
    }

    private void drain() {
        while (true) {
            ByteBuf block;
            boolean over;
            synchronized (pending) {
                block = ended || due || pending.fillsBlock() ? pending.take() : Unpooled.EMPTY_BUFFER;
                due = false;
                moved |= block.isReadable();
                draining = block.isReadable();
                over = ended;
            }
            if (block.isReadable()) {
                int bytes = block.readableBytes();
                if (!write(block)) {
                    return;
                }
                long pauseNanos = flow.taken(bytes);
                if (pauseNanos > 0) {
                    pause(pauseNanos);
                    return;
                }
                askWhatIsOwed();
            } else {
                if (over) {
                    signalEnd();
                }
                return;
            }
        }
    }

    /** Asks for no more and writes no more for a while, in which no thread waits. */
    private void pause(long nanos) {
        try {
            var unused = loop.schedule(this::goOn, nanos, TimeUnit.NANOSECONDS);
        } catch (RuntimeException e) {
            refused(e);
        }
    }

    private void goOn() {
        try {
            blocking.execute(() -> {
                askWhatIsOwed();
                drain();
            });
        } catch (RuntimeException e) {
            refused(e);
        }
    }

    private void askWhatIsOwed() {
        int buffers;
        synchronized (pending) {
            buffers = owed;
            owed = 0;
        }
        if (buffers > 0) {
            request(buffers);
        }
    }

    private void signalEnd() {
        Throwable error = failure;
        if (error == null) {
            result.success();
        } else {
            result.error(error);
        }
    }

    /** Writes a block, which it releases, and says whether that went well. */
    private boolean write(ByteBuf block) {
        try {
            for (ByteBuffer part : block.nioBuffers()) {
                sink.write(part);
            }
            return true;
        } catch (RuntimeException e) {
            cancel();
            dropPending();
            result.error(e);
            return false;
        } finally {
            block.release();
        }
    }
}
