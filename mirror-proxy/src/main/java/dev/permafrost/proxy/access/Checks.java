package dev.permafrost.proxy.access;

import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share that checks of logins have of the pool that blocks: a few at once, a queue that ends, and of these a part for one
 * address. Requests that come together with one login, as those of pip and uv do, have it computed once.
 */
final class Checks {
    private static final Logger log = LoggerFactory.getLogger(Checks.class);
    private static final int QUEUE_MAX = 64;
    private static final int ADDRESS_MAX = 16;
    private static final int DELAYED_MAX = 1_000;

    private final Executor pool;
    private final Timer timer;
    private final int runningMax;
    private final Map<Memory.Key, CompletableFuture<Outcome>> underWay = new ConcurrentHashMap<>();
    private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
    private final AtomicInteger delayed = new AtomicInteger();
    private final Queue<Check> queue = new ArrayDeque<>();
    private int running;

    /** What came of a check. */
    enum Outcome {
        /** The login is right. */
        RIGHT,
        /** It is wrong. */
        WRONG,
        /** It was not computed: there are too many. */
        TOO_MANY
    }

    /** Does something that does not block after a while. */
    @FunctionalInterface
    interface Timer {
        void after(Duration delay, Runnable task);
    }

    private record Check(Supplier<Outcome> login, CompletableFuture<Outcome> outcome) {}

    Checks(Executor pool, Timer timer, int runningMax) {
        this.pool = pool;
        this.timer = timer;
        this.runningMax = runningMax;
    }

    /**
     * Has a login computed, or joins those who wait for the same. Never blocks.
     *
     * @param key what tells logins apart
     * @param network where it comes from, as {@link Throttle#network} has it
     * @param delay how long not to begin with it
     * @param login computes it, and blocks
     * @return never fails; completes on another thread, or at once where there are too many
     */
    CompletionStage<Outcome> submit(Memory.Key key, String network, Duration delay, Supplier<Outcome> login) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        CompletableFuture<Outcome> joined = underWay.putIfAbsent(key, outcome);
        if (joined != null) {
            return joined;
        }
        int ofAddress = byAddress.merge(network, 1, Integer::sum);
        CompletionStage<Outcome> told = outcome.whenComplete((done, never) -> {
            underWay.remove(key);
            byAddress.computeIfPresent(network, (same, count) -> count == 1 ? null : count - 1);
        });
        Check check = new Check(login, outcome);
        if (ofAddress > ADDRESS_MAX) {
            outcome.complete(Outcome.TOO_MANY);
        } else if (delay.isZero() || delayed.incrementAndGet() > DELAYED_MAX) {
            if (!delay.isZero()) {
                delayed.decrementAndGet();
            }
            enqueue(check);
        } else {
            timer.after(delay, () -> {
                delayed.decrementAndGet();
                enqueue(check);
            });
        }
        return told;
    }

    private void enqueue(Check check) {
        boolean begins;
        boolean waits = false;
        synchronized (queue) {
            begins = running < runningMax;
            if (begins) {
                running++;
            } else if (queue.size() < QUEUE_MAX) {
                waits = queue.add(check);
            }
        }
        if (begins) {
            begin(check);
        } else if (!waits) {
            check.outcome.complete(Outcome.TOO_MANY);
        }
    }

    private void begin(Check first) {
        try {
            pool.execute(() -> run(first));
        } catch (StoreException fullOrClosing) {
            turnAway(first);
        } catch (RuntimeException | Error e) {
            log.error("a login can't be checked, by a fault of ours", e);
            turnAway(first);
        }
    }

    /** Answers one that the pool did not take, and those that came to wait for it meanwhile, if nobody else will. */
    private void turnAway(Check first) {
        List<Check> left = new ArrayList<>();
        left.add(first);
        synchronized (queue) {
            running--;
            if (running == 0) {
                left.addAll(queue);
                queue.clear();
            }
        }
        left.forEach(check -> check.outcome.complete(Outcome.TOO_MANY));
    }

    /** Runs checks one after the other until there is none. */
    private void run(Check first) {
        Check next = first;
        while (next != null) {
            compute(next);
            synchronized (queue) {
                next = queue.poll();
                if (next == null) {
                    running--;
                }
            }
        }
    }

    private static void compute(Check check) {
        Outcome outcome = Outcome.TOO_MANY;
        try {
            outcome = check.login.get();
        } catch (RuntimeException | Error e) {
            // whatever it is, the client waits for an answer
            log.error("checking a login failed by a fault of ours", e);
        }
        check.outcome.complete(outcome);
    }
}
