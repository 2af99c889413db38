package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has metadata made anew, by a thread of its own, a while after the last change, and now and then while changes go on. */
final class MetadataMaker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetadataMaker.class);
    private static final Duration RETRY = Duration.ofSeconds(30);
    private static final long CLOSE_MILLIS = 10_000;

    private final Runnable make;
    private final Pace pace;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private boolean closing;
    private boolean due;
    private long firstNanos;
    private long lastNanos;
    private String told = "";

    /**
     * How patient it is.
     *
     * @param quiet so long after a change nothing else may change
     * @param most so long after a change it waits no more
     */
    record Pace(Duration quiet, Duration most) {
        static final Pace USUAL = new Pace(Duration.ofSeconds(2), Duration.ofSeconds(15));
    }

    /** One that has not begun. */
    MetadataMaker(String repository, Runnable make, Pace pace) {
        this.make = make;
        this.pace = pace;
        this.thread = new Thread(this::run, "permafrost-metadata-" + repository);
        thread.setDaemon(true);
    }

    /** Begins, and does not wait for anything. */
    void begin() {
        thread.start();
    }

    /** Something has changed. */
    void wake() {
        lock.lock();
        try {
            lastNanos = System.nanoTime();
            if (!due) {
                due = true;
                firstNanos = lastNanos;
            }
            woken.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (await()) {
                makeOnce();
            }
        } catch (InterruptedException e) {
            // nobody interrupts it but to end it
        }
    }

    /** Waits until it is time; false once it is to end. */
    private boolean await() throws InterruptedException {
        lock.lock();
        try {
            while (!closing) {
                long wait = due
                        ? Math.min(
                                        lastNanos + pace.quiet().toNanos(),
                                        firstNanos + pace.most().toNanos())
                                - System.nanoTime()
                        : TimeUnit.DAYS.toNanos(1);
                if (due && wait <= 0) {
                    due = false;
                    return true;
                }
                var unused = woken.awaitNanos(wait);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void makeOnce() throws InterruptedException {
        try {
            make.run();
            told = "";
        } catch (StoreException e) {
            if (e.kind() != FailureKind.SHUTTING_DOWN) {
                tell(String.valueOf(e.getMessage()));
                later();
            }
        } catch (RuntimeException e) {
            tell("new metadata can't be made by a fault of ours: " + e);
            later();
        }
    }

    private void tell(String what) {
        if (!what.equals(told)) {
            told = what;
            log.warn(
                    "{}; it is tried again every {} s, and clients see what was there before", what, RETRY.toSeconds());
        }
    }

    private void later() throws InterruptedException {
        lock.lock();
        try {
            long until = System.nanoTime() + RETRY.toNanos();
            while (!closing && until - System.nanoTime() > 0) {
                var unused = woken.awaitNanos(until - System.nanoTime());
            }
            if (!due) {
                due = true;
                firstNanos = System.nanoTime();
                lastNanos = firstNanos;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends it, after what it is making, for which it waits up to ten seconds. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            woken.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
