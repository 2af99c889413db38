package dev.permafrost.store.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of one store: {@code snapshots/<name>/{index/, blobs.lst, manifest.json}}, and {@code current}, a small file
 * that names one of them.
 *
 * <p>A snapshot is built under a name that begins with a dot, made durable, and renamed; what a crash leaves of one is
 * removed by {@link #sweep}. Nothing in it is ever written again.
 */
public final class Snapshots {
    private static final Logger log = LoggerFactory.getLogger(Snapshots.class);
    private static final long NAME_BYTES_MAX = 256;
    private static final String BUILDING = ".building-";
    private static final long SCAN_CACHE_BYTES = 8L << 20;

    private final Path root;
    private final Path snapshots;
    private final FileOps ops;

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
    public synchronized SnapshotManifest seal(SnapshotId id, Index index, Instant now) {
        Path target = folder(id);
        if (Files.exists(target)) {
            throw new StoreException(
                    FailureKind.STORE_EXISTS,
                    "there is a snapshot '" + id + "' already, and snapshots never change; choose another name with"
                            + " --name");
        }
        Path building = snapshots.resolve(BUILDING + id.name());
        boolean sealed = false;
        try {
            SnapshotManifest manifest = build(id, index, building, now);
            ops.rename(building, target);
            sealed = true;
            ops.syncDirectory(snapshots);
            setCurrent(id);
            return manifest;
        } catch (IOException e) {
            throw Failures.of("sealing", target, e);
        } finally {
            if (!sealed) {
                clear(building);
            }
        }
    }

    private SnapshotManifest build(SnapshotId id, Index index, Path building, Instant now) throws IOException {
        DurableFolders folders = new DurableFolders(ops);
        folders.ensure(root, "snapshots");
        FileTree.delete(building, ops);
        folders.ensure(snapshots, BUILDING + id.name());
        Path checkpoint = building.resolve("index");
        index.checkpoint(checkpoint);
        RocksIndex.forget(checkpoint, DocKey.OF_THIS_MACHINE, SCAN_CACHE_BYTES);
        SnapshotManifest manifest = describe(id, checkpoint, building, now);
        writeDurably(building.resolve("manifest.json"), ManifestJson.write(manifest));
        syncFiles(checkpoint);
        ops.syncDirectory(checkpoint);
        ops.syncDirectory(building);
        return manifest;
    }

    /** Gives back the space of a snapshot that could not be sealed. */
    private void clear(Path building) {
        try {
            FileTree.delete(building, ops);
        } catch (IOException e) {
            log.warn("deleting {}: {}; the next start removes it", building, e.toString());
        }
    }

    /** What a snapshot says of itself; STORE_MISSING if there is none of that name. Blocks. */
    public SnapshotManifest manifest(SnapshotId id) {
        Path folder = folder(id);
        if (!Files.isDirectory(folder)) {
            throw new StoreException(
                    FailureKind.STORE_MISSING,
                    "there is no snapshot '" + id + "' in " + root + "; it has: " + namesForPeople());
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
            writeDurably(next, (id.name() + "\n").getBytes(UTF_8));
            ops.rename(next, file);
            ops.syncDirectory(root);
        } catch (IOException e) {
            throw Failures.of("writing", file, e);
        }
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

    /** Removes what a crash left of snapshots that were being made. Blocks. */
    public void sweep() {
        if (!Files.isDirectory(snapshots)) {
            return;
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(snapshots, BUILDING + "*")) {
            for (Path building : left) {
                FileTree.delete(building, ops);
            }
        } catch (IOException e) {
            throw Failures.of("clearing", snapshots, e);
        }
    }

    private SnapshotManifest describe(SnapshotId id, Path checkpoint, Path building, Instant now) throws IOException {
        BlobList.Builder blobs = new BlobList.Builder();
        long[] counts = new long[2];
        try (Index sealed = RocksIndex.openReadOnly(checkpoint, SCAN_CACHE_BYTES)) {
            new Catalog(sealed).entries((key, entry) -> {
                counts[0]++;
                if (entry.verification() == Verification.LENGTH || entry.verification() == Verification.NONE) {
                    counts[1]++;
                }
                blobs.add(entry.digest(), entry.sizeBytes());
            });
        }
        BlobList.Written list = blobs.write(building.resolve(BlobList.FILE_NAME), ops);
        return new SnapshotManifest(
                id,
                Instant.ofEpochMilli(now.toEpochMilli()),
                counts[0],
                list.blobs(),
                list.bytes(),
                counts[1],
                list.digest().hex());
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

    private void writeDurably(Path file, byte[] content) throws IOException {
        try (FileOps.WritableFile out = ops.create(file)) {
            out.write(ByteBuffer.wrap(content));
            out.sync();
        }
    }

    private static void syncFiles(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        }
    }
}
