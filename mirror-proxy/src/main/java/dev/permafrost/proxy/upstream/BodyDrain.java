package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.FetchException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
    /** Buffers under way at once; the decoder makes them of 8 KiB at the most. */
    private static final int BUFFERS_MAX = 32;

    /**
     * Most bytes written at once. The kernel keeps a file in memory in pieces as large as it was written in, and sends large
     * ones for a fraction of the processor time of small ones.
     */
    private static final int GATHERED_BYTES_MAX = 256 << 10;

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
            List<ByteBuf> batch;
            synchronized (pending) {
                batch = batch();
                if (batch.isEmpty()) {
                    draining = false;
                    if (!ended) {
                        return;
                    }
                }
            }
            if (batch.isEmpty()) {
                signalEnd();
                return;
            }
            if (!write(batch)) {
                return;
            }
            request(batch.size());
        }
    }

    /** What has come and is to be written in one go. */
    private List<ByteBuf> batch() {
        List<ByteBuf> batch = new ArrayList<>(BUFFERS_MAX);
        int bytes = 0;
        for (ByteBuf next = pending.peek(); next != null; next = pending.peek()) {
            bytes += next.readableBytes();
            if (!batch.isEmpty() && bytes > GATHERED_BYTES_MAX) {
                break;
            }
            batch.add(pending.remove());
        }
        return batch;
    }

    private void signalEnd() {
        Throwable error = failure;
        if (error == null) {
            result.success();
        } else {
            result.error(error);
        }
    }

    private boolean write(List<ByteBuf> batch) {
        ByteBuf gathered = gather(batch);
        try {
            for (ByteBuffer part : gathered.nioBuffers()) {
                sink.write(part);
            }
            return true;
        } catch (RuntimeException e) {
            cancel();
            dropPending();
            result.error(e);
            return false;
        } finally {
            gathered.release();
        }
    }

    /** One buffer with all of it, in place of those. */
    private static ByteBuf gather(List<ByteBuf> batch) {
        ByteBuf first = batch.get(0);
        if (batch.size() == 1) {
            return first;
        }
        int bytes = batch.stream().mapToInt(ByteBuf::readableBytes).sum();
        ByteBuf gathered = first.alloc().directBuffer(bytes, bytes);
        batch.forEach(part -> {
            gathered.writeBytes(part);
            part.release();
        });
        return gathered;
    }
}
