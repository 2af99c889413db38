package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.FetchException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.MonoSink;

/**
 * Moves a body from its event loop to a blocking sink. What arrives while the sink is busy is gathered and written in one go;
 * no more is asked for than the sink has taken, so that a slow disk pauses the reading.
 */
final class BodyDrain extends BaseSubscriber<ByteBuf> {
    /** Buffers under way at once; each is at most 64 KiB. */
    private static final int BUFFERS_MAX = 8;

    private static final long CHECK_MILLIS = 500;

    private final ByteSink sink;
    private final Executor blocking;
    private final ProgressWatch watch;
    private final EventLoop loop;
    private final MonoSink<Void> result;
    private final Queue<ByteBuf> pending = new ArrayDeque<>();
    private @Nullable Future<?> checks;
    private boolean draining;
    private boolean ended;
    private @Nullable Throwable failure;

    BodyDrain(ByteSink sink, Executor blocking, ProgressWatch watch, EventLoop loop, MonoSink<Void> result) {
        this.sink = sink;
        this.blocking = blocking;
        this.watch = watch;
        this.loop = loop;
        this.result = result;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        checks = loop.scheduleAtFixedRate(this::check, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
        request(BUFFERS_MAX);
    }

    @Override
    protected void hookOnNext(ByteBuf bytes) {
        watch.progress(bytes.readableBytes(), System.nanoTime());
        synchronized (pending) {
            if (ended) {
                return;
            }
            pending.add(bytes.retain());
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
            if (draining) {
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
            pending.forEach(ByteBuf::release);
            pending.clear();
        }
    }

    private void drain() {
        while (true) {
            ByteBuf bytes;
            synchronized (pending) {
                bytes = pending.poll();
                if (bytes == null) {
                    draining = false;
                    if (!ended) {
                        return;
                    }
                }
            }
            if (bytes == null) {
                signalEnd();
                return;
            }
            if (!write(bytes)) {
                return;
            }
            request(1);
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

    private boolean write(ByteBuf bytes) {
        try {
            for (ByteBuffer part : bytes.nioBuffers()) {
                sink.write(part);
            }
            return true;
        } catch (RuntimeException e) {
            cancel();
            dropPending();
            result.error(e);
            return false;
        } finally {
            bytes.release();
        }
    }
}
