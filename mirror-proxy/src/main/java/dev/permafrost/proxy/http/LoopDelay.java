package dev.permafrost.proxy.http;

import dev.permafrost.proxy.metrics.HttpMeters;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Measures how late a task runs that is due on an event loop: what all clients of that loop wait for one that hogs it. */
final class LoopDelay implements AutoCloseable {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final List<Future<?>> tasks = new ArrayList<>();

    private LoopDelay() {}

    /** Measures on each loop of a group, until it is closed. */
    static LoopDelay of(EventExecutorGroup loops, HttpMeters meters) {
        LoopDelay delay = new LoopDelay();
        for (EventExecutor loop : loops) {
            long[] due = {System.nanoTime() + INTERVAL_NANOS};
            delay.tasks.add(loop.scheduleWithFixedDelay(
                    () -> {
                        long now = System.nanoTime();
                        meters.loopDelay(now - due[0]);
                        due[0] = now + INTERVAL_NANOS;
                    },
                    INTERVAL_NANOS,
                    INTERVAL_NANOS,
                    TimeUnit.NANOSECONDS));
        }
        return delay;
    }

    @Override
    public void close() {
        tasks.forEach(task -> task.cancel(false));
    }
}
