package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread on which what yum 3 reads is made beside a server that answers clients, one at a time for all of its repositories, since each takes a
 * processor for up to minutes. It is never interrupted: that would close the files that it reads for all who share them.
 */
public final class TwinMaker implements AutoCloseable {
    private static final long IDLE_SECONDS = 30;
    private static final long CLOSE_SECONDS = 10;

    private final ScheduledThreadPoolExecutor thread;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** One whose thread begins when there is something to make. */
    public TwinMaker() {
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread one = new Thread(task, "permafrost-yum3");
            one.setDaemon(true);
            return one;
        });
        thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.setRemoveOnCancelPolicy(true);
    }

    /** Runs a task after a while, once those before it are done; null once it is closing. */
    @Nullable Future<?> later(Runnable task, Duration after) {
        try {
            return thread.schedule(task, after.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return null;
        }
    }

    /** Throws SHUTTING_DOWN once it is closing: tasks call it now and then, so that they end. */
    void goOn() {
        pause(Duration.ZERO);
    }

    /** Waits on its thread for something that takes a while; throws SHUTTING_DOWN once it is closing. */
    void pause(Duration time) {
        boolean isClosing;
        try {
            isClosing = closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            isClosing = true;
        }
        if (isClosing) {
            throw new FetchException(FailureKind.SHUTTING_DOWN, "the server is closing");
        }
    }

    /** Ends it, after the step that it is at, for which it waits up to ten seconds. */
    @Override
    public void close() {
        closing.countDown();
        thread.shutdown();
        try {
            var unused = thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
