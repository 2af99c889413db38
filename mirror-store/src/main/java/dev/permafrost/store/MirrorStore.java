package dev.permafrost.store;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.EntryRecord;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.Partial;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import dev.permafrost.store.snapshot.SnapshotCopy;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store, open. Its folder holds {@code permafrost-store} (the marker), {@code blobs/}, {@code staging/}, {@code index/},
 * {@code journal/}, {@code snapshots/}, {@code current}, {@code lock}.
 *
 * <p>Opening: folder, marker, lock, index (rebuilt from the journal if it is lost), sweep of what a crash left, journal.
 * Committing: blob first, journal next, index batch last and synced. Closing: journal, view (which closes the index once
 * its last reader has gone), lock. Everything blocks.
 */
public final class MirrorStore implements AutoCloseable {
    static final String LOCK_FILE = "lock";
    private static final Duration PARTIAL_MAX_AGE = Duration.ofHours(24);
    private static final Logger log = LoggerFactory.getLogger(MirrorStore.class);

    private final Path root;
    private final Clock clock;
    private final FileOps ops;
    private final BlobStore blobs;
    private final Snapshots snapshots;
    private final View view;
    /** What an owner has and a reader of a snapshot does not. */
    private final @Nullable Owner owner;

    private record Owner(StoreLock lock, Index index, EntryJournal journal) {}

    private MirrorStore(Options options, BlobStore blobs, Snapshots snapshots, View view, @Nullable Owner owner) {
        this.root = options.root();
        this.clock = options.clock();
        this.ops = options.ops();
        this.blobs = blobs;
        this.snapshots = snapshots;
        this.view = view;
        this.owner = owner;
    }

    /**
     * How to open a store.
     *
     * @param root its folder
     * @param cacheBytes memory for index blocks
     * @param heldOnly whether the live view lists only what is held, because there is no upstream
     * @param clock what time it is
     * @param ops how files are changed
     * @param index how the live index is opened, from its folder and the cache size in bytes
     */
    public record Options(
            Path root,
            long cacheBytes,
            boolean heldOnly,
            Clock clock,
            FileOps ops,
            BiFunction<Path, Long, Index> index) {
        private static final long CACHE_BYTES = 64L << 20;

        /** The store in that folder, as a server or a command opens it. */
        public static Options of(Path root) {
            return new Options(
                    root.toAbsolutePath().normalize(),
                    CACHE_BYTES,
                    false,
                    Clock.systemUTC(),
                    FileOps.system(),
                    RocksIndex::open);
        }

        /** The same, listing only what is held, or not. */
        public Options withHeldOnly(boolean value) {
            return new Options(root, cacheBytes, value, clock, ops, index);
        }

        /** The same with other file operations. */
        public Options withOps(FileOps value) {
            return new Options(root, cacheBytes, heldOnly, clock, value, index);
        }

        /** The same with another clock. */
        public Options withClock(Clock value) {
            return new Options(root, cacheBytes, heldOnly, value, ops, index);
        }

        /** The same with another live index. */
        public Options withIndex(BiFunction<Path, Long, Index> value) {
            return new Options(root, cacheBytes, heldOnly, clock, ops, value);
        }
    }

    /** Whether there is a store in that folder. */
    public static boolean isStore(Path root) {
        return StoreMarker.isStore(root);
    }

    /**
     * Whether the store in that folder can only be served frozen: it has snapshots and neither a live index nor a journal to
     * make one from.
     */
    public static boolean isFrozenByNature(Path root) {
        return isStore(root)
                && !Files.isDirectory(root.resolve("index"))
                && !Files.isDirectory(root.resolve("journal"))
                && Files.isRegularFile(root.resolve(SnapshotId.CURRENT));
    }

    /**
     * Opens a store to read and write, creating it in a folder that is empty or absent, and owns it until it is closed.
     *
     * @throws StoreException STORE_LOCKED if another process owns it; STORE_MISSING if the folder holds something else
     */
    public static MirrorStore open(Options options) {
        Path root = options.root();
        StoreLock lock = null;
        Index index = null;
        try {
            Files.createDirectories(root);
            if (isFrozenByNature(root)) {
                throw new StoreException(
                        FailureKind.STORE_READ_ONLY,
                        root + " is a frozen store: it can be served, and nothing can be added to it");
            }
            lock = StoreLock.acquire(root);
            if (!isStore(root)) {
                StoreMarker.create(root, options.ops());
            }
            StoreMarker.check(root);
            boolean lost = !Files.exists(root.resolve("index").resolve("CURRENT")) && EntryJournal.exists(root);
            index = options.index().apply(root.resolve("index"), options.cacheBytes());
            FileBlobStore blobs = new FileBlobStore(root, options.ops());
            if (lost) {
                rebuild(root, index, blobs, options.clock().instant());
            }
            sweep(index, blobs, options.clock().instant());
            Snapshots snapshots = new Snapshots(root, options.ops());
            snapshots.sweep();
            EntryJournal journal = EntryJournal.open(root, options.ops());
            return new MirrorStore(
                    options,
                    blobs,
                    snapshots,
                    new View(null, options.heldOnly(), index),
                    new Owner(lock, index, journal));
        } catch (IOException e) {
            closeQuietly(index, lock);
            throw Failures.of("opening the store", root, e);
        } catch (RuntimeException e) {
            closeQuietly(index, lock);
            throw e;
        }
    }

    /**
     * Opens one snapshot of a store for reading. Nothing is written, not even a lock, so that the store may lie on a
     * read-only medium, or be filled by another process meanwhile.
     *
     * @param wanted the snapshot; empty for the one that {@code current} names
     * @throws StoreException STORE_MISSING if there is no such snapshot
     */
    public static MirrorStore openFrozen(Options options, Optional<SnapshotId> wanted) {
        Path root = options.root();
        try {
            StoreMarker.check(root);
            Snapshots snapshots = new Snapshots(root, options.ops());
            SnapshotId id = wanted.or(snapshots::current)
                    .orElseThrow(() -> new StoreException(
                            FailureKind.STORE_MISSING,
                            root + " has no snapshot yet; make one with: permafrost freeze --data " + root));
            Index index = snapshots.openIndex(id, options.cacheBytes());
            FileBlobStore blobs = new FileBlobStore(root, options.ops());
            return new MirrorStore(options, blobs, snapshots, new View(id, true, index), null);
        } catch (IOException e) {
            throw Failures.of("opening the store", root, e);
        }
    }

    /** The store's folder. */
    public Path root() {
        return root;
    }

    /** Whether this is a snapshot, to which nothing can be added. */
    public boolean frozen() {
        return owner == null;
    }

    /** What it was opened on. The store keeps a reference of its own; whoever uses it beyond the store's life takes one. */
    public View view() {
        return view;
    }

    /** Starts to take in the bytes of an entry, computing these digests beside SHA-256. */
    public Incoming begin(ArtifactKey key, Set<Algorithm> algorithms) {
        requireOwner();
        return new Incoming(this, key, blobs.stage(algorithms), null);
    }

    /** Goes on with the download for a key that broke off, if there is one, no older than 24 hours, and its bytes are there. */
    public Optional<Incoming> resume(ArtifactKey key, Set<Algorithm> algorithms) {
        Owner writing = requireOwner();
        Partial partial = view.catalog().partial(key).orElse(null);
        if (partial == null) {
            return Optional.empty();
        }
        if (expired(partial, clock.instant())) {
            forget(writing.index(), key, partial);
            return Optional.empty();
        }
        try {
            StagedBlob staged = blobs.resume(partial.staged(), partial.offsetBytes(), algorithms);
            return Optional.of(new Incoming(this, key, staged, partial));
        } catch (StoreException e) {
            if (e.kind() != FailureKind.STORE_MISSING) {
                throw e;
            }
            forget(writing.index(), key, partial);
            return Optional.empty();
        }
    }

    /** Scratch space that ends with {@link StagedBlob#discard}: bytes too many for memory, on the store's own disk. */
    public StagedBlob scratch() {
        requireOwner();
        return blobs.stage(Set.of());
    }

    Entry commit(Incoming incoming, Expectation expectation, String origin) {
        Owner writing = requireOwner();
        CommittedBlob blob;
        try {
            blob = incoming.staged().commit(expectation);
        } catch (StoreException e) {
            dropPartial(writing.index(), incoming);
            throw e;
        }
        Instant now = Instant.ofEpochMilli(clock.millis());
        Entry entry = new Entry(blob.digest(), blob.sizeBytes(), blob.verification(), now, origin);
        writing.journal().append(new EntryRecord(incoming.key(), entry));
        Map<Algorithm, Digest> others = new EnumMap<>(blob.digests());
        others.remove(Algorithm.SHA256);
        Batch batch = new Batch()
                .putBlob(blob.digest(), new BlobRecord(blob.sizeBytes(), others, now))
                .putEntry(incoming.key(), entry);
        if (incoming.resumedFrom().isPresent()) {
            batch.deletePartial(incoming.key());
        }
        writing.index().write(batch, true);
        return entry;
    }

    void suspend(Incoming incoming, String url, String validator) {
        Owner writing = requireOwner();
        long offset = incoming.staged().writtenBytes();
        String name = incoming.staged().suspend();
        Partial partial = new Partial(name, url, validator, offset, Instant.ofEpochMilli(clock.millis()));
        writing.index().write(new Batch().putPartial(incoming.key(), partial), true);
    }

    void discard(Incoming incoming) {
        Owner writing = requireOwner();
        incoming.staged().discard();
        dropPartial(writing.index(), incoming);
    }

    /** Opens the blob that an entry names; the caller releases it. */
    public OpenBlob open(Entry entry) {
        return blobs.open(entry.digest());
    }

    /** Replaces a document by these chunks, durably against a crash of the process. One writer for a document at a time. */
    public void putDoc(DocKey key, List<byte[]> chunks) {
        Owner writing = requireOwner();
        int before = view.catalog().docChunks(key);
        writing.index().write(new Batch().putDoc(key, chunks).deleteDocChunks(key, chunks.size(), before), false);
    }

    /** Replaces a document's first chunk and leaves the others; durable like {@link #putDoc}. */
    public void putDocHead(DocKey key, byte[] chunk) {
        requireOwner().index().write(new Batch().putDoc(key, List.of(chunk)), false);
    }

    /** Deletes a document. */
    public void deleteDoc(DocKey key) {
        Owner writing = requireOwner();
        writing.index().write(new Batch().deleteDocChunks(key, 0, view.catalog().docChunks(key)), false);
    }

    /** Seals what the store holds at this moment under a name; the store goes on filling meanwhile. */
    public SnapshotManifest freeze(SnapshotId id) {
        return snapshots.seal(id, requireOwner().index(), clock.instant());
    }

    /**
     * Writes a store of one snapshot and its blobs alone to a folder that is empty or absent.
     *
     * @param progress is told the number of blobs done
     */
    public SnapshotCopy.Method copySnapshot(SnapshotId id, Path target, LongConsumer progress) {
        return new SnapshotCopy(root, target, ops).run(id, StoreMarker.FILE_NAME, progress);
    }

    /** Snapshots of this store. */
    public Snapshots snapshots() {
        return snapshots;
    }

    /** Counts what is there: a pass over the index. */
    public StoreStatus status() {
        Map<Verification, Long> entries = new EnumMap<>(Verification.class);
        Set<Digest> seen = new HashSet<>();
        long[] bytes = {0};
        view.catalog().entries((key, entry) -> {
            entries.merge(entry.verification(), 1L, Long::sum);
            if (seen.add(entry.digest())) {
                bytes[0] += entry.sizeBytes();
            }
        });
        long[] suspended = {0};
        view.catalog().partials((key, partial) -> suspended[0]++);
        return new StoreStatus(
                root,
                view.snapshot(),
                entries,
                seen.size(),
                bytes[0],
                suspended[0],
                snapshots.list(),
                snapshots.current(),
                root.toFile().getUsableSpace());
    }

    @Override
    public void close() {
        try {
            if (owner != null) {
                owner.journal().close();
            }
        } finally {
            view.release();
            if (owner != null) {
                closeQuietly(owner.lock());
            }
        }
    }

    private Owner requireOwner() {
        if (owner == null) {
            throw new StoreException(
                    FailureKind.STORE_READ_ONLY, root + " is served frozen, and nothing can be added to it");
        }
        return owner;
    }

    private void dropPartial(Index index, Incoming incoming) {
        if (incoming.resumedFrom().isPresent()) {
            index.write(new Batch().deletePartial(incoming.key()), false);
        }
    }

    private void forget(Index index, ArtifactKey key, Partial partial) {
        blobs.sweep(name -> !name.equals(partial.staged()));
        index.write(new Batch().deletePartial(key), false);
    }

    /** Removes what a crash left: staged files without a live row, rows without a file or too old. */
    private static void sweep(Index index, BlobStore blobs, Instant now) {
        Set<String> keep = new HashSet<>();
        Batch expired = new Batch();
        new Catalog(index).partials((key, partial) -> {
            if (expired(partial, now)) {
                expired.deletePartial(key);
            } else {
                keep.add(partial.staged());
            }
        });
        int swept = blobs.sweep(keep::contains);
        if (!expired.rows().isEmpty()) {
            index.write(expired, false);
        }
        if (swept > 0) {
            log.info("removed {} unfinished downloads that an earlier run left", swept);
        }
    }

    private static boolean expired(Partial partial, Instant now) {
        return partial.suspendedAt().plus(PARTIAL_MAX_AGE).isBefore(now);
    }

    private static void rebuild(Path root, Index index, BlobStore blobs, Instant now) throws IOException {
        log.warn("the index of {} is lost; rebuilding it from the journal", root);
        long[] counts = new long[2];
        EntryJournal.replay(root, record -> {
            Entry entry = record.entry();
            if (blobs.size(entry.digest()).orElse(-1) == entry.sizeBytes()) {
                index.write(
                        new Batch()
                                .putBlob(entry.digest(), new BlobRecord(entry.sizeBytes(), Map.of(), now))
                                .putEntry(record.key(), entry),
                        false);
                counts[0]++;
            } else {
                counts[1]++;
            }
        });
        index.write(new Batch(), true);
        log.warn("rebuilt the index of {}: {} records replayed, {} whose bytes are gone", root, counts[0], counts[1]);
    }

    private static void closeQuietly(@Nullable AutoCloseable... resources) {
        for (AutoCloseable resource : resources) {
            try {
                if (resource != null) {
                    resource.close();
                }
            } catch (Exception e) {
                log.warn("closing {}: {}", resource, e.toString());
            }
        }
    }
}
