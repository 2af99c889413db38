package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotLease;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.transfer.BundleManifest.Carried;
import dev.permafrost.store.transfer.BundleManifest.Totals;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot of a store as a signed bundle: all of it, or what it has beyond another snapshot. Reads the store only, so it may run
 * beside a server, and on a medium that can't be written to. Heap does not grow with the store. Blocks.
 */
public final class BundleExport {
    /* What a bundle tells, lists and rows, is written first, since the manifest has its digests. How packs will be cut is then worked out
     * from sizes alone, so that the manifest can be signed, and through a pipe sent, before a byte of any blob is read: each is read once. */

    /** The largest file that FAT32 has. */
    private static final long FAT32_FILE_BYTES_MAX = (4L << 30) - 1;

    private static final int LIST_BYTES = 16 << 20;
    private static final int ROWS_BYTES = 8 << 20;
    private static final long SCAN_CACHE_BYTES = 8L << 20;
    private static final long ROWS_FILES_GUESS = 64;

    private final Path store;
    private final FileOps ops;
    private final Keyring keys;
    private final Request request;
    private final Progress progress;
    private final Clock clock;
    private final Snapshots snapshots;

    /**
     * What to export.
     *
     * @param snapshot which snapshot
     * @param base the one that the receiver has; empty to carry all
     * @param sender who sends it, in words for people
     * @param volumeBytes how large each of several volumes may be; 0 for one without a limit
     * @param server the folder of the distribution that is to go with it, if any
     */
    public record Request(
            SnapshotId snapshot, Optional<SnapshotId> base, String sender, long volumeBytes, Optional<Path> server) {}

    /** An export from the store in that folder, signed by the key of this site. */
    public BundleExport(Path store, FileOps ops, Keyring keys, Request request, Progress progress, Clock clock) {
        this.store = store;
        this.ops = ops;
        this.keys = keys;
        this.request = request;
        this.progress = progress;
        this.clock = clock;
        this.snapshots = new Snapshots(store, ops);
    }

    /** What is known once all but the packs is written. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Draft(BundleManifest manifest, byte[] json, byte[] signature, Volumes volumes) {}

    /**
     * Writes it to a folder that is empty or absent, or what an export left there that was cut short.
     *
     * @throws StoreException if it can't be written, and then there is no bundle; STORE_MISSING if there is no such snapshot, or no key
     */
    public ExportReport to(Path folder) {
        BundleFolder target = new BundleFolder(folder, request.volumeBytes() > 0, ops);
        String fingerprint = own();
        Held held = hold();
        try {
            target.prepare();
            Draft draft = draft(target, fingerprint, true);
            writeServer(draft.manifest(), target);
            writePacks(draft.manifest(), target);
            target.finish(draft.manifest().volumes(), draft.json(), draft.signature());
            return report(draft.manifest());
        } catch (IOException e) {
            throw Failures.of("exporting to", folder, e);
        } finally {
            held.close();
        }
    }

    /**
     * Writes it to a pipe, as a tar archive of the files that it would have in a folder.
     *
     * @throws StoreException as {@link #to(Path)} does
     */
    public ExportReport to(OutputStream pipe) {
        String fingerprint = own();
        Held held = hold();
        Path scratch = null;
        try {
            scratch = Files.createTempDirectory("permafrost-export-");
            BundleFolder told = new BundleFolder(scratch, false, ops);
            Draft draft = draft(told, fingerprint, true);
            BundleManifest manifest = draft.manifest();
            TarTarget tar = new TarTarget(pipe, manifest.createdAt());
            tar.write(BundleManifest.FILE_NAME, draft.json());
            tar.write(BundleManifest.SIGNATURE_NAME, draft.signature());
            tar.copy(manifest.pieces(PieceKind.SNAPSHOT), scratch);
            tar.copy(manifest.pieces(PieceKind.BLOBS), scratch);
            writePacks(manifest, tar);
            tar.copy(manifest.pieces(PieceKind.ROWS), scratch);
            writeServer(manifest, tar);
            tar.finish();
            return report(manifest);
        } catch (IOException e) {
            throw Failures.of("exporting to", Path.of("-"), e);
        } finally {
            held.close();
            clear(scratch);
        }
    }

    private void clear(@Nullable Path scratch) {
        if (scratch != null) {
            try {
                new BundleFolder(scratch, false, ops).clear();
                ops.delete(scratch);
            } catch (IOException e) {
                throw Failures.of("deleting", scratch, e);
            }
        }
    }

    /** Tells what it would be, and writes nothing; needs no key. */
    public ExportReport plan() {
        Held held = hold();
        try {
            PieceTarget nowhere = piece -> Nowhere.OUTPUT;
            return report(draft(nowhere, keys.own().orElse(""), false).manifest());
        } catch (IOException e) {
            throw Failures.of("reading", store, e);
        } finally {
            held.close();
        }
    }

    private String own() {
        return keys.own()
                .orElseThrow(() -> new StoreException(
                        FailureKind.STORE_MISSING,
                        "there is no key to sign with in " + keys.folder() + "; make one with: permafrost key new"));
    }

    /** The snapshots that are read, which nobody can drop meanwhile. */
    private record Held(SnapshotLease snapshot, @Nullable SnapshotLease base) implements AutoCloseable {
        @Override
        public void close() {
            snapshot.close();
            if (base != null) {
                base.close();
            }
        }
    }

    private Held hold() {
        SnapshotId base = request.base().orElse(null);
        if (request.snapshot().equals(base)) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "snapshot '" + base + "' is the base itself, and there is nothing to carry; freeze anew first");
        }
        SnapshotLease snapshot = snapshots.hold(request.snapshot());
        try {
            return new Held(snapshot, base == null ? null : snapshots.hold(base));
        } catch (RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    private Path folder(SnapshotId id) {
        return store.resolve("snapshots").resolve(id.name());
    }

    private Path list(SnapshotId id) {
        return folder(id).resolve("blobs.lst");
    }

    /** Shows the changes of blobs, and checks the lists that they are found in. */
    private void changes(Consumer<BlobChange> visitor) {
        try (BlobLines base = request.base().map(id -> BlobLines.of(list(id))).orElseGet(BlobLines::none);
                BlobLines wanted = BlobLines.of(list(request.snapshot()))) {
            BlobChanges.between(base, wanted, visitor);
            request.base().ifPresent(id -> check(id, base));
            check(request.snapshot(), wanted);
        }
    }

    private void check(SnapshotId id, BlobLines read) {
        SnapshotManifest manifest = snapshots.manifest(id);
        String sha256 = read.sha256();
        if (!sha256.equals(manifest.blobListSha256())) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    list(id) + " has the SHA-256 " + sha256 + ", and its snapshot says " + manifest.blobListSha256()
                            + "; export another snapshot");
        }
    }

    private Draft draft(PieceTarget target, String fingerprint, boolean sign) throws IOException {
        long[] counted = new long[3];
        changes(change -> {
            counted[change.added() ? 0 : 1]++;
            counted[2] += change.added() ? change.sizeBytes() : 0;
        });
        long packed = counted[2] + counted[0] * BlobFrame.BYTES;
        Volumes volumes = request.volumeBytes() > 0
                ? Volumes.of(
                        request.volumeBytes(), packed + counted[0] * BlobChange.BYTES, ROWS_FILES_GUESS + serverFiles())
                : Volumes.one();
        List<Piece> pieces = new ArrayList<>();
        if (request.server().isPresent()) {
            pieces.addAll(new ServerFiles(request.server().get()).pieces(volumes));
        }
        PieceDraft told = new PieceDraft(target, volumes);
        byte[] manifestJson = Files.readAllBytes(folder(request.snapshot()).resolve("manifest.json"));
        told.add(PieceKind.SNAPSHOT, manifestJson);
        writeLists(told, volumes);
        RowsWriter rows = new RowsWriter(volumes.pieceBytes(ROWS_BYTES), piece -> told.add(PieceKind.ROWS, piece));
        RowChanges scan = new RowChanges(rows, progress);
        writeRows(scan);
        long changed = rows.finish();
        pieces.addAll(told.pieces());
        PackLayout layout = volumes.packs(Math.min(FAT32_FILE_BYTES_MAX, Math.max(1, volumes.usable())));
        changes(change -> {
            if (change.added()) {
                layout.add(change.sizeBytes());
            }
        });
        pieces.addAll(layout.finish());
        pieces.sort(Comparator.comparing(Piece::kind));
        BundleManifest manifest = new BundleManifest(
                request.sender(),
                fingerprint,
                Instant.ofEpochMilli(clock.millis()),
                new Carried(request.snapshot(), Sha256.of(manifestJson)),
                request.base().map(this::carried),
                scan.repositories(),
                new Totals(counted[0], counted[2], counted[1], changed),
                pieces.stream().mapToInt(Piece::volume).max().orElse(1),
                pieces);
        ManifestCheck.check(manifest);
        byte[] json = BundleJson.write(manifest);
        byte[] signature = sign ? keys.sign(json) : new byte[0];
        // the sums have a line of about a hundred bytes for each file
        volumes.checkReserved(json.length + signature.length + 160L * pieces.size());
        return new Draft(manifest, json, signature, volumes);
    }

    private long serverFiles() {
        return request.server().isPresent() ? 256 : 0;
    }

    private Carried carried(SnapshotId id) {
        Path file = folder(id).resolve("manifest.json");
        try {
            return new Carried(id, Sha256.of(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    private void writeLists(PieceDraft told, Volumes volumes) {
        int records = Math.max(1, volumes.pieceBytes(LIST_BYTES) / BlobChange.BYTES);
        ByteBuffer buffer = ByteBuffer.allocate(records * BlobChange.BYTES);
        changes(change -> {
            if (!buffer.hasRemaining()) {
                told.add(PieceKind.BLOBS, buffer);
            }
            change.write(buffer);
        });
        told.add(PieceKind.BLOBS, buffer);
    }

    private void writeRows(RowChanges scan) {
        try (RocksIndex wanted = index(request.snapshot());
                RocksIndex base = request.base().map(this::index).orElse(null)) {
            RowChanges.Side before = request.base()
                    .filter(id -> base != null)
                    .map(id -> new RowChanges.Side(base, list(id)))
                    .orElse(null);
            scan.write(before, new RowChanges.Side(wanted, list(request.snapshot())));
        }
    }

    private RocksIndex index(SnapshotId id) {
        return RocksIndex.openReadOnly(folder(id).resolve("index"), SCAN_CACHE_BYTES);
    }

    private void writeServer(BundleManifest manifest, PieceTarget target) throws IOException {
        if (request.server().isPresent()) {
            ServerFiles files = new ServerFiles(request.server().get());
            for (Piece piece : manifest.pieces(PieceKind.SERVER)) {
                files.write(piece, target);
            }
        }
    }

    private void writePacks(BundleManifest manifest, PieceTarget target) throws IOException {
        List<Piece> packs = manifest.pieces(PieceKind.PACK);
        long total = packs.stream().mapToLong(Piece::bytes).sum();
        try (PackWriter writer = new PackWriter(new FileBlobStore(store, ops), packs, target)) {
            changes(change -> {
                if (change.added()) {
                    writer.add(change.digest(), change.sizeBytes());
                    progress.at("packing", writer.writtenBytes(), total);
                }
            });
            writer.finish();
        }
    }

    private static ExportReport report(BundleManifest manifest) {
        Totals totals = manifest.totals();
        return new ExportReport(
                manifest.snapshot().id(),
                manifest.base().map(Carried::id),
                manifest.repositories(),
                totals.blobs(),
                totals.blobBytes(),
                totals.blobsRemoved(),
                totals.rows(),
                manifest.bytes(),
                manifest.volumes(),
                manifest.fingerprint());
    }

    /** Takes everything and keeps nothing. */
    private enum Nowhere implements PieceTarget.Output {
        OUTPUT;

        @Override
        public void write(ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }

        @Override
        public void finish() {}

        @Override
        public void close() {}
    }
}
