package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.CarriedRows;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.index.RowCursor;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.transfer.BundleExport;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.ExportReport;
import dev.permafrost.store.transfer.ImportReport;
import dev.permafrost.store.transfer.Keyring;
import dev.permafrost.store.transfer.Progress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A site that sends, with snapshots {@code one} and {@code two}, and one that receives and trusts its key. */
final class BundleSites {
    static final SnapshotId ONE = new SnapshotId("one");
    static final SnapshotId TWO = new SnapshotId("two");

    private final Path outside;
    private final Path dir;
    private final Keyring sending;

    private BundleSites(Path outside, Path dir, Keyring sending) {
        this.outside = outside;
        this.dir = dir;
        this.sending = sending;
    }

    /** A sender below one folder, which has a key and no store yet, and a receiver below another. */
    static BundleSites in(Path outside, Path dir) {
        Keyring sending = Keyring.in(outside.resolve("sender-keys"));
        if (sending.own().isEmpty()) {
            sending.create();
        }
        BundleSites sites = new BundleSites(outside, dir, sending);
        sites.keys().trust("outside", sending.publicFile());
        return sites;
    }

    /** Fills the sender's store, and freezes it twice. */
    BundleSites filled() {
        try (MirrorStore store = Stores.open(sender())) {
            Stores.put(store, "a", "a bytes");
            Stores.put(store, "b", "b bytes");
            Stores.put(store, "b-again", "b bytes");
            Stores.put(store, "empty", "");
            store.putDoc(new DocKey("pypi", "project", "a"), List.of(new byte[] {1}, new byte[] {2}));
            store.putDoc(new DocKey("pypi", "project", "b"), List.of(new byte[3000]));
            store.freeze(ONE);
            Stores.put(store, "a", "other bytes of a");
            Stores.put(store, "c", "c bytes".repeat(1000));
            store.amend(() -> new Amendment(
                    Map.of(new DocKey("pypi", "project", "a"), List.of(new byte[] {1}, new byte[] {9})),
                    Map.of(),
                    Set.of(Stores.key("b"), Stores.key("b-again"))));
            store.putDoc(new DocKey("pypi", "project", "b"), List.of());
            store.freeze(TWO);
            Stores.put(store, "later", "later bytes");
        }
        return this;
    }

    Path sender() {
        return outside.resolve("sender");
    }

    Path receiver() {
        return dir.resolve("receiver");
    }

    Path bundle(String name) {
        return dir.resolve("bundles").resolve(name);
    }

    Keyring senderKeys() {
        return sending;
    }

    Keyring keys() {
        return Keyring.in(dir.resolve("receiver-keys"));
    }

    BundleExport exporting(SnapshotId snapshot, @Nullable SnapshotId base, long volumeBytes, FileOps ops) {
        return new BundleExport(
                sender(),
                ops,
                sending,
                new BundleExport.Request(
                        snapshot, Optional.ofNullable(base), "outside.example", volumeBytes, Optional.empty()),
                Progress.NONE,
                Clock.systemUTC());
    }

    /** Exports all of a snapshot to a folder. */
    ExportReport export(SnapshotId snapshot, Path to) {
        return exporting(snapshot, null, 0, FileOps.system()).to(to);
    }

    /** Exports what a snapshot has beyond another. */
    ExportReport export(SnapshotId snapshot, SnapshotId base, Path to) {
        return exporting(snapshot, base, 0, FileOps.system()).to(to);
    }

    ImportReport receive(Path... from) {
        return receive(FileOps.system(), BundleImport.Wanted.ALL, from);
    }

    ImportReport receive(FileOps ops, BundleImport.Wanted wanted, Path... from) {
        return ReceivingStore.take(
                receiver(), ops, keys(), wanted, Progress.NONE, arriving -> arriving.from(Arrays.asList(from)));
    }

    /** Everything that a snapshot answers: its rows that travel, and the bytes of its entries. */
    static Map<String, String> answers(Path store, SnapshotId id) {
        Map<String, String> all = new TreeMap<>();
        try (RocksIndex index = RocksIndex.openReadOnly(
                store.resolve("snapshots").resolve(id.name()).resolve("index"), 1 << 20)) {
            for (Family family : Family.values()) {
                try (RowCursor rows = index.cursor(family)) {
                    while (rows.next()) {
                        if (CarriedRows.travels(family, rows.key())) {
                            all.put(family + " " + hex(rows.key()), hex(rows.value()));
                        }
                    }
                }
            }
        }
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(store), Optional.of(id))) {
            frozen.view()
                    .catalog()
                    .entries((key, entry) ->
                            all.put("bytes of " + key, new String(StoreInvariants.read(frozen, entry), UTF_8)));
        }
        // rows of blobs that no entry names stay behind
        all.keySet().removeIf(key -> key.startsWith("BLOB ") && !isListed(store, id, key));
        return all;
    }

    private static boolean isListed(Path store, SnapshotId id, String key) {
        boolean[] listed = {false};
        new Snapshots(store, FileOps.system()).blobs(id, (digest, size) -> listed[0] |= key.endsWith(digest.hex()));
        return listed[0];
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
