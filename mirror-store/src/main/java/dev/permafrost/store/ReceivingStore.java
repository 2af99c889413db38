package dev.permafrost.store;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.ImportReport;
import dev.permafrost.store.transfer.Keyring;
import dev.permafrost.store.transfer.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A store that has snapshots and nothing else, or is to become one: where a site without a line takes bundles in. What serves it reads
 * snapshots only, and needs no lock; two imports take turns by one.
 *
 * <p>A folder becomes a store with the first bundle, by the marker that is written last. Until then another marker says that what is there is
 * an import's doing, with which the next one goes on.
 */
public final class ReceivingStore implements AutoCloseable {
    private static final String IN_PROGRESS = ".permafrost-importing";
    private static final Set<String> WRITTEN = Set.of(
            IN_PROGRESS, "blobs", "staging", "snapshots", SnapshotId.CURRENT, "." + SnapshotId.CURRENT + ".next");

    private final Path root;
    private final FileOps ops;
    private @Nullable StoreLock lock;

    private ReceivingStore(Path root, FileOps ops) {
        this.root = root;
        this.ops = ops;
    }

    /**
     * Takes a bundle into the store in that folder, which is frozen by nature, empty or absent. Blocks.
     *
     * @param from what is done with the import
     * @throws StoreException STORE_LOCKED if another import is at work; STORE_MISSING if the folder has other things in it; else what
     *     {@link BundleImport} throws
     */
    public static ImportReport take(
            Path root,
            FileOps ops,
            Keyring keys,
            BundleImport.Wanted wanted,
            Progress progress,
            Function<BundleImport, ImportReport> from) {
        try (ReceivingStore store = new ReceivingStore(root.toAbsolutePath().normalize(), ops)) {
            ImportReport report =
                    from.apply(new BundleImport(store.root, ops, keys, wanted, progress, store::beginUnchecked));
            return wanted.isDry() ? report : store.finish(report);
        } catch (IOException e) {
            throw Failures.of("importing into", root, e);
        }
    }

    private void beginUnchecked() {
        try {
            begin();
        } catch (IOException e) {
            throw Failures.of("preparing", root, e);
        }
    }

    private void begin() throws IOException {
        boolean isNew = !MirrorStore.isStore(root);
        if (!isNew && !MirrorStore.isFrozenByNature(root)) {
            throw new StoreException(
                    FailureKind.STORE_READ_ONLY, root + " has a live index, and only who owns it may take bundles in");
        }
        if (isNew) {
            new DurableFolders(ops).ensureTree(root);
        }
        lock = StoreLock.acquire(root);
        if (isNew) {
            StoreMarker.requireOnly(root, Files.exists(root.resolve(IN_PROGRESS)) ? WRITTEN : Set.of());
            if (!Files.exists(root.resolve(IN_PROGRESS))) {
                ops.create(root.resolve(IN_PROGRESS)).close();
                ops.syncDirectory(root);
            }
        } else {
            StoreMarker.check(root);
        }
        new FileBlobStore(root, ops).sweep(name -> false);
    }

    private ImportReport finish(ImportReport report) throws IOException {
        Snapshots snapshots = new Snapshots(root, ops);
        boolean isCurrent = report.isCurrent();
        if (snapshots.current().isEmpty()) {
            // a store without a live index is served by what this names
            snapshots.setCurrent(report.snapshot());
            isCurrent = true;
        }
        if (!MirrorStore.isStore(root)) {
            StoreMarker.mark(root, ops);
        }
        if (Files.exists(root.resolve(IN_PROGRESS))) {
            ops.delete(root.resolve(IN_PROGRESS));
            ops.syncDirectory(root);
        }
        return report.withCurrent(isCurrent);
    }

    @Override
    public void close() {
        StoreLock held = lock;
        if (held != null) {
            held.close();
        }
    }
}
