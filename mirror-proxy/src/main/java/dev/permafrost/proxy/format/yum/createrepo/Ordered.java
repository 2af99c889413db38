package dev.permafrost.proxy.format.yum.createrepo;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Work that several threads do ahead, of which the results are taken in order. How far ahead is bounded, by number and by the memory that
 * the work says it needs: whatever is next in order never waits for memory, so that those after it get theirs again.
 */
final class Ordered implements AutoCloseable {
    private static final int AHEAD_PER_WORKER = 16;
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);

    private final ExecutorService pool;
    private final int aheadMax;
    private final long bytesMax;
    private long taken;
    private long bytes;

    /** So many threads, and so much memory for what is done and not taken yet. */
    Ordered(int workers, long bytesMax) {
        this.pool = Executors.newFixedThreadPool(workers, run -> {
            Thread thread = new Thread(run, "createrepo");
            thread.setDaemon(true);
            return thread;
        });
        this.aheadMax = workers * AHEAD_PER_WORKER;
        this.bytesMax = bytesMax;
    }

    /** Work on one thing. */
    interface Work<T, R> {
        /** Does it; {@code memory} has to be told how many bytes it takes, before it takes them. */
        R on(T thing, LongConsumer memory) throws Exception;
    }

    /** Does the work on all things, and hands over the results in their order. Fails as the first of them does. */
    <T, R> void each(List<T> things, Work<T, R> work, Consumer<R> results) {
        Deque<Future<Done<R>>> ahead = new ArrayDeque<>();
        int started = 0;
        for (int i = 0; i < things.size(); i++) {
            for (; started < things.size() && ahead.size() < aheadMax; started++) {
                int number = started;
                ahead.add(pool.submit(() -> done(number, things.get(number), work)));
            }
            Done<R> done = result(ahead.remove());
            results.accept(done.result);
            took(done.bytes);
        }
    }

    private record Done<R>(R result, long bytes) {}

    private <T, R> Done<R> done(int number, T thing, Work<T, R> work) throws Exception {
        long[] held = new long[1];
        R result = work.on(thing, wanted -> {
            admit(number, wanted);
            held[0] += wanted;
        });
        return new Done<>(result, held[0]);
    }

    private void took(long held) {
        synchronized (this) {
            taken++;
            bytes -= held;
            notifyAll();
        }
    }

    private void admit(long number, long wanted) {
        synchronized (this) {
            while (taken < number && bytes + wanted > bytesMax) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted", e);
                }
            }
            bytes += wanted;
        }
    }

    private static <R> R result(Future<R> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Ends the work that is not done, and waits until nothing is written any more. */
    @Override
    public void close() {
        pool.shutdownNow();
        try {
            if (!pool.awaitTermination(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("work has not ended within " + END_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
