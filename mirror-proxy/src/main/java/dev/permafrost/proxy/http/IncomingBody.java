package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.RequestBody;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A request's body on its way from the connection's event loop, where it comes, to a thread that may block, where it is taken.
 * What was taken is told to the connection, which lets no more come than that.
 */
final class IncomingBody implements RequestBody {
    private final long lengthBytes;
    private final EventExecutor loop;
    private final HttpConfig config;
    private final Runnable wanted;
    private final IntConsumer taken;
    /** What has come; whoever touches any of the following has its lock. */
    private final Queue<ByteBuf> pending = new ArrayDeque<>();

    private @Nullable BodySink sink;
    private @Nullable Executor blocking;
    private @Nullable MonoSink<Void> result;
    private boolean draining;
    /** The sink has been called for the last time. */
    private boolean finished;
    /** No more comes. */
    private boolean over;

    /** Why no more comes, where it is not all. */
    private @Nullable StoreException failure;
    /** What has come and is not taken yet. */
    private int pendingBytes;

    /** On the loop alone: bytes that came since the looks at its progress began, and when that was. */
    private long cameBytes;

    private long sinceNanos = System.nanoTime();
    private long lastNanos = sinceNanos;

    /**
     * A body of which nothing has come.
     *
     * @param lengthBytes what the request says, -1 for nothing
     * @param wanted called on the loop when somebody begins to take it
     * @param taken called on the loop with the number of bytes that have been taken
     */
    IncomingBody(long lengthBytes, EventExecutor loop, HttpConfig config, Runnable wanted, IntConsumer taken) {
        this.lengthBytes = lengthBytes;
        this.loop = loop;
        this.config = config;
        this.wanted = wanted;
        this.taken = taken;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public Mono<Void> drainTo(BodySink to, Executor executor) {
        return Mono.create(subscriber -> {
            synchronized (pending) {
                if (sink != null) {
                    throw new IllegalStateException("a body is taken once");
                }
                sink = to;
                blocking = executor;
                result = subscriber;
            }
            onLoop(() -> {
                sinceNanos = System.nanoTime();
                lastNanos = sinceNanos;
                wanted.run();
            });
            schedule();
        });
    }

    /** Whether somebody takes it, and all of it has come. */
    boolean complete() {
        synchronized (pending) {
            return sink != null && over && failure == null;
        }
    }

    /** How much has come that is not taken yet. */
    int pendingBytes() {
        synchronized (pending) {
            return pendingBytes;
        }
    }

    /** Adds what comes next; takes over the reference. On the loop. */
    void add(ByteBuf bytes) {
        int count = bytes.readableBytes();
        lastNanos = System.nanoTime();
        cameBytes += count;
        boolean kept;
        synchronized (pending) {
            kept = !over && count > 0;
            if (kept) {
                pending.add(bytes);
                pendingBytes += count;
            }
        }
        if (kept) {
            schedule();
        } else {
            bytes.release();
            taken.accept(count);
        }
    }

    /** That was all of it. */
    void end() {
        over(null);
    }

    /** No more comes; does nothing after the end. */
    void breakOff(String why) {
        over(new StoreException(FailureKind.BAD_REQUEST, why));
    }

    private void over(@Nullable StoreException why) {
        synchronized (pending) {
            if (over) {
                return;
            }
            over = true;
            failure = why;
        }
        schedule();
    }

    /** Breaks it off if it comes too slowly, by the same measure as answers that are taken too slowly. On the loop. */
    void look(long now) {
        synchronized (pending) {
            if (sink == null || over) {
                return;
            }
            if (pendingBytes > 0) {
                // it is not the client that is slow
                lastNanos = now;
                sinceNanos = now;
                cameBytes = 0;
                return;
            }
        }
        if (now - lastNanos >= config.idleTimeout().toNanos()) {
            breakOff("no more of the body came for " + config.idleTimeout().toSeconds() + " s");
        } else if (now - sinceNanos >= config.writeSlowWindow().toNanos()) {
            double seconds = (now - sinceNanos) / 1e9;
            if (cameBytes < config.writeBytesPerSecondMin() * seconds) {
                breakOff("the body came at less than " + config.writeBytesPerSecondMin() + " bytes a second");
            }
            sinceNanos = now;
            cameBytes = 0;
        }
    }

    private void schedule() {
        Executor executor;
        synchronized (pending) {
            executor = blocking;
            if (executor == null || draining || finished || (pending.isEmpty() && !over)) {
                return;
            }
            draining = true;
        }
        try {
            executor.execute(this::drain);
        } catch (RuntimeException refused) {
            // the pool is full, or ending
            fail(refused);
        }
    }

    /** The sink gets no more, and is told. */
    private void fail(Throwable error) {
        BodySink to;
        synchronized (pending) {
            finished = true;
            to = sink;
        }
        drop();
        if (to != null) {
            to.abandon();
        }
        signal(error);
    }

    private void drain() {
        BodySink to = sink;
        if (to == null) {
            return;
        }
        try {
            while (true) {
                ByteBuf next;
                boolean ended;
                StoreException broken;
                synchronized (pending) {
                    broken = failure;
                    next = broken == null ? pending.poll() : null;
                    ended = over;
                    draining = next != null;
                    finished = next == null && (ended || broken != null);
                    if (next != null) {
                        pendingBytes -= next.readableBytes();
                    }
                }
                if (next != null) {
                    write(to, next);
                } else if (broken != null) {
                    drop();
                    to.abandon();
                    signal(broken);
                    return;
                } else {
                    if (ended) {
                        to.end();
                        signal(null);
                    }
                    return;
                }
            }
        } catch (Throwable e) {
            // whatever it is: a body that nobody takes any further would never end
            fail(e);
        }
    }

    private void write(BodySink to, ByteBuf bytes) {
        int count = bytes.readableBytes();
        try {
            for (ByteBuffer part : bytes.nioBuffers()) {
                to.write(part);
            }
        } finally {
            bytes.release();
        }
        onLoop(() -> taken.accept(count));
    }

    /** Takes no more, and forgets what is there. */
    private void drop() {
        int count;
        synchronized (pending) {
            over = true;
            if (failure == null) {
                failure = new StoreException(FailureKind.BAD_REQUEST, "the body is not taken");
            }
            count = pendingBytes;
            pending.forEach(ByteBuf::release);
            pending.clear();
            pendingBytes = 0;
        }
        onLoop(() -> taken.accept(count));
    }

    /** Nobody will take it; for the connection, on the loop. */
    void dismiss() {
        synchronized (pending) {
            if (sink != null) {
                return;
            }
        }
        drop();
    }

    private void signal(@Nullable Throwable error) {
        MonoSink<Void> subscriber = result;
        if (subscriber == null) {
            return;
        }
        if (error == null) {
            subscriber.success();
        } else {
            subscriber.error(error);
        }
    }

    private void onLoop(Runnable step) {
        try {
            loop.execute(step);
        } catch (RejectedExecutionException loopHasEnded) {
            // and the connection with it
        }
    }
}
