package dev.permafrost.proxy.fetch;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * The one way off the event loops: a bounded pool for disk and index work.
 *
 * <p>Not one of Reactor's schedulers, because those interrupt a task whose subscriber has left, and an interrupt closes a
 * file channel for everyone who shares it.
 */
public final class Blocking implements AutoCloseable {
    private static final int QUEUE_TASKS_MAX = 10_000;
    private static final long CLOSE_SECONDS = 10;

    private final ThreadPoolExecutor pool;

    /** A thread of one pool. */
    private static final class Worker extends Thread {
        private final Blocking owner;

        Worker(Blocking owner, Runnable task, String name) {
            super(task, name);
            this.owner = owner;
            setDaemon(true);
        }
    }

    /** A pool of that many threads. */
    public Blocking(int threads) {
        AtomicInteger number = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                threads,
                threads,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUE_TASKS_MAX),
                task -> new Worker(this, task, "permafrost-io-" + number.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a call on the pool for each subscriber; null completes empty. A subscriber that leaves does not stop it. Where the
     * subscriber is on the pool already, the call runs at once: the steps of one answer do not queue again behind the first
     * steps of all others.
     *
     * @return errs with what the call throws, OVERLOADED where the queue is full
     */
    public <T> Mono<T> call(Callable<T> call) {
        return Mono.create(sink -> {
            if (Thread.currentThread() instanceof Worker worker && worker.owner == this) {
                run(call, sink);
                return;
            }
            try {
                pool.execute(() -> run(call, sink));
            } catch (RejectedExecutionException e) {
                sink.error(rejected(e));
            }
        });
    }

    private static <T> void run(Callable<T> call, MonoSink<T> sink) {
        try {
            sink.success(call.call());
        } catch (Throwable e) {
            sink.error(e);
        }
    }

    /** The pool as an executor; it throws OVERLOADED where the queue is full. */
    public Executor executor() {
        return task -> {
            try {
                pool.execute(task);
            } catch (RejectedExecutionException e) {
                throw rejected(e);
            }
        };
    }

    /** Runs something that does not block after a while. */
    void later(Duration delay, Runnable task) {
        Schedulers.parallel().schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** How many of its threads are at work. */
    public int active() {
        return pool.getActiveCount();
    }

    /** How many calls wait for a thread. */
    public int queued() {
        return pool.getQueue().size();
    }

    /** Waits for what is under way, up to ten seconds. */
    @Override
    public void close() {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException e) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private FetchException rejected(RejectedExecutionException cause) {
        return pool.isShutdown()
                ? new FetchException(FailureKind.SHUTTING_DOWN, "the server is closing", cause)
                : new FetchException(
                        FailureKind.OVERLOADED, "more than " + QUEUE_TASKS_MAX + " disk tasks are waiting", cause);
    }
}
