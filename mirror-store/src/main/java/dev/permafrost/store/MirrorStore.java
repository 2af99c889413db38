package dev.permafrost.store;

import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.blob.Deletions;
import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.ScratchFile;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.blob.Suspect;
import dev.permafrost.store.check.CheckProgress;
import dev.permafrost.store.check.CheckedStore;
import dev.permafrost.store.check.GarbageCollection;
import dev.permafrost.store.check.GcReport;
import dev.permafrost.store.check.Scrub;
import dev.permafrost.store.check.ScrubOptions;
import dev.permafrost.store.check.ScrubReport;
import dev.permafrost.store.check.ScrubState;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.IndexFigures;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import dev.permafrost.store.snapshot.BlobProof;
import dev.permafrost.store.snapshot.SnapshotCopy;
import dev.permafrost.store.snapshot.SnapshotDraft;
import dev.permafrost.store.snapshot.SnapshotLease;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.SnapshotScope;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.snapshot.SoleBlobs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store, open. Its folder holds {@code permafrost-store} (the marker), {@code blobs/}, {@code staging/}, {@code index/},
 * {@code journal/}, {@code snapshots/}, {@code current}, {@code lock}.
 *
 * <p>Opening: folder, marker, lock, index (rebuilt from the journal if it is lost), sweep of what a crash left, journal.
 * Committing: blob first, journal next, index batch last and synced. Amending: blobs first, index batch next and synced, with
 * what the journal is to say in it, journal last: what the index does not have, the journal never says, and what a crash keeps from the
 * journal it gets at the next start. Closing: journal, view (which closes the index and
 * gives up the lock once its last reader has gone). Everything blocks.
 */
public final class MirrorStore implements AutoCloseable {
    /** How old a file must be to be deleted since nothing names it, where nobody says otherwise. */
    public static final Duration GARBAGE_KEPT = Duration.ofHours(24);

    static final String LOCK_FILE = "lock";
    static final Function<CommittedBlob, Amendment> NOTHING_BESIDE = blob -> Amendment.NOTHING;
    private static final Logger log = LoggerFactory.getLogger(MirrorStore.class);

    private final Path root;
    private final Clock clock;
    private final FileOps ops;
    private final FileBlobStore blobs;
    private final Snapshots snapshots;
    private final View view;
    private final KnownDigests digests;
    private final AtomicBoolean closed;
    private final AtomicBoolean scrubbing = new AtomicBoolean();
    private final List<Consumer<Digest>> gone = new CopyOnWriteArrayList<>();
    /** What an owner has and a reader of a snapshot does not. */
    private final @Nullable Owner owner;

    private record Owner(Index index, EntryJournal journal, Amendments amendments, Suspensions suspensions) {}

    private MirrorStore(
            Options options,
            FileBlobStore blobs,
            Snapshots snapshots,
            View view,
            AtomicBoolean closed,
            @Nullable Owner owner) {
        this.root = options.root();
        this.clock = options.clock();
        this.ops = options.ops();
        this.blobs = blobs;
        this.snapshots = snapshots;
        this.view = view;
        this.closed = closed;
        this.owner = owner;
        this.digests = new KnownDigests(
                view.catalog(),
                blobs,
                clock,
                owner == null ? null : () -> requireOwner().index());
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

        /** The same with so much memory for index blocks. */
        public Options withCacheBytes(long value) {
            return new Options(root, value, heldOnly, clock, ops, index);
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
            if (isFrozenByNature(root)) {
                throw new StoreException(
                        FailureKind.STORE_READ_ONLY,
                        root + " is a frozen store: it can be served, and nothing can be added to it");
            }
            if (!isStore(root)) {
                new DurableFolders(options.ops()).ensureTree(root);
            }
            lock = StoreLock.acquire(root);
            if (!isStore(root)) {
                StoreMarker.create(root, options.ops());
            }
            StoreMarker.check(root);
            index = options.index().apply(root.resolve("index"), options.cacheBytes());
            FileBlobStore blobs = new FileBlobStore(root, options.ops());
            if (!new Catalog(index).whole()) {
                Rebuilding.rebuild(root, index, blobs, options.clock().instant());
            }
            Suspensions.sweep(index, blobs, options.clock().instant());
            Snapshots snapshots = new Snapshots(root, options.ops());
            snapshots.sweep();
            EntryJournal journal = EntryJournal.open(root, options.ops());
            Amendments amendments = new Amendments(index, journal, options.clock());
            amendments.catchUp();
            View view = new View(null, options.heldOnly(), index, lock::close);
            AtomicBoolean closed = new AtomicBoolean();
            Suspensions suspensions = new Suspensions(index, () -> requireOpen(root, closed), blobs, options.clock());
            return new MirrorStore(
                    options, blobs, snapshots, view, closed, new Owner(index, journal, amendments, suspensions));
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
        SnapshotLease lease = null;
        try {
            StoreMarker.check(root);
            Snapshots snapshots = new Snapshots(root, options.ops());
            SnapshotId id = wanted.or(snapshots::current)
                    .orElseThrow(() -> new StoreException(
                            FailureKind.STORE_MISSING,
                            root + " has no snapshot yet; make one with: permafrost freeze --data " + root));
            lease = snapshots.hold(id);
            Index index = snapshots.openIndex(id, options.cacheBytes());
            FileBlobStore blobs = new FileBlobStore(root, options.ops());
            return new MirrorStore(
                    options, blobs, snapshots, new View(id, true, index, lease::close), new AtomicBoolean(), null);
        } catch (IOException e) {
            throw Failures.of("opening the store", root, e);
        } catch (RuntimeException e) {
            closeQuietly(lease);
            throw e;
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
        Owner writing = requireOwner();
        return new Incoming(this, writing.suspensions(), key, blobs.stage(algorithms), null);
    }

    /**
     * Goes on with the download for a key that broke off, if there is one, no older than 24 hours, its bytes are there, and
     * nobody else goes on with it.
     */
    public Optional<Incoming> resume(ArtifactKey key, Set<Algorithm> algorithms) {
        Suspensions suspensions = requireOwner().suspensions();
        return suspensions
                .resume(key, algorithms)
                .map(resumed -> new Incoming(this, suspensions, key, resumed.staged(), resumed.from()));
    }

    /**
     * Scratch space that ends with {@link StagedBlob#discard}: bytes too many for memory, on the store's own disk; where nothing is
     * written there, since it is served frozen, in the system's folder for temporary files.
     */
    public StagedBlob scratch() {
        if (owner == null && !closed.get()) {
            return FileBlobStore.scratch(Path.of(System.getProperty("java.io.tmpdir")), ops);
        }
        requireOwner();
        return blobs.stage(Set.of());
    }

    /** The same for whoever needs a path; the caller closes it. */
    public ScratchFile scratchFile() {
        requireOwner();
        return FileBlobStore.scratchFile(root, ops);
    }

    Entry commit(
            Incoming incoming,
            Suspensions suspensions,
            Expectation expectation,
            String origin,
            Function<CommittedBlob, Amendment> beside) {
        Deletions.Naming naming = blobs.deletions().naming();
        try {
            Owner writing = requireOwner();
            CommittedBlob blob = incoming.staged().commit(expectation);
            if (beside.equals(NOTHING_BESIDE)) {
                return writing.amendments().write(incoming.key(), blob, origin, suspensions::deleteStaged);
            }
            return writing.amendments().amendWith(incoming.key(), blob, origin, beside);
        } catch (RuntimeException e) {
            incoming.staged().discard();
            suspensions.dropPartial(incoming, e);
            throw e;
        } finally {
            naming.close();
            suspensions.release(incoming);
        }
    }

    /**
     * Stores a few bytes that an amendment is to {@linkplain Amendment#added name}, while that amendment is made: nothing else keeps them from
     * being deleted as bytes that nothing names. Blocks.
     */
    public CommittedBlob hold(byte[] bytes) {
        requireOwner();
        StagedBlob staged = blobs.stage(Set.of());
        try {
            staged.write(ByteBuffer.wrap(bytes));
            return staged.commit(Expectation.NOTHING.withSize(bytes.length));
        } finally {
            staged.discard();
        }
    }

    /**
     * Changes documents, and adds and deletes entries, all at once and durably against a power cut. Whoever amends the same documents
     * waits, so that an amendment may be made of what is there. Blocks.
     *
     * @param made the amendment, from what there is; whatever it throws is passed on, and nothing is changed
     */
    public void amend(Supplier<Amendment> made) {
        Owner writing = requireOwner();
        Deletions.Naming naming = blobs.deletions().naming();
        try {
            writing.amendments().amend(made);
        } finally {
            naming.close();
        }
    }

    /**
     * Opens the blob that an entry names; the caller releases it. Blocks.
     *
     * @throws StoreException STORE_CORRUPT if it is not there, or not of the entry's length
     */
    public OpenBlob open(Entry entry) {
        OpenBlob blob = blobs.open(entry.digest());
        if (blob.sizeBytes() != entry.sizeBytes()) {
            blob.release();
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    "the index names blob " + entry.digest().hex() + " with " + entry.sizeBytes()
                            + " bytes, but its file has " + blob.sizeBytes()
                            + " bytes; a connected store fetches it again, a frozen one needs the disk it came from");
        }
        return blob;
    }

    /** Whether the blob that an entry names can be opened, and has its length. Blocks. */
    public boolean isThere(Entry entry) {
        try {
            open(entry).release();
            return true;
        } catch (StoreException e) {
            if (e.kind() == FailureKind.STORE_CORRUPT) {
                return false;
            }
            throw e;
        }
    }

    /**
     * The digests of a blob in these algorithms. Those that nobody has asked for yet are computed, which reads all of it, and
     * remembered: in the index, or, where nothing is written, in memory. Blocks.
     *
     * @throws StoreException STORE_CORRUPT if it is not there, or has other bytes than its name says
     */
    public Map<Algorithm, Digest> digests(Digest blob, Set<Algorithm> wanted) {
        return digests.of(blob, wanted);
    }

    /**
     * Reads a blob from end to end, and deletes it if its bytes are not those that its name says. What names it is for the caller to
     * change. Blocks.
     *
     * @return whether it is not there any more
     */
    public boolean dropIfDamaged(Digest digest) {
        requireOwner();
        try (Suspect suspect = blobs.suspect(digest).orElse(null)) {
            if (suspect == null) {
                // dropped before, by a process that was killed then
                return true;
            }
            try (OpenBlob blob = blobs.open(digest)) {
                if (blob.isSound()) {
                    return false;
                }
            }
            log.error("blob {} has other bytes than its name says, and is deleted", digest.hex());
            boolean isGone = suspect.takeAway(null);
            tellGone(digest);
            return isGone;
        }
    }

    /** Replaces a document by these chunks, none for no document, durably against a crash of the process. One writer for a document at a time. */
    public void putDoc(DocKey key, List<byte[]> chunks) {
        Owner writing = requireOwner();
        int before = view.catalog().docChunks(key);
        writing.index().write(new Batch().putDoc(key, chunks).deleteDocChunks(key, chunks.size(), before), false);
    }

    /** Replaces a document's first chunk and leaves the others; durable like {@link #putDoc}. */
    public void putDocHead(DocKey key, byte[] chunk) {
        requireOwner().index().write(new Batch().putDoc(key, List.of(chunk)), false);
    }

    /** Seals what the store holds at this moment under a name; the store goes on filling meanwhile. */
    public SnapshotManifest freeze(SnapshotId id) {
        Deletions.Naming naming = blobs.deletions().naming();
        try {
            return snapshots.seal(id, requireOwner().index(), clock.instant());
        } finally {
            naming.close();
        }
    }

    /** The same up to the name; the caller closes the draft, or commits it. */
    public SnapshotDraft draft(SnapshotId id, SnapshotScope scope) {
        Deletions.Naming naming = blobs.deletions().naming();
        boolean isDrawn = false;
        try {
            SnapshotDraft draft = snapshots.draft(id, requireOwner().index(), clock.instant(), scope, naming::close);
            isDrawn = true;
            return draft;
        } finally {
            if (!isDrawn) {
                naming.close();
            }
        }
    }

    /** Which blobs of a snapshot neither what is live nor another snapshot names: a pass over all of them. */
    public SoleBlobs soleBlobs(SnapshotId id) {
        SoleBlobs sole = new SoleBlobs(snapshots.manifest(id).blobs());
        snapshots.blobs(id, sole::add);
        for (SnapshotManifest other : snapshots.list()) {
            if (!other.id().equals(id)) {
                snapshots.blobs(other.id(), (blob, sizeBytes) -> sole.crossOut(blob));
            }
        }
        if (owner != null) {
            view.catalog().named((blob, sizeBytes, how) -> sole.crossOut(blob));
        }
        return sole;
    }

    /** What a draft will show; the caller releases it before the draft is committed or closed. */
    public View view(SnapshotDraft draft) {
        return new View(draft.manifest().id(), true, draft.openIndex(Options.CACHE_BYTES), () -> {});
    }

    /** Looks whether the blobs of a draft are there, and, if they are to be read, sound. */
    public BlobProof prove(SnapshotDraft draft, boolean reads, LongConsumer progress) {
        return BlobProof.of(draft::blobs, blobs, reads, progress);
    }

    /**
     * Writes a store of one snapshot and its blobs alone to a folder that is empty or absent.
     *
     * @param progress is told the number of blobs done
     */
    public SnapshotCopy.Method copySnapshot(SnapshotId id, Path target, LongConsumer progress) {
        SnapshotLease lease = snapshots.hold(id);
        try {
            return new SnapshotCopy(root, target, ops).run(id, StoreMarker.FILE_NAME, progress);
        } finally {
            lease.close();
        }
    }

    /**
     * Deletes the blobs that nothing names. The store goes on meanwhile. Blocks.
     *
     * @param dryRun whether to do no more than search for them
     * @param keep how old a blob's file must be to be deleted
     * @throws StoreException STORE_CORRUPT if a snapshot can't say what it names, OVERLOADED if this is being done already: nothing is
     *     deleted then
     */
    public GcReport collectGarbage(boolean dryRun, Duration keep, CheckProgress progress) {
        return GarbageCollection.run(checked(), dryRun, keep, progress);
    }

    /**
     * Reads all blobs again that anything names, from where a run before this one was broken off. The store goes on meanwhile. Blocks.
     *
     * Where it is served frozen, those of all its snapshots are read, and nothing is written.
     *
     * @throws StoreException OVERLOADED if this is being done already; STORE_READ_ONLY if something is to be repaired in a frozen store
     */
    public ScrubReport scrub(ScrubOptions options, CheckProgress progress) {
        CheckedStore checked = options.repair() ? checked() : checked(view.index());
        if (!scrubbing.compareAndSet(false, true)) {
            throw new StoreException(
                    FailureKind.OVERLOADED,
                    "the files of " + root + " are being read again already; wait until that is over");
        }
        try {
            return Scrub.run(checked, options, progress);
        } finally {
            scrubbing.set(false);
        }
    }

    /** How far the blobs have been read again; empty where they never have been. Blocks. */
    public Optional<ScrubState> scrubbed() {
        return Scrub.last(checked(view.index()));
    }

    /** Has no blob deleted until it is closed: for whoever counts on blobs that nothing names. */
    public Deletions.Keeping keepAllBlobs() {
        return blobs.deletions().keepAll();
    }

    private CheckedStore checked() {
        return checked(requireOwner().index());
    }

    private CheckedStore checked(Index rows) {
        return new CheckedStore(root, ops, blobs, snapshots, rows, clock, owner == null, this::tellGone, closed::get);
    }

    /** Has something told of each blob whose file is taken away, so that nobody goes on with one that is open. It must be quick. */
    public void onGone(Consumer<Digest> told) {
        gone.add(told);
    }

    private void tellGone(Digest digest) {
        gone.forEach(told -> told.accept(digest));
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

    /**
     * Counts what is there, like {@link #status}, but in no memory to speak of: a pass over the rows of blobs and entries.
     *
     * @return empty where the store is closed
     */
    public Optional<StoreSize> size() {
        if (closed.get()) {
            return Optional.empty();
        }
        Map<Verification, Long> entries = new EnumMap<>(Verification.class);
        long[] blobs = {0};
        long[] bytes = {0};
        boolean whole = view.catalog()
                .sizes(
                        sizeBytes -> {
                            blobs[0]++;
                            bytes[0] += sizeBytes;
                        },
                        how -> entries.merge(how, 1L, Long::sum),
                        () -> !closed.get());
        return whole ? Optional.of(new StoreSize(entries, blobs[0], bytes[0])) : Optional.empty();
    }

    /** How its index is doing; cheap. */
    public IndexFigures indexFigures() {
        return view.figures();
    }

    /** How many bytes are free on its disk. */
    public long freeBytes() {
        return root.toFile().getUsableSpace();
    }

    /** How many bytes can be added to it before it takes no more. */
    public long roomBytes() {
        return Math.max(0, freeBytes() - RocksIndex.FREE_BYTES_MIN);
    }

    /**
     * Why nothing can be added to it at the moment, in words for people, though something should be: empty where it can, or is
     * frozen. Cheap, and true only as far as can be told without writing.
     */
    public Optional<String> unwritable() {
        if (owner == null) {
            return Optional.empty();
        }
        if (closed.get()) {
            return Optional.of("the store is closed");
        }
        if (!Files.isWritable(root)) {
            return Optional.of("the store's folder " + root
                    + " can't be written to; is its disk mounted read-only, or owned by another user?");
        }
        long free = freeBytes();
        if (free < RocksIndex.FREE_BYTES_MIN) {
            return Optional.of("the store's disk is full: " + (free >> 20) + " MiB are free at " + root + ", "
                    + (RocksIndex.FREE_BYTES_MIN >> 20) + " MiB are needed");
        }
        if (indexFigures().writeStopped()) {
            return Optional.of("the store's index does not take writes at the moment");
        }
        return Optional.empty();
    }

    /** Refuses what is asked of it from now on; the index stays open for those who hold the view. Once is enough. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            if (owner != null) {
                owner.journal().close();
            }
        } finally {
            view.release();
        }
    }

    private static void requireOpen(Path root, AtomicBoolean closed) {
        if (closed.get()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the store " + root + " is closed");
        }
    }

    private Owner requireOwner() {
        requireOpen(root, closed);
        if (owner == null) {
            throw new StoreException(
                    FailureKind.STORE_READ_ONLY, root + " is served frozen, and nothing can be added to it");
        }
        return owner;
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
