package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.transfer.BundleManifest.Carried;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The snapshots of a store, as bundles know them: by the digests of their manifests, and by whom they came from. Blocks. */
final class ReceivedSnapshots {
    private final Path store;
    private final Snapshots snapshots;

    ReceivedSnapshots(Path store, FileOps ops) {
        this.store = store;
        this.snapshots = new Snapshots(store, ops);
    }

    /** Where a snapshot lies. */
    Path folder(SnapshotId id) {
        return store.resolve("snapshots").resolve(id.name());
    }

    /** The snapshot of that name, if there is one. */
    Optional<Carried> find(SnapshotId id) {
        Path file = folder(id).resolve("manifest.json");
        if (!Files.isDirectory(folder(id))) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Carried(id, Sha256.of(Files.readAllBytes(file))));
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** Whether a bundle's snapshot is there already; STORE_EXISTS if another has its name. */
    boolean has(Carried wanted) {
        Carried there = find(wanted.id()).orElse(null);
        if (there == null) {
            return false;
        }
        if (!there.equals(wanted)) {
            throw new StoreException(
                    FailureKind.STORE_EXISTS,
                    "there is another snapshot '" + wanted.id() + "' in " + store
                            + " already, and snapshots never change:"
                            + " have the sender freeze and export under another name");
        }
        return true;
    }

    /** Sees to it that the snapshot is there which a bundle builds on. */
    void requireBase(Carried base) {
        Carried there = find(base.id()).orElse(null);
        if (base.equals(there)) {
            return;
        }
        String why = there == null
                ? "which is not in " + store
                : "and the snapshot of that name in " + store + " is another, " + there;
        List<String> names = new ArrayList<>();
        list().forEach(manifest -> names.add(manifest.id().name()));
        throw new StoreException(
                FailureKind.STORE_MISSING,
                "the bundle builds on snapshot " + base + ", " + why + "; there is: "
                        + (names.isEmpty() ? "none" : String.join(", ", names))
                        + ". Import what was sent before first, or have it exported for this store: permafrost inventory"
                        + " here, export --for there");
    }

    /** Sees to it that all snapshots that were received are of one sender. */
    void requireSender(BundleManifest bundle) {
        List<SnapshotManifest> all = list();
        for (int i = all.size() - 1; i >= 0; i--) {
            Path file = folder(all.get(i).id()).resolve(BundleManifest.FILE_NAME);
            if (!Files.isRegularFile(file)) {
                continue;
            }
            BundleManifest before = BundleJson.read(readAll(file));
            if (!before.fingerprint().equals(bundle.fingerprint())) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "the bundle is from " + bundle.sender() + " (key " + bundle.fingerprint()
                                + "), and this store's"
                                + " snapshots are from " + before.sender() + " (key " + before.fingerprint()
                                + "): a snapshot takes the place of the one before, it is not merged with it. Take it into a"
                                + " store of its own with --data; or, if the sender has changed its key, say so with"
                                + " --new-sender");
            }
            return;
        }
    }

    private static byte[] readAll(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** All of them, oldest first. */
    List<SnapshotManifest> list() {
        return snapshots.list();
    }

    /**
     * Lets {@code current} name a snapshot, if it is not older than what it names.
     *
     * @return whether it names it now
     */
    boolean makeCurrent(SnapshotId id) {
        SnapshotId before = snapshots.current().orElse(null);
        if (before != null && !before.equals(id)) {
            boolean isThere = Files.isDirectory(folder(before));
            if (isThere
                    && snapshots
                            .manifest(before)
                            .createdAt()
                            .isAfter(snapshots.manifest(id).createdAt())) {
                return false;
            }
        }
        if (!id.equals(before)) {
            snapshots.setCurrent(id);
        }
        return true;
    }

    /** Whether {@code current} names a snapshot. */
    boolean isCurrent(SnapshotId id) {
        return snapshots.current().filter(id::equals).isPresent();
    }
}
