package dev.permafrost.proxy.sync;

import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Does what plans say, once: many files at a time, within the bounds of all and of each host. A file that can't be had is noted, and the
 * others go on; what may be better later is tried again later; a host that can't be reached is given up; and where nothing can be
 * stored any more, all is.
 */
public final class SyncRunner {
    /** What the next file would fail by as well. */
    private static final Set<FailureKind> FINAL = EnumSet.of(
            FailureKind.SHUTTING_DOWN,
            FailureKind.DISK_FULL,
            FailureKind.DISK_FAILED,
            FailureKind.STORE_READ_ONLY,
            FailureKind.STORE_LOCKED);

    private static final Set<FailureKind> UNREACHED =
            EnumSet.of(FailureKind.UPSTREAM_UNREACHABLE, FailureKind.UPSTREAM_TIMEOUT);

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERRORS_FROM = 500;

    private final SyncLimits limits;
    private final Bandwidth bandwidth;
    private final Sinks.One<SyncReport> report = Sinks.one();
    /** How many times somebody has found out that something may begin; whoever is the first begins it. */
    private final AtomicInteger occasions = new AtomicInteger();

    private final LongAdder received = new LongAdder();
    private final LongAdder bytesOver = new LongAdder();
    private final long files;
    private final long bytes;

    /** What follows is touched with its lock. */
    private final HostQueues<Attempt> waiting;

    private final List<SyncReport.Failure> failures = new ArrayList<>();
    private int underWay;
    /** How many wait to be tried again. */
    private int delayed;

    private long left;
    private long held;
    private long heldBytes;
    private long failed;
    private long notTried;
    private @Nullable String ended;

    /** A try to have a file, the first or a later one. */
    private final class Attempt implements ByteFlow {
        private final SyncItem item;
        private final int before;
        private volatile long takenBytes;

        Attempt(SyncItem item, int before) {
            this.item = item;
            this.before = before;
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // bytes of one file come one after the other
        public long taken(int count) {
            takenBytes += count;
            received.add(count);
            bytesOver.add(count);
            return bandwidth.take(count);
        }

        void run() {
            item.hold()
                    .contextWrite(this::in)
                    .subscribe(nothing -> {}, error -> over(this, error), () -> over(this, null));
        }
    }

    /**
     * A run.
     *
     * @param items what there is to do, in the order in which it is begun
     * @param nanoTime the clock that the bandwidth is measured by
     */
    public SyncRunner(List<SyncItem> items, SyncLimits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.bandwidth = new Bandwidth(limits.bytesPerSecond(), nanoTime);
        this.waiting = new HostQueues<>(limits.connectionsPerHost());
        this.files = items.size();
        this.left = items.size();
        this.bytes =
                items.stream().mapToLong(item -> Math.max(0, item.sizeBytes())).sum();
        items.forEach(item -> waiting.add(item.host(), new Attempt(item, 0)));
    }

    /** Begins; what came of it, once all is over. Never errs. */
    public Mono<SyncReport> run() {
        begin();
        return report.asMono();
    }

    /** Begins no further file, for that reason; those under way are waited for. */
    public void end(String reason) {
        synchronized (waiting) {
            endNow(reason);
        }
        begin();
    }

    private void endNow(String reason) {
        ended = ended == null ? reason : ended;
        int dropped = waiting.giveUp().size() + delayed;
        delayed = 0;
        notTried += dropped;
        left -= dropped;
    }

    /** How far it is. */
    public SyncProgress progress() {
        long over;
        synchronized (waiting) {
            over = files - left;
        }
        return new SyncProgress(over, files, Math.max(0, Math.min(bytes, bytesOver.sum())), bytes);
    }

    /** Has as many begun as may be. One thread at a time, so that files that are done at once don't begin each other ever deeper. */
    private void begin() {
        if (occasions.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        do {
            Attempt next = next();
            while (next != null) {
                next.run();
                next = next();
            }
            seen = occasions.addAndGet(-seen);
        } while (seen > 0);
    }

    private @Nullable Attempt next() {
        SyncReport all;
        synchronized (waiting) {
            Attempt next = underWay < limits.connections() ? waiting.next() : null;
            if (next != null) {
                underWay++;
                return next;
            }
            if (left > 0) {
                return null;
            }
            all = new SyncReport(held, heldBytes, received.sum(), failed, failures, notTried, ended);
        }
        // whoever says it a second time is not heard
        report.tryEmitValue(all);
        return null;
    }

    private void over(Attempt attempt, @Nullable Throwable error) {
        StoreException failure = failure(error);
        synchronized (waiting) {
            underWay--;
            int unreached = waiting.over(attempt.item.host(), failure == null || !UNREACHED.contains(failure.kind()));
            if (failure == null) {
                held(attempt);
            } else {
                bytesOver.add(-attempt.takenBytes);
                failed(attempt, failure, unreached);
            }
        }
        begin();
    }

    private void held(Attempt attempt) {
        left--;
        held++;
        long size = Math.max(0, attempt.item.sizeBytes());
        heldBytes += size;
        // what was here before, or has come by somebody else's request, was not counted
        bytesOver.add(size - attempt.takenBytes);
    }

    private void failed(Attempt attempt, StoreException failure, int unreached) {
        if (FINAL.contains(failure.kind())) {
            endNow(String.valueOf(failure.getMessage()));
        }
        boolean isOver = ended != null || unreached >= limits.hostFailuresMax();
        if (!isOver && attempt.before < limits.retriesMax() && isWorthAnotherTry(failure)) {
            later(new Attempt(attempt.item, attempt.before + 1));
            return;
        }
        note(attempt, String.valueOf(failure.getMessage()));
        if (ended == null && unreached >= limits.hostFailuresMax()) {
            String why =
                    attempt.item.host() + " could not be reached " + unreached + " times in a row; it was not tried";
            waiting.giveUp(attempt.item.host()).forEach(one -> note(one, why));
        }
    }

    private void note(Attempt attempt, String reason) {
        left--;
        failed++;
        if (failures.size() < SyncReport.FAILURES_MAX) {
            failures.add(new SyncReport.Failure(attempt.item.name(), reason));
        }
    }

    private void later(Attempt next) {
        delayed++;
        Mono.delay(limits.retryAfter().multipliedBy(1L << (next.before - 1))).subscribe(tick -> {
            synchronized (waiting) {
                if (ended == null) {
                    delayed--;
                    waiting.add(next.item.host(), next);
                }
            }
            begin();
        });
    }

    private static boolean isWorthAnotherTry(StoreException failure) {
        if (failure instanceof FetchException fetch && fetch.kind() == FailureKind.UPSTREAM_STATUS) {
            return fetch.status() == TOO_MANY_REQUESTS || fetch.status() >= SERVER_ERRORS_FROM;
        }
        return UNREACHED.contains(failure.kind()) || failure.kind() == FailureKind.OVERLOADED;
    }

    private static @Nullable StoreException failure(@Nullable Throwable error) {
        if (error == null || error instanceof StoreException) {
            return (StoreException) error;
        }
        return new FetchException(FailureKind.INTERNAL, "a fault of ours: " + error, error);
    }
}
