package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.Snapshots;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot that is being put together, in {@code snapshots/.building-.import/snapshots/<name>}: a folder laid out like a store, so that
 * what reads snapshots reads this one before it is one. It is renamed when it is whole and durable; what a crash leaves is deleted by the
 * next import, and by the next start of a server. Blocks.
 */
final class Arrival implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Arrival.class);
    /** Begins like what {@link Snapshots#sweep} deletes, and goes on like no snapshot's name. */
    private static final String BUILDING = ".building-.import";

    private final Path store;
    private final Path snapshots;
    private final Path root;
    private final SnapshotId id;
    private final FileOps ops;

    private Arrival(Path store, Path snapshots, SnapshotId id, FileOps ops) {
        this.store = store;
        this.snapshots = snapshots;
        this.root = snapshots.resolve(BUILDING);
        this.id = id;
        this.ops = ops;
    }

    /** Begins a snapshot of the store in that folder. */
    static Arrival begin(Path store, SnapshotId id, FileOps ops) throws IOException {
        DurableFolders folders = new DurableFolders(ops);
        Arrival arrival = new Arrival(store, folders.ensure(store, "snapshots"), id, ops);
        Tree.delete(arrival.root, ops);
        folders.ensure(folders.ensure(folders.ensure(arrival.snapshots, BUILDING), "snapshots"), id.name());
        return arrival;
    }

    /** Where it lies for now. */
    Path folder() {
        return root.resolve("snapshots").resolve(id.name());
    }

    /** Where its index is to lie. */
    Path index() {
        return folder().resolve("index");
    }

    /** Where its index may be worked on. */
    Path workshop() {
        return root.resolve("index");
    }

    /** Writes a file of it, durably. */
    void write(String name, byte[] content) throws IOException {
        try (FileOps.WritableFile out = ops.create(folder().resolve(name))) {
            out.write(ByteBuffer.wrap(content));
            out.sync();
        }
    }

    /** What it says of itself. */
    SnapshotManifest manifest() {
        return new Snapshots(root, ops).manifest(id);
    }

    /** Reads its list of blobs, and checks it by its digest; how many there are. */
    long blobs() {
        long[] blobs = {0};
        new Snapshots(root, ops).blobs(id, (digest, sizeBytes) -> blobs[0]++);
        return blobs[0];
    }

    /** Makes it a snapshot of the store. */
    void publish() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(index())) {
            for (Path file : files) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        }
        ops.syncDirectory(index());
        ops.syncDirectory(folder());
        new Snapshots(store, ops).expect(id);
        ops.rename(folder(), snapshots.resolve(id.name()));
        ops.syncDirectory(snapshots);
    }

    /** Deletes what is left of it. */
    @Override
    public void close() {
        try {
            Tree.delete(root, ops);
        } catch (IOException e) {
            log.warn("deleting {}: {}; the next import removes it", root, e.toString());
        }
    }
}
