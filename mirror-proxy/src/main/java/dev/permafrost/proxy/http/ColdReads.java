package dev.permafrost.proxy.http;

import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.StoreException;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads of held files that may have to wait for the disk, on the pool that may: a few at once, so that a slow disk does not take all
 * of its threads, and the others in their order. Each client waits for one read at most. For any thread.
 */
final class ColdReads {
    /** Longer reads gain nothing: what is read is copied in the processor's own cache. */
    private static final int SCRATCH_BYTES = 256 << 10;

    private static final Duration RETRY = Duration.ofMillis(50);

    private final Executor pool;
    private final int atOnceMax;
    private final Queue<Read> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger running = new AtomicInteger();
    private final Queue<ByteBuffer> scratch = new ConcurrentLinkedQueue<>();

    /**
     * Reads on that pool.
     *
     * @param pool throws a {@link StoreException} where it takes no more
     */
    ColdReads(Executor pool, int atOnceMax) {
        this.pool = pool;
        this.atOnceMax = atOnceMax;
    }

    /**
     * Has a part of a file read into the page cache.
     *
     * @param blob of which the caller has a reference meanwhile
     * @param then told on the loop when that is done, or what it failed with
     */
    Read begin(OpenBlob blob, long position, long end, EventLoop loop, Consumer<@Nullable IOException> then) {
        if (!blob.tryRetain()) {
            throw new IllegalStateException("the file is closed under its reader");
        }
        Read read = new Read(blob, position, end, loop, then);
        waiting.add(read);
        dispatch(loop);
        return read;
    }

    /** Has as many as may be worked for. */
    private void dispatch(EventLoop loop) {
        while (!waiting.isEmpty()) {
            int now = running.get();
            if (now >= atOnceMax) {
                // whoever ends sees to the rest
                return;
            }
            if (running.compareAndSet(now, now + 1)) {
                try {
                    pool.execute(this::work);
                } catch (StoreException full) {
                    running.decrementAndGet();
                    retry(loop);
                    return;
                }
            }
        }
    }

    private void retry(EventLoop loop) {
        try {
            var unused = loop.schedule(() -> dispatch(loop), RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException loopHasEnded) {
            Read read = waiting.poll();
            while (read != null) {
                read.blob.release();
                read = waiting.poll();
            }
        }
    }

    private void work() {
        Read read = waiting.poll();
        try {
            if (read != null) {
                work(read);
            }
        } finally {
            running.decrementAndGet();
            if (read != null) {
                dispatch(read.loop);
            }
        }
    }

    private void work(Read read) {
        IOException failure = null;
        try {
            if (!read.unwanted) {
                warm(read);
            }
        } catch (IOException e) {
            failure = UnreadableException.of(e);
        } finally {
            read.blob.release();
        }
        read.tell(failure);
    }

    private void warm(Read read) throws IOException {
        ByteBuffer free = scratch.poll();
        ByteBuffer into = free == null ? ByteBuffer.allocateDirect(SCRATCH_BYTES) : free;
        try {
            read.blob.warm(read.position, read.end, into);
        } finally {
            scratch.add(into);
        }
    }

    /** One of them. Has a reference to its file until it is over. */
    static final class Read {
        private final OpenBlob blob;
        private final long position;
        private final long end;
        private final EventLoop loop;
        private final Consumer<@Nullable IOException> then;
        private volatile boolean unwanted;

        Read(OpenBlob blob, long position, long end, EventLoop loop, Consumer<@Nullable IOException> then) {
            this.blob = blob;
            this.position = position;
            this.end = end;
            this.loop = loop;
            this.then = then;
        }

        /** Nobody waits for it any more: where it has not begun, it is left out, and nobody is told. */
        void cancel() {
            unwanted = true;
        }

        private void tell(@Nullable IOException failure) {
            try {
                loop.execute(() -> {
                    if (!unwanted) {
                        then.accept(failure);
                    }
                });
            } catch (RejectedExecutionException loopHasEnded) {
                // and its clients with it
            }
        }
    }
}
