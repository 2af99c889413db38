package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A snapshot that is sealed and has no name yet: nobody sees it, and it is gone when this is closed before it has been committed. Everything
 * blocks. For one thread.
 */
public final class SnapshotDraft implements AutoCloseable {
    private final Snapshots snapshots;
    private final SnapshotManifest manifest;
    private final Path building;
    private final FileOps ops;
    private final Runnable ended;
    private boolean over;

    /**
     * A draft that lies in that folder.
     *
     * @param ended is run when it has its name, or never will
     */
    SnapshotDraft(Snapshots snapshots, SnapshotManifest manifest, Path building, FileOps ops, Runnable ended) {
        this.snapshots = snapshots;
        this.manifest = manifest;
        this.building = building;
        this.ops = ops;
        this.ended = ended;
    }

    /** What it says of itself. */
    public SnapshotManifest manifest() {
        return manifest;
    }

    /** Opens its index for reading; the caller closes it before this is committed or closed. */
    public Index openIndex(long cacheBytes) {
        return RocksIndex.openReadOnly(building.resolve(SnapshotBuild.INDEX), cacheBytes);
    }

    /** Shows its blobs, sorted by digest. */
    public void blobs(BlobList.Visitor visitor) {
        BlobList.read(building.resolve(BlobList.FILE_NAME), visitor);
    }

    /** Puts a file beside its manifest. */
    public void put(String name, byte[] content) {
        Path file = building.resolve(name);
        try {
            Snapshots.writeDurably(file, content, ops);
            ops.syncDirectory(building);
        } catch (IOException e) {
            throw Failures.of("writing", file, e);
        }
    }

    /**
     * Gives it its name, and lets {@code current} name it.
     *
     * @throws StoreException if that fails; it is gone then, unless it had its name already
     */
    public SnapshotManifest commit() {
        try {
            snapshots.commit(manifest.id(), building);
            return manifest;
        } catch (IOException e) {
            throw Failures.of("sealing", snapshots.folder(manifest.id()), e);
        }
    }

    /** Gives it up, unless it has been committed. */
    @Override
    public void close() {
        if (!over) {
            over = true;
            try {
                snapshots.giveUp(manifest.id(), building);
            } finally {
                ended.run();
            }
        }
    }
}
