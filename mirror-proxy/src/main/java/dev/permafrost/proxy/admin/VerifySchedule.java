package dev.permafrost.proxy.admin;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.check.CheckProgress;
import dev.permafrost.store.check.ScrubOptions;
import dev.permafrost.store.check.ScrubReport;
import dev.permafrost.store.check.ScrubState;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has all files of a store read again now and then, one at a time, on a thread of its own; nothing is repaired. When that is due, the store
 * itself says, so that a start more or less makes no difference; what was broken off is gone on with.
 */
public final class VerifySchedule implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VerifySchedule.class);
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration LOOK_INTERVAL_MAX = Duration.ofHours(1);

    private final MirrorStore store;
    private final VerifyConfig config;
    private final Clock clock;
    private final Instant startedAt;
    private final ScheduledExecutorService thread;
    private volatile @Nullable Instant endedAt;
    private volatile long troubled = -1;

    /** A schedule, which begins to run with {@link #begin}. */
    public VerifySchedule(MirrorStore store, VerifyConfig config, Clock clock) {
        this.store = store;
        this.config = config;
        this.clock = clock;
        this.startedAt = clock.instant();
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "permafrost-verify");
            made.setDaemon(true);
            return made;
        });
    }

    /** Begins to look whether it is due. */
    public void begin() {
        if (!config.every().isZero()) {
            schedule();
        }
    }

    private void schedule() {
        long wait = Math.min(
                LOOK_INTERVAL_MAX.toMillis(),
                Math.max(SOON.toMillis(), untilDue().toMillis()));
        if (!thread.isShutdown()) {
            var unused = thread.schedule(this::look, wait, TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        try {
            runIfDue();
        } catch (RuntimeException e) {
            log.error("reading the files again failed by a fault of ours", e);
        }
        schedule();
    }

    /** Reads all files again if that is due; whether it was. Blocks. */
    boolean runIfDue() {
        if (!untilDue().isNegative() && !untilDue().isZero()) {
            return false;
        }
        try {
            ScrubReport report =
                    store.scrub(new ScrubOptions(config.bytesPerSecond(), 1, false, false), CheckProgress.NONE);
            endedAt = clock.instant();
            troubled = report.troubled();
            if (report.troubled() > 0) {
                log.error(
                        "{} files are not what they are to be; 'permafrost verify --repair' names them and moves them away",
                        report.troubled());
            }
        } catch (StoreException e) {
            if (e.kind() == FailureKind.SHUTTING_DOWN) {
                log.debug("{}", e.getMessage());
            } else {
                log.warn("the files can't be read again now: {}", e.getMessage());
            }
        }
        return true;
    }

    /** How long it is until it is due: from the end of the last run, or, where there was none, from the start of this process. */
    private Duration untilDue() {
        try {
            ScrubState last = store.scrubbed().orElse(null);
            Instant ended = last == null ? startedAt : last.endedAt();
            return ended == null ? Duration.ZERO : Duration.between(clock.instant(), ended.plus(config.every()));
        } catch (StoreException e) {
            log.debug("the store is closed: {}", e.getMessage());
            return LOOK_INTERVAL_MAX;
        }
    }

    /** When the last run of this process ended, in seconds since 1970; NaN for none. */
    public double endedSeconds() {
        Instant ended = endedAt;
        return ended == null ? Double.NaN : ended.toEpochMilli() / 1e3;
    }

    /** How many files were not what they are to be then; NaN for no run. */
    public double troubled() {
        return troubled < 0 ? Double.NaN : troubled;
    }

    /** Reads no more. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
