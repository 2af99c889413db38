package dev.permafrost.store.check;

import dev.permafrost.store.blob.Deletions;
import dev.permafrost.store.blob.FileFacts;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the blobs that nothing names: no live entry, and no snapshot. The store goes on serving, filling and sealing meanwhile; {@link
 * Deletions} says why nothing is lost by that.
 *
 * <p>A blob's row goes before its file, so that a crash between them leaves a file which nothing names, as there was before. Entries are
 * only ever deleted durably, so that none comes back after a power cut whose file is gone. Memory: that of {@link DigestSorter}.
 */
public final class GarbageCollection {
    private static final Logger log = LoggerFactory.getLogger(GarbageCollection.class);
    private static final int BLOBS_PER_WORD = 256;

    private final CheckedStore store;
    private final boolean dryRun;
    private final Duration keep;
    private final Set<Digest> evicted;

    private long named;
    private long deleted;
    private long deletedBytes;
    private long young;
    private long youngBytes;
    private long wantedAgain;
    private long rows;
    private long missing;
    private boolean indexFull;

    private GarbageCollection(CheckedStore store, boolean dryRun, Duration keep, Set<Digest> evicted) {
        this.store = store;
        this.dryRun = dryRun;
        this.keep = keep;
        this.evicted = evicted;
    }

    /**
     * Deletes them. Blocks.
     *
     * @param dryRun whether to do no more than search
     * @param keep how old a blob's file must be to be deleted
     * @throws StoreException STORE_CORRUPT if a snapshot can't say what it names: then nothing is deleted
     */
    public static GcReport run(CheckedStore store, boolean dryRun, Duration keep, CheckProgress progress) {
        return new GarbageCollection(store, dryRun, keep, Set.of()).run(progress);
    }

    /** Deletes them, these whatever their age. */
    static GcReport run(CheckedStore store, Duration keep, Set<Digest> evicted, CheckProgress progress) {
        return new GarbageCollection(store, false, keep, evicted).run(progress);
    }

    private GcReport run(CheckProgress progress) {
        long begun = System.nanoTime();
        try (Deletions.Pass pass = store.blobs().deletions().begin()) {
            pass.settle();
            try (Roots roots = Roots.look(store, pass::settle, progress)) {
                long marked = System.nanoTime();
                sweep(pass, roots, progress);
                if (!dryRun) {
                    purge(pass, roots);
                }
                GcReport report = new GcReport(
                        dryRun,
                        roots.snapshots(),
                        named,
                        deleted,
                        deletedBytes,
                        young,
                        youngBytes,
                        wantedAgain,
                        rows,
                        missing,
                        pass.stopped(),
                        Duration.ofNanos(marked - begun),
                        Duration.ofNanos(System.nanoTime() - marked));
                if (deleted > 0 && !dryRun) {
                    log.info("deleted {} blobs that nothing names, {} bytes", deleted, deletedBytes);
                }
                return report;
            }
        }
    }

    private void sweep(Deletions.Pass pass, Roots roots, CheckProgress progress) {
        Instant youngest = store.clock().instant().minus(keep);
        long[] seen = {0};
        try (Marks marks = roots.all((digest, size) -> missing++)) {
            store.blobs().walk(null, digest -> {
                if (++seen[0] % BLOBS_PER_WORD == 0) {
                    store.goOn();
                    progress.tell(dryRun ? "looking at blobs" : "deleting what nothing names", seen[0], 0);
                }
                if (marks.has(digest)) {
                    named++;
                } else {
                    unnamed(pass, digest, youngest);
                }
                return pass.stopped() == null;
            });
            if (pass.stopped() == null) {
                marks.finish();
            }
        }
    }

    private void unnamed(Deletions.Pass pass, Digest digest, Instant youngest) {
        FileFacts facts = store.blobs().facts(digest).orElse(null);
        if (facts == null) {
            return;
        }
        if (facts.writtenAt().isAfter(youngest) && !evicted.contains(digest)) {
            young++;
            youngBytes += facts.sizeBytes();
        } else if (dryRun ? !pass.isWanted(digest) : pass.delete(digest, () -> delete(digest))) {
            deleted++;
            deletedBytes += facts.sizeBytes();
        } else {
            wantedAgain++;
        }
    }

    private void delete(Digest digest) {
        deleteRow(digest);
        store.blobs().delete(digest);
        store.gone().accept(digest);
    }

    /** A full disk is no reason to delete nothing: a row that is left says nothing that is wrong, and goes next time. */
    private void deleteRow(Digest digest) {
        if (indexFull) {
            return;
        }
        try {
            store.index().write(new Batch().deleteBlob(digest), false);
        } catch (StoreException e) {
            if (e.kind() != FailureKind.DISK_FULL) {
                throw e;
            }
            indexFull = true;
            log.warn("rows of blobs that are deleted stay until there is space: {}", e.getMessage());
        }
    }

    /** Deletes the rows of blobs that no entry names; snapshots have rows of their own. */
    private void purge(Deletions.Pass pass, Roots roots) {
        try (Marks marks = roots.live((digest, size) -> {})) {
            new Catalog(store.index()).blobs((digest, row) -> {
                store.goOn();
                if (!marks.has(digest) && pass.delete(digest, () -> deleteRow(digest)) && !indexFull) {
                    rows++;
                }
            });
        }
    }
}
