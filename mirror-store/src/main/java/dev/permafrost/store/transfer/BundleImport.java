package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.CarriedRows;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.transfer.BundleManifest.Carried;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a bundle into a store whose owner this process is. What is signed is checked first, then whether it fits this store, then every
 * byte, once; only when all of it is durable does the snapshot get its name, and last does {@code current} get to name it. Blobs that were
 * found right before something went wrong stay, so that the next attempt need not read them again; nothing names them until then. Heap does
 * not grow with the bundle. Blocks.
 */
public final class BundleImport {
    private final Path store;
    private final FileOps ops;
    private final Keyring keys;
    private final Wanted wanted;
    private final Progress progress;
    private final Runnable beforeWriting;
    private final BlobStore blobs;
    private final ReceivedSnapshots snapshots;

    /**
     * How to import.
     *
     * @param isDry whether to read and check everything, and write nothing
     * @param makesCurrent whether {@code current} is to name the snapshot, if it is not older than what it names
     * @param isNewSender whether it may be signed by another key than what came before
     */
    public record Wanted(boolean isDry, boolean makesCurrent, boolean isNewSender) {
        /** All of it, of the same sender. */
        public static final Wanted ALL = new Wanted(false, true, false);
    }

    /**
     * An import into the store in that folder, of what is signed by a key that is trusted.
     *
     * @param beforeWriting run once it is known that the bundle is signed and fits the store, before anything is written there
     */
    public BundleImport(
            Path store, FileOps ops, Keyring keys, Wanted wanted, Progress progress, Runnable beforeWriting) {
        this.store = store;
        this.ops = ops;
        this.keys = keys;
        this.wanted = wanted;
        this.progress = progress;
        this.beforeWriting = beforeWriting;
        this.blobs = new FileBlobStore(store, ops);
        this.snapshots = new ReceivedSnapshots(store, ops);
    }

    /**
     * Takes in a bundle whose volumes lie in these folders, or in folders in them.
     *
     * @throws StoreException that says what is wrong with it, and the store has no snapshot more than before
     */
    public ImportReport from(List<Path> folders) {
        try (PieceSource source = FolderSource.of(folders)) {
            return take(source);
        } catch (IOException e) {
            throw Failures.of("importing from", folders.get(0), e);
        }
    }

    /** Takes in a bundle that comes through a pipe, as {@link BundleExport#to(java.io.OutputStream)} writes it; fails as from folders. */
    public ImportReport from(InputStream pipe) {
        try (PieceSource source = new TarSource(pipe)) {
            return take(source);
        } catch (IOException e) {
            throw Failures.of("importing from", Path.of("-"), e);
        }
    }

    private ImportReport take(PieceSource source) throws IOException {
        Signer signer = keys.check(source.manifest(), source.signature());
        BundleManifest bundle = BundleJson.read(source.manifest());
        ManifestCheck.check(bundle);
        if (!bundle.fingerprint().equals(signer.fingerprint())) {
            throw new StoreException(
                    FailureKind.UNTRUSTED,
                    "the bundle says that it is from the key " + bundle.fingerprint() + ", and is signed by " + signer);
        }
        if (snapshots.has(bundle.snapshot())) {
            return there(bundle, signer);
        }
        if (!wanted.isNewSender()) {
            snapshots.requireSender(bundle);
        }
        bundle.base().ifPresent(snapshots::requireBase);
        try {
            return wanted.isDry() ? checked(source, bundle, signer) : taken(source, bundle, signer);
        } catch (ArithmeticException e) {
            throw corrupt("its numbers are larger than any disk");
        }
    }

    private ImportReport there(BundleManifest bundle, Signer signer) {
        SnapshotId id = bundle.snapshot().id();
        boolean isCurrent =
                (wanted.makesCurrent() && !wanted.isDry()) ? snapshots.makeCurrent(id) : snapshots.isCurrent(id);
        return report(bundle, signer, ImportReport.Outcome.THERE_ALREADY, isCurrent, new Tally());
    }

    private ImportReport checked(PieceSource source, BundleManifest bundle, Signer signer) throws IOException {
        Tally tally = new Tally();
        byte[] description = read(source, bundle.pieces(PieceKind.SNAPSHOT).get(0));
        requireSame(bundle.snapshot(), description);
        readLists(source, bundle, change -> tally.need(change, blobs));
        requireSpace(bundle, tally);
        readPacks(source, bundle, BlobTakers.checking(bytes -> {}));
        readRows(source, bundle, tally, (family, key, value) -> {});
        return report(bundle, signer, ImportReport.Outcome.CHECKED, false, tally);
    }

    private ImportReport taken(PieceSource source, BundleManifest bundle, Signer signer) throws IOException {
        SnapshotId id = bundle.snapshot().id();
        Tally tally = new Tally();
        beforeWriting.run();
        takeWithoutLists(source, bundle);
        try (Arrival arrival = Arrival.begin(store, id, ops)) {
            byte[] description = read(source, bundle.pieces(PieceKind.SNAPSHOT).get(0));
            requireSame(bundle.snapshot(), description);
            arrival.write("manifest.json", description);
            SnapshotManifest manifest = arrival.manifest();
            mergeLists(source, bundle, arrival, tally);
            if (arrival.blobs() != manifest.blobs()) {
                throw corrupt("its snapshot says " + manifest.blobs() + " blobs, and lists " + arrival.blobs());
            }
            requireSpace(bundle, tally);
            Set<Integer> missing = readPacks(source, bundle, BlobTakers.into(blobs, tally::took));
            requireBlobs(bundle, arrival, missing);
            makeIndex(source, bundle, arrival, manifest, tally);
            arrival.write(BundleManifest.FILE_NAME, source.manifest());
            arrival.write(BundleManifest.SIGNATURE_NAME, source.signature());
            arrival.publish();
        }
        boolean isCurrent = wanted.makesCurrent() && snapshots.makeCurrent(id);
        return report(bundle, signer, ImportReport.Outcome.TAKEN, isCurrent, tally);
    }

    /** Where what is told of the snapshot is on volumes that are not at hand, takes the blobs that are, and says what is missing. */
    private void takeWithoutLists(PieceSource source, BundleManifest bundle) throws IOException {
        TreeSet<Integer> untold = new TreeSet<>();
        for (Piece piece : bundle.told().toList()) {
            if (!source.has(piece)) {
                untold.add(piece.volume());
            }
        }
        if (!untold.isEmpty()) {
            requireSpace(atHand(source, bundle));
            readPacks(source, bundle, BlobTakers.into(blobs, bytes -> {}));
            throw missing(
                    List.copyOf(untold),
                    "what is told of the snapshot; the blobs of the volumes that were given are here now, and need not be given"
                            + " again");
        }
    }

    private static long atHand(PieceSource source, BundleManifest bundle) throws IOException {
        long bytes = 0;
        for (Piece pack : bundle.pieces(PieceKind.PACK)) {
            bytes += source.has(pack) ? pack.bytes() : 0;
        }
        return bytes;
    }

    /** What has been counted on the way. */
    private static final class Tally {
        private long entriesPut;
        private long entriesDeleted;
        private long blobsTaken;
        private long bytesTaken;
        private long bytesNeeded;

        void need(BlobChange change, BlobStore blobs) {
            if (change.added() && !BlobTakers.isThere(blobs, change.digest(), change.sizeBytes())) {
                bytesNeeded += change.sizeBytes();
            }
        }

        void took(long bytes) {
            blobsTaken++;
            bytesTaken += bytes;
        }

        void row(Family family, boolean isPut) {
            if (family == Family.ENTRY) {
                entriesPut += isPut ? 1 : 0;
                entriesDeleted += isPut ? 0 : 1;
            }
        }
    }

    private byte[] read(PieceSource source, Piece piece) throws IOException {
        byte[] content;
        try (InputStream in = source.open(piece)) {
            if (in == null) {
                throw missing(List.of(piece.volume()), piece.path());
            }
            content = in.readNBytes((int) piece.bytes());
        }
        if (content.length != piece.bytes() || !Sha256.of(content).equals(piece.sha256())) {
            throw new StoreException(
                    FailureKind.DIGEST_MISMATCH,
                    source.where(piece) + " has the SHA-256 " + Sha256.of(content) + ", and the manifest says "
                            + piece.sha256() + ": it was damaged on its way; copy it again");
        }
        return content;
    }

    private static StoreException missing(List<Integer> volumes, String what) {
        String numbers = String.join(", ", volumes.stream().map(String::valueOf).toList());
        return new StoreException(
                FailureKind.STORE_MISSING,
                (volumes.size() == 1 ? "volume " : "volumes ") + numbers + " of the bundle "
                        + (volumes.size() == 1 ? "is" : "are") + " missing, with " + what
                        + ": give --from for each folder that has a volume of it");
    }

    private static void requireSame(Carried snapshot, byte[] description) {
        if (!Sha256.of(description).equals(snapshot.manifestSha256())) {
            throw corrupt("what its snapshot says of itself is not what the bundle is said to carry");
        }
    }

    private void readLists(PieceSource source, BundleManifest bundle, Consumer<BlobChange> visitor) throws IOException {
        long added = 0;
        long bytes = 0;
        for (Piece piece : bundle.pieces(PieceKind.BLOBS)) {
            ByteBuffer records = ByteBuffer.wrap(read(source, piece));
            if (records.remaining() % BlobChange.BYTES != 0) {
                throw corrupt(piece.path() + " ends within a record");
            }
            while (records.hasRemaining()) {
                BlobChange change = BlobChange.read(records);
                visitor.accept(change);
                added += change.added() ? 1 : 0;
                bytes = Math.addExact(bytes, change.added() ? change.sizeBytes() : 0);
            }
        }
        if (added != bundle.totals().blobs() || bytes != bundle.totals().blobBytes()) {
            throw corrupt("its lists name " + added + " blobs of " + bytes + " bytes, and the manifest says otherwise");
        }
    }

    private void mergeLists(PieceSource source, BundleManifest bundle, Arrival arrival, Tally tally)
            throws IOException {
        Path file = arrival.folder().resolve("blobs.lst");
        Optional<Path> base =
                bundle.base().map(one -> snapshots.folder(one.id()).resolve("blobs.lst"));
        try (BlobLines before = base.map(BlobLines::of).orElseGet(BlobLines::none);
                BlobChanges.Merge merge = new BlobChanges.Merge(before, file, ops)) {
            readLists(source, bundle, change -> {
                merge.accept(change);
                tally.need(change, blobs);
            });
            merge.finish();
        }
    }

    private void requireSpace(BundleManifest bundle, Tally tally) {
        // rows take about as much in an index as they do packed; twice that is on the safe side
        long rows =
                bundle.pieces(PieceKind.ROWS).stream().mapToLong(Piece::bytes).sum();
        requireSpace(tally.bytesNeeded + 2 * rows);
    }

    private void requireSpace(long bytes) {
        long needed = bytes + RocksIndex.FREE_BYTES_MIN;
        Path there = store;
        while (there.getParent() != null && !Files.isDirectory(there)) {
            there = there.getParent();
        }
        long free = there.toFile().getUsableSpace();
        if (needed > free) {
            throw new StoreException(
                    FailureKind.DISK_FULL,
                    "the bundle needs " + (needed >> 20) + " MiB on the disk of " + store + ", and " + (free >> 20)
                            + " MiB are free there; free " + (((needed - free) >> 20) + 1)
                            + " MiB, or take it into a store on"
                            + " another disk");
        }
    }

    /** Has blobs taken out of the packs that are at hand; the volumes of those that are not. */
    private Set<Integer> readPacks(PieceSource source, BundleManifest bundle, BlobTaker taker) throws IOException {
        Set<Integer> missing = new TreeSet<>();
        List<Piece> packs = bundle.pieces(PieceKind.PACK);
        long total = packs.stream().mapToLong(Piece::bytes).sum();
        long done = 0;
        PackReader reader = new PackReader(taker);
        try {
            for (Piece pack : packs) {
                progress.at("reading packs", done, total);
                try (InputStream in = source.open(pack)) {
                    if (in == null) {
                        reader.gap();
                        missing.add(pack.volume());
                    } else {
                        reader.read(pack, in, source.where(pack));
                    }
                }
                done += pack.bytes();
            }
            if (reader.isWithinBlob() && missing.isEmpty()) {
                throw corrupt("its packs end within a blob");
            }
            return missing;
        } finally {
            reader.gap();
        }
    }

    /** Sees to it that every blob is here that the snapshot has beyond its base. */
    private void requireBlobs(BundleManifest bundle, Arrival arrival, Set<Integer> missing) {
        long[] lacking = {0};
        AtomicReference<@Nullable Digest> first = new AtomicReference<>();
        Optional<Path> base =
                bundle.base().map(one -> snapshots.folder(one.id()).resolve("blobs.lst"));
        try (BlobLines before = base.map(BlobLines::of).orElseGet(BlobLines::none);
                BlobLines after = BlobLines.of(arrival.folder().resolve("blobs.lst"))) {
            BlobChanges.between(before, after, change -> {
                if (change.added() && !BlobTakers.isThere(blobs, change.digest(), change.sizeBytes())) {
                    lacking[0]++;
                    first.set(change.digest());
                }
            });
        }
        if (lacking[0] > 0 && !missing.isEmpty()) {
            throw missing(
                    List.copyOf(missing),
                    lacking[0] + " blobs that are not here; those of the others are, and will not" + " be read again");
        }
        if (lacking[0] > 0) {
            throw corrupt("it lists " + lacking[0] + " blobs that none of its packs has, such as " + first.get());
        }
    }

    private void makeIndex(
            PieceSource source, BundleManifest bundle, Arrival arrival, SnapshotManifest manifest, Tally tally)
            throws IOException {
        Carried base = bundle.base().orElse(null);
        try (ArrivingIndex index = base == null
                ? ArrivingIndex.whole(arrival.index())
                : ArrivingIndex.changed(
                        snapshots.folder(base.id()).resolve("index"), arrival.workshop(), arrival.index())) {
            readRows(source, bundle, tally, (family, key, value) -> {
                if (value != null) {
                    CarriedRows.check(family, key, value, (digest, bytes) -> BlobTakers.isThere(blobs, digest, bytes));
                }
                index.add(family, key, value);
            });
            index.finish();
        }
        if (base == null && tally.entriesPut != manifest.entries()) {
            throw corrupt(
                    "its snapshot says " + manifest.entries() + " entries, and " + tally.entriesPut + " have come");
        }
    }

    private void readRows(PieceSource source, BundleManifest bundle, Tally tally, RowsReader.Visitor visitor)
            throws IOException {
        RowsReader reader = new RowsReader();
        for (Piece piece : bundle.pieces(PieceKind.ROWS)) {
            progress.at("making the index", reader.rows(), bundle.totals().rows());
            reader.read(read(source, piece), (family, key, value) -> {
                tally.row(family, value != null);
                visitor.visit(family, key, value);
            });
        }
        if (reader.rows() != bundle.totals().rows()) {
            throw corrupt("it has " + reader.rows() + " rows, and the manifest says "
                    + bundle.totals().rows());
        }
    }

    private static StoreException corrupt(String why) {
        return new StoreException(FailureKind.STORE_CORRUPT, "the bundle can't be taken in: " + why);
    }

    private static ImportReport report(
            BundleManifest bundle, Signer signer, ImportReport.Outcome outcome, boolean isCurrent, Tally tally) {
        return new ImportReport(
                bundle.snapshot().id(),
                bundle.base().map(Carried::id),
                bundle.sender(),
                signer,
                outcome,
                isCurrent,
                bundle.repositories(),
                tally.entriesPut,
                tally.entriesDeleted,
                tally.blobsTaken,
                tally.bytesTaken);
    }
}
