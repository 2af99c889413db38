package dev.permafrost.store.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of one store: {@code snapshots/<name>/{index/, blobs.lst, manifest.json}}, and {@code current}, a small file
 * that names one of them.
 *
 * <p>A snapshot is built under a name that begins with a dot, made durable, and renamed; what a crash leaves of one is
 * removed by {@link #sweep}. Nothing in it is ever written again. It is dropped by way of such a name too. Beside it lie {@code .lock-<name>},
 * which its readers lock, and {@code .pinned-<name>} where the operator wants it kept.
 */
public final class Snapshots {
    private static final Logger log = LoggerFactory.getLogger(Snapshots.class);
    private static final long NAME_BYTES_MAX = 256;
    private static final String BUILDING = ".building-";
    private static final String DROPPING = ".dropping-";
    private static final String LOCK = ".lock-";
    private static final String PINNED = ".pinned-";
    private static final long SCAN_CACHE_BYTES = 8L << 20;

    private final Path root;
    private final Path snapshots;
    private final FileOps ops;
    /** The names of those that are being made. */
    private final Set<SnapshotId> drafts = new HashSet<>();

    /** The snapshots of the store in that folder. */
    public Snapshots(Path root, FileOps ops) {
        this.root = root;
        this.snapshots = root.resolve("snapshots");
        this.ops = ops;
    }

    /**
     * Seals the index as it is at this moment, but for what it says of files of this machine, under a name, and lets {@code current} name it. Blocks.
     *
     * @throws StoreException STORE_EXISTS if the name is taken
     */
    public SnapshotManifest seal(SnapshotId id, Index index, Instant now) {
        try (SnapshotDraft draft = draft(id, index, now, SnapshotScope.ALL, () -> {})) {
            return draft.commit();
        }
    }

    /**
     * The same up to the name: what it will be can be looked at, and it can be given up. Blocks.
     *
     * @param ended is run when it has its name, or never will; not if this fails
     * @throws StoreException STORE_EXISTS if the name is taken
     */
    public SnapshotDraft draft(SnapshotId id, Index index, Instant now, SnapshotScope scope, Runnable ended) {
        synchronized (this) {
            if (Files.exists(folder(id)) || !drafts.add(id)) {
                throw new StoreException(
                        FailureKind.STORE_EXISTS,
                        "there is a snapshot '" + id + "' already, and snapshots never change; choose another name with"
                                + " --name");
            }
        }
        Path building = beside(BUILDING, id.name());
        boolean isBuilt = false;
        try {
            new DurableFolders(ops).ensure(root, "snapshots");
            FileTree.delete(building, ops);
            SnapshotManifest manifest = new SnapshotBuild(building, ops, scope).of(id, index, now);
            isBuilt = true;
            return new SnapshotDraft(this, manifest, building, ops, ended);
        } catch (IOException e) {
            throw Failures.of("sealing", folder(id), e);
        } finally {
            if (!isBuilt) {
                giveUp(id, building);
            }
        }
    }

    /** Gives a draft its name, and lets {@code current} name it. */
    synchronized void commit(SnapshotId id, Path building) throws IOException {
        prepareLock(id.name());
        ops.rename(building, folder(id));
        ops.syncDirectory(snapshots);
        setCurrent(id);
    }

    /** Makes ready for a snapshot of that name, which is put into its place by somebody else: readers find something to lock. */
    public synchronized void expect(SnapshotId id) throws IOException {
        prepareLock(id.name());
    }

    /** A draft is none any more, whatever has become of it. */
    synchronized void giveUp(SnapshotId id, Path building) {
        clear(building);
        drafts.remove(id);
    }

    /** Gives back the space of a snapshot that could not be sealed, or that is gone. */
    private void clear(Path left) {
        try {
            FileTree.delete(left, ops);
        } catch (IOException e) {
            log.warn("deleting {}: {}; the next start removes it", left, e.toString());
        }
    }

    /** What a snapshot says of itself; STORE_MISSING if there is none of that name. Blocks. */
    public SnapshotManifest manifest(SnapshotId id) {
        Path folder = folder(id);
        if (!Files.isDirectory(folder)) {
            throw missing(id);
        }
        SnapshotManifest manifest = ManifestJson.read(folder.resolve("manifest.json"));
        if (!manifest.id().equals(id)) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    folder + " holds a snapshot that calls itself '" + manifest.id() + "'; give the folder that name"
                            + " back");
        }
        return manifest;
    }

    private StoreException missing(SnapshotId id) {
        return new StoreException(
                FailureKind.STORE_MISSING,
                "there is no snapshot '" + id + "' in " + root + "; it has: " + namesForPeople());
    }

    /** All snapshots, oldest first. Blocks. */
    public List<SnapshotManifest> list() {
        List<SnapshotManifest> all = new ArrayList<>();
        for (String name : names()) {
            all.add(manifest(new SnapshotId(name)));
        }
        all.sort(Comparator.comparing(SnapshotManifest::createdAt));
        return all;
    }

    /** The snapshot that {@code current} names. Blocks. */
    public Optional<SnapshotId> current() {
        Path file = root.resolve(SnapshotId.CURRENT);
        try {
            String name = Files.size(file) > NAME_BYTES_MAX
                    ? ""
                    : Files.readString(file).strip();
            if (!SnapshotId.isName(name)) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT,
                        file + " does not name a snapshot; it has: " + namesForPeople() + ". Freeze again, or serve one"
                                + " of them by its name with --frozen=NAME");
            }
            return Optional.of(new SnapshotId(name));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (CharacterCodingException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, file + " does not name a snapshot", e);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** Lets {@code current} name that snapshot, at once and durably. Blocks. */
    public synchronized void setCurrent(SnapshotId id) {
        Path file = root.resolve(SnapshotId.CURRENT);
        Path next = root.resolve("." + SnapshotId.CURRENT + ".next");
        try {
            ops.delete(next);
            writeDurably(next, (id.name() + "\n").getBytes(UTF_8), ops);
            ops.rename(next, file);
            ops.syncDirectory(root);
        } catch (IOException e) {
            throw Failures.of("writing", file, e);
        }
    }

    /**
     * Lets {@code current} name a snapshot that can be opened, older or newer than the one that it names, at once and durably. Blocks.
     *
     * @throws StoreException STORE_MISSING if there is none of that name
     */
    public SnapshotManifest rollTo(SnapshotId id) {
        SnapshotLease lease = hold(id);
        try {
            openIndex(id, SCAN_CACHE_BYTES).close();
            setCurrent(id);
            return manifest(id);
        } finally {
            lease.close();
        }
    }

    /**
     * Keeps a snapshot from being {@linkplain #drop dropped} until that is closed. Writes nothing. Blocks.
     *
     * @throws StoreException STORE_MISSING if there is none of that name
     */
    public SnapshotLease hold(SnapshotId id) {
        manifest(id);
        SnapshotLease lease = SnapshotLease.shared(id, beside(LOCK, id.name()));
        try {
            // it may have been dropped just before
            manifest(id);
            return lease;
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /**
     * Deletes a snapshot, for good; blobs that it alone names are for whoever collects them. Once its folder has lost its name, it is
     * gone, whatever fails then. Blocks.
     *
     * @throws StoreException STORE_MISSING if there is none of that name; STORE_LOCKED if it is being read; BAD_REQUEST if it is the current
     *     one, or pinned
     */
    public synchronized void drop(SnapshotId id) {
        if (!Files.isDirectory(folder(id))) {
            throw missing(id);
        }
        SnapshotLease lease = SnapshotLease.alone(id, beside(LOCK, id.name()));
        try {
            if (current().filter(id::equals).isPresent()) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "snapshot '" + id
                                + "' is the current one; let another be that first: permafrost rollback NAME");
            }
            if (isPinned(id)) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "snapshot '" + id + "' is pinned; unpin it first: permafrost snapshot unpin " + id);
            }
            Path dropping = beside(DROPPING, id.name());
            FileTree.delete(dropping, ops);
            ops.rename(folder(id), dropping);
            ops.syncDirectory(snapshots);
            clear(dropping);
            clear(beside(LOCK, id.name()));
        } catch (IOException e) {
            throw Failures.of("dropping", folder(id), e);
        } finally {
            lease.close();
        }
    }

    /** Has a snapshot kept until it is unpinned, durably; STORE_MISSING if there is none of that name. Blocks. */
    public synchronized void pin(SnapshotId id) {
        manifest(id);
        Path mark = beside(PINNED, id.name());
        try {
            if (!Files.exists(mark)) {
                ops.create(mark).close();
            }
            ops.syncDirectory(snapshots);
        } catch (IOException e) {
            throw Failures.of("writing", mark, e);
        }
    }

    /** Takes that back, durably; STORE_MISSING if there is none of that name. Blocks. */
    public synchronized void unpin(SnapshotId id) {
        manifest(id);
        Path mark = beside(PINNED, id.name());
        try {
            ops.delete(mark);
            ops.syncDirectory(snapshots);
        } catch (IOException e) {
            throw Failures.of("deleting", mark, e);
        }
    }

    /** Whether the operator wants it kept. Blocks. */
    public boolean isPinned(SnapshotId id) {
        return Files.exists(beside(PINNED, id.name()));
    }

    /** What its own files take on the disk, its blobs aside; STORE_MISSING if there is none of that name. Blocks. */
    public SnapshotSize size(SnapshotId id) {
        manifest(id);
        return SnapshotSize.of(folder(id));
    }

    /** Opens a snapshot's index for reading; writes nothing. Blocks. */
    public Index openIndex(SnapshotId id, long cacheBytes) {
        manifest(id);
        return RocksIndex.openReadOnly(folder(id).resolve("index"), cacheBytes);
    }

    /**
     * Shows the snapshot's blobs, sorted by digest. Blocks.
     *
     * @throws StoreException STORE_CORRUPT, at the latest at the end, if it is not the list that the snapshot was sealed with
     */
    public void blobs(SnapshotId id, BlobList.Visitor visitor) {
        SnapshotManifest manifest = manifest(id);
        Path file = folder(id).resolve(BlobList.FILE_NAME);
        requireSealed(file, BlobList.read(file, visitor), manifest);
    }

    private static void requireSealed(Path file, Digest digest, SnapshotManifest manifest) {
        if (!digest.hex().equals(manifest.blobListSha256())) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    file + " has the SHA-256 " + digest.hex() + ", and its manifest says " + manifest.blobListSha256()
                            + "; carry the snapshot over again from where it came");
        }
    }

    /** Opens the list of a snapshot's blobs, which is not proved; the caller closes it. Blocks. */
    public BlobListReader openBlobs(SnapshotId id) {
        return BlobListReader.open(folder(id).resolve(BlobList.FILE_NAME));
    }

    /**
     * Checks that the list of a snapshot's blobs is the one that it was sealed with. Blocks.
     *
     * @throws StoreException STORE_CORRUPT if it is not
     */
    public void prove(SnapshotManifest manifest) {
        Path file = folder(manifest.id()).resolve(BlobList.FILE_NAME);
        requireSealed(file, BlobListReader.digestOf(file), manifest);
    }

    /** Where a snapshot lies. */
    Path folder(SnapshotId id) {
        return snapshots.resolve(id.name());
    }

    /** A file or folder that belongs to a snapshot and is no part of it. */
    private Path beside(String prefix, String name) {
        return snapshots.resolve(prefix + name);
    }

    /** Makes the file that the readers of a snapshot lock. */
    void prepareLock(String name) throws IOException {
        if (!Files.exists(beside(LOCK, name))) {
            ops.create(beside(LOCK, name)).close();
        }
    }

    /**
     * Removes what a crash left of snapshots that were being made or dropped, and sees to it that readers find something to lock. For the
     * store's owner. Blocks.
     */
    public void sweep() {
        if (!Files.isDirectory(snapshots)) {
            return;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(snapshots, ".*")) {
            for (Path path : all) {
                if (isLeftOver(String.valueOf(path.getFileName()))) {
                    FileTree.delete(path, ops);
                }
            }
            for (String name : names()) {
                prepareLock(name);
            }
        } catch (IOException e) {
            throw Failures.of("clearing", snapshots, e);
        }
    }

    private boolean isLeftOver(String name) {
        if (name.startsWith(BUILDING) || name.startsWith(DROPPING)) {
            return true;
        }
        String prefix = name.startsWith(LOCK) ? LOCK : name.startsWith(PINNED) ? PINNED : "";
        return !prefix.isEmpty() && !Files.isDirectory(snapshots.resolve(name.substring(prefix.length())));
    }

    private List<String> names() {
        if (!Files.isDirectory(snapshots)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(snapshots)) {
            return folders.filter(Files::isDirectory)
                    .map(p -> String.valueOf(p.getFileName()))
                    .filter(SnapshotId::isName)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Failures.of("listing", snapshots, e);
        }
    }

    private String namesForPeople() {
        List<String> names = names();
        return names.isEmpty() ? "none; make one with: permafrost freeze" : String.join(", ", names);
    }

    /** Writes a file that is not there yet, durably but for its name. */
    static void writeDurably(Path file, byte[] content, FileOps ops) throws IOException {
        try (FileOps.WritableFile out = ops.create(file)) {
            out.write(ByteBuffer.wrap(content));
            out.sync();
        }
    }
}
