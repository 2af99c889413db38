package dev.permafrost.store;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.Partial;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloads that broke off: the rows by which they are gone on with, and the staged files that these name. A row without a file, a file
 * without a row and whatever is older than 24 hours are removed, at the latest by the next start. Blocks.
 */
final class Suspensions {
    private static final Duration MAX_AGE = Duration.ofHours(24);
    private static final Logger log = LoggerFactory.getLogger(Suspensions.class);

    private final Index index;
    private final Runnable requireOpen;
    private final Catalog catalog;
    private final BlobStore blobs;
    private final Clock clock;
    /** Names of the staged files that a download in progress goes on with. */
    private final Set<String> resumed = ConcurrentHashMap.newKeySet();

    /**
     * Those of a store.
     *
     * @param requireOpen throws where the store is closed: then the index is there for tidying up alone
     */
    Suspensions(Index index, Runnable requireOpen, BlobStore blobs, Clock clock) {
        this.index = index;
        this.requireOpen = requireOpen;
        this.catalog = new Catalog(index);
        this.blobs = blobs;
        this.clock = clock;
    }

    /** A download that is gone on with: its bytes so far, and what its row says. */
    record Resumed(StagedBlob staged, Partial from) {}

    /** The download for a key that broke off, if there is one, no older than 24 hours, its bytes are there, and nobody else goes on with it. */
    Optional<Resumed> resume(ArtifactKey key, Set<Algorithm> algorithms) {
        Partial partial = catalog.partial(key).orElse(null);
        if (partial == null || !resumed.add(partial.staged())) {
            return Optional.empty();
        }
        boolean goesOn = false;
        try {
            if (expired(partial, clock.instant())) {
                forget(key, partial);
                return Optional.empty();
            }
            StagedBlob staged = blobs.resume(partial.staged(), partial.offsetBytes(), algorithms);
            goesOn = true;
            return Optional.of(new Resumed(staged, partial));
        } catch (StoreException e) {
            if (e.kind() != FailureKind.STORE_MISSING) {
                throw e;
            }
            forget(key, partial);
            return Optional.empty();
        } finally {
            if (!goesOn) {
                resumed.remove(partial.staged());
            }
        }
    }

    /** Keeps what has arrived, durably. */
    void suspend(Incoming incoming, String url, String validator) {
        try {
            long offset = incoming.staged().writtenBytes();
            String name = suspendStaged(incoming);
            Instant now = Instant.ofEpochMilli(clock.millis());
            putPartial(incoming.key(), new Partial(name, url, validator, offset, now), true);
        } finally {
            release(incoming);
        }
    }

    /** Notes how far it has come. Nobody else goes on with it while it is noted here. */
    void note(Incoming incoming, String url, String validator) {
        StagedBlob staged = incoming.staged();
        Instant now = Instant.ofEpochMilli(clock.millis());
        resumed.add(staged.name());
        putPartial(incoming.key(), new Partial(staged.name(), url, validator, staged.writtenBytes(), now), false);
    }

    private String suspendStaged(Incoming incoming) {
        try {
            requireOpen.run();
            return incoming.staged().suspend();
        } catch (RuntimeException e) {
            incoming.staged().discard();
            dropPartial(incoming, e);
            throw e;
        }
    }

    /** Lets a key's row name that staged file, and deletes the file that it named before, or, if it can't be, the new one. */
    private synchronized void putPartial(ArtifactKey key, Partial partial, boolean durably) {
        String before = "";
        String obsolete = partial.staged();
        try {
            before = catalog.partial(key).map(Partial::staged).orElse("");
            requireOpen.run();
            index.write(new Batch().putPartial(key, partial), durably);
            obsolete = before;
        } finally {
            if (!before.equals(partial.staged())) {
                deleteStaged(obsolete);
            }
        }
    }

    /** Forgets what has arrived. */
    void discard(Incoming incoming) {
        try {
            incoming.staged().discard();
            dropPartial(incoming, null);
        } finally {
            release(incoming);
        }
    }

    /** It has ended: who else wants to go on with it may. */
    void release(Incoming incoming) {
        if (incoming.hasRow()) {
            resumed.remove(incoming.staged().name());
        }
    }

    /** Deletes the row of a download whose bytes are gone. What went wrong before matters more than if this does. */
    void dropPartial(Incoming incoming, @Nullable RuntimeException before) {
        if (!incoming.hasRow()) {
            return;
        }
        try {
            index.write(new Batch().deletePartial(incoming.key()), false);
        } catch (StoreException e) {
            if (before == null) {
                throw e;
            }
            before.addSuppressed(e);
        }
    }

    /** Deletes a staged file that no row names any more, unless somebody is writing on it. */
    void deleteStaged(String name) {
        if (resumed.contains(name)) {
            return;
        }
        try {
            blobs.sweep(staged -> !staged.equals(name));
        } catch (StoreException e) {
            log.warn("{}; the next start removes it", e.getMessage());
        }
    }

    private void forget(ArtifactKey key, Partial partial) {
        index.write(new Batch().deletePartial(key), false);
        blobs.sweep(name -> !name.equals(partial.staged()));
    }

    /** Removes what a crash left: staged files without a live row, rows without a file or too old. */
    static void sweep(Index index, BlobStore blobs, Instant now) {
        Map<String, ArtifactKey> live = new HashMap<>();
        Batch dead = new Batch();
        new Catalog(index).partials((key, partial) -> {
            if (expired(partial, now)) {
                dead.deletePartial(key);
            } else {
                live.put(partial.staged(), key);
            }
        });
        Set<String> there = new HashSet<>();
        int swept = blobs.sweep(name -> live.containsKey(name) && there.add(name));
        live.forEach((name, key) -> {
            if (!there.contains(name)) {
                dead.deletePartial(key);
            }
        });
        if (!dead.rows().isEmpty()) {
            index.write(dead, false);
        }
        if (swept > 0) {
            log.info("removed {} unfinished downloads that an earlier run left", swept);
        }
    }

    private static boolean expired(Partial partial, Instant now) {
        return partial.suspendedAt().plus(MAX_AGE).isBefore(now);
    }
}
