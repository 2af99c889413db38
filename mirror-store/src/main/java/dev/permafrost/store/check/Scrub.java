package dev.permafrost.store.check;

import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads every blob that anything names again, several at once, and compares it with its name: in ascending order, so that a run that was
 * broken off is gone on with behind the last blob up to which all had been read, which is noted every few seconds.
 */
public final class Scrub {
    /** Most blobs that are told of, and looked for in entries and snapshots. */
    static final int TROUBLES_MAX = 10_000;

    private static final Logger log = LoggerFactory.getLogger(Scrub.class);
    private static final int AHEAD_OF_EACH_THREAD = 8;
    private static final long NOTED_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final CheckedStore store;
    private final ScrubOptions options;
    private final CheckProgress progress;
    private final Deque<Future<BlobReading.Found>> ahead = new ArrayDeque<>();
    private final List<BlobReading.Found> found = new ArrayList<>();
    private final List<Digest> damaged = new ArrayList<>();
    private ScrubState state;
    private final long resumedFrom;
    private long troubled;
    private long orphans;
    private long orphanBytes;
    private long notedNanos = System.nanoTime();

    private Scrub(CheckedStore store, ScrubOptions options, CheckProgress progress) {
        this.store = store;
        this.options = options;
        this.progress = progress;
        this.state = last(store)
                // a snapshot's rows say how far its store was when it was sealed
                .filter(before -> before.endedAt() == null && !options.anew() && !store.readOnly())
                .orElseGet(() -> ScrubState.begun(store.clock().instant()));
        this.resumedFrom = state.blobs();
    }

    /** How far the last run has come, whether it has ended or not. Blocks. */
    public static Optional<ScrubState> last(CheckedStore store) {
        return new Catalog(store.index()).scrubbed().map(ScrubState::decode);
    }

    /** Reads all of them, from where a run before this one was broken off. Blocks. */
    public static ScrubReport run(CheckedStore store, ScrubOptions options, CheckProgress progress) {
        return new Scrub(store, options, progress).run();
    }

    private ScrubReport run() {
        long begun = System.nanoTime();
        ExecutorService readers = Executors.newFixedThreadPool(options.threads(), task -> {
            Thread thread = new Thread(task, "permafrost-verify-reader");
            thread.setDaemon(true);
            return thread;
        });
        try (Roots roots = Roots.look(store, () -> {}, progress)) {
            for (Digest again : state.damaged()) {
                // found by the run that was broken off: it may have been cured since
                read(readers, again, -1, new RateLimit(0));
            }
            awaitAll(0);
            readAll(readers, roots);
            List<Trouble> troubles = new TroubleSources(store).of(found);
            note(new ScrubState(
                    state.begunAt(), store.clock().instant(), null, state.blobs(), state.bytes(), List.of()));
            ScrubReport report = new ScrubReport(
                    state.begunAt(),
                    state.blobs(),
                    state.bytes(),
                    resumedFrom,
                    troubled,
                    troubles,
                    orphans,
                    orphanBytes,
                    Duration.ofNanos(System.nanoTime() - begun));
            log.info(
                    "read {} blobs again, {} bytes: {} are not what they are to be",
                    report.blobs(),
                    report.bytes(),
                    troubled);
            return report;
        } finally {
            readers.shutdownNow();
        }
    }

    private void readAll(ExecutorService readers, Roots roots) {
        Digest behind = state.behind();
        RateLimit limit = new RateLimit(options.bytesPerSecond());
        try (Marks marks = roots.all(this::missing)) {
            store.blobs().walk(null, digest -> {
                store.goOn();
                if (!marks.has(digest)) {
                    orphan(digest);
                } else if (behind == null || digest.compareTo(behind) > 0) {
                    read(readers, digest, marks.sizeBytes(), limit);
                    awaitAll(options.threads() * AHEAD_OF_EACH_THREAD);
                }
                return true;
            });
            marks.finish();
        }
        awaitAll(0);
    }

    private void read(ExecutorService readers, Digest digest, long sizeBytes, RateLimit limit) {
        Quarantine quarantine = options.repair() ? new Quarantine(store) : null;
        ahead.add(readers.submit(new BlobReading(store, digest, sizeBytes, limit, quarantine)));
    }

    private void orphan(Digest digest) {
        store.blobs().facts(digest).ifPresent(facts -> {
            orphans++;
            orphanBytes += facts.sizeBytes();
        });
    }

    private void missing(Digest digest, long sizeBytes) {
        if (store.blobs().size(digest).isPresent()) {
            // it has come since its folder was looked at
            return;
        }
        trouble(new BlobReading.Found(
                digest, sizeBytes, 0, Trouble.Fault.MISSING, "there is no such file in the store", false));
    }

    /** Takes in what was found of those that were begun first, until no more than so many are under way. */
    private void awaitAll(int left) {
        while (ahead.size() > left) {
            BlobReading.Found one = await(ahead.remove());
            boolean isAgain = one.sizeBytes() < 0;
            if (one.fault() != null && !(isAgain && one.fault() == Trouble.Fault.WRONG_SIZE)) {
                trouble(one);
            }
            if (!isAgain) {
                state = new ScrubState(
                        state.begunAt(), null, one.digest(), state.blobs() + 1, state.bytes() + one.bytes(), damaged);
                progress.tell("reading files again", state.blobs(), 0);
                if (System.nanoTime() - notedNanos > NOTED_EVERY_NANOS) {
                    note(state);
                }
            }
        }
    }

    private void trouble(BlobReading.Found one) {
        troubled++;
        log.error("blob {}: {}", one.digest().hex(), one.why());
        if (found.size() < TROUBLES_MAX) {
            found.add(one);
        }
        if (one.fault() != Trouble.Fault.MISSING && damaged.size() < ScrubState.DAMAGED_MAX) {
            damaged.add(one.digest());
        }
    }

    private BlobReading.Found await(Future<BlobReading.Found> reading) {
        try {
            return reading.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stopped(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException failure) {
                throw failure;
            }
            if (e.getCause() instanceof InterruptedException) {
                throw stopped(e);
            }
            throw new StoreException(FailureKind.INTERNAL, "reading a blob failed by a fault of ours", e);
        }
    }

    private StoreException stopped(@Nullable Exception cause) {
        return new StoreException(
                FailureKind.SHUTTING_DOWN, "stopped; the next run goes on behind what has been read", cause);
    }

    /** A disk that is full is no reason to stop reading. */
    private void note(ScrubState now) {
        notedNanos = System.nanoTime();
        if (store.readOnly()) {
            return;
        }
        try {
            store.index().write(new Batch().putScrubbed(now.encode()), false);
        } catch (StoreException e) {
            if (e.kind() != FailureKind.DISK_FULL) {
                throw e;
            }
            log.warn("how far it has come can't be noted: {}", e.getMessage());
        }
    }
}
