package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Writes a store that holds one snapshot and its blobs alone: what is carried away. The marker file that makes it a store is
 * written last, so that a copy that was cut short is never taken for one. Until then another marker says that what is there
 * is a copy's doing: with that, the next attempt clears it away and starts again.
 */
public final class SnapshotCopy {
    private static final String IN_PROGRESS = ".permafrost-copying";
    /** All that a copy writes but for its markers. */
    private static final List<String> WRITTEN =
            List.of("blobs", "snapshots", SnapshotId.CURRENT, "." + SnapshotId.CURRENT + ".next");
    /** What mkfs leaves on a new disk. */
    private static final String LOST_AND_FOUND = "lost+found";

    private final Path source;
    private final Path target;
    private final FileOps ops;
    private final DurableFolders folders;
    private final FileCloner cloner;
    private final Set<Path> touched = new TreeSet<>();

    /**
     * A copy of a snapshot of the store in one folder, to another, which is absent, empty, or what a copy that was cut short
     * left.
     *
     * @throws StoreException if the target can't be created
     */
    public SnapshotCopy(Path source, Path target, FileOps ops) {
        this.source = source;
        this.target = target.toAbsolutePath().normalize();
        this.ops = ops;
        this.folders = new DurableFolders(ops);
        this.cloner = new FileCloner(source, this.target, ops);
        try {
            folders.ensureTree(this.target);
        } catch (IOException e) {
            throw Failures.of("preparing", this.target, e);
        }
    }

    private void prepare(String marker) throws IOException {
        if (Files.exists(target.resolve(IN_PROGRESS)) && !Files.exists(target.resolve(marker))) {
            for (String name : WRITTEN) {
                FileTree.delete(target.resolve(name), ops);
            }
            ops.delete(target.resolve(next(marker)));
        }
        Set<String> expected = Set.of(IN_PROGRESS, LOST_AND_FOUND);
        try (Stream<Path> there = Files.list(target)) {
            Optional<String> stranger = there.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> !expected.contains(name))
                    .findAny();
            if (stranger.isPresent()) {
                throw new StoreException(
                        FailureKind.STORE_EXISTS,
                        target + " is not empty (there is " + stranger.get()
                                + "); give --to a folder that is empty or not there yet");
            }
        }
        ops.delete(target.resolve(IN_PROGRESS));
        ops.create(target.resolve(IN_PROGRESS)).close();
        ops.syncDirectory(target);
    }

    private static String next(String marker) {
        return "." + marker + ".next";
    }

    /**
     * Copies the snapshot, its blobs (reflink, else hard link, else copy) and at last the store's marker. Blocks.
     *
     * @param marker the file that makes a folder a store
     * @param progress is told the number of blobs done, now and then
     * @return how the blobs were put there
     * @throws StoreException STORE_EXISTS if there is something else in the target; after any other failure another
     *     copy may be made to the same folder
     */
    public Method run(SnapshotId id, String marker, LongConsumer progress) {
        Snapshots from = new Snapshots(source, ops);
        SnapshotManifest manifest = from.manifest(id);
        long[] done = {0};
        try {
            prepare(marker);
            from.blobs(id, (digest, size) -> {
                clone(digest, size);
                progress.accept(++done[0]);
            });
            if (done[0] != manifest.blobs()) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT,
                        "snapshot '" + id + "' says " + manifest.blobs() + " blobs but lists " + done[0]);
            }
            copySnapshot(from.folder(id), id);
            cloner.finish();
            for (Path folder : touched) {
                ops.syncDirectory(folder);
            }
            Snapshots to = new Snapshots(target, ops);
            to.setCurrent(id);
            cloner.copy(source.resolve(marker), target.resolve(next(marker)));
            ops.rename(target.resolve(next(marker)), target.resolve(marker));
            ops.syncDirectory(target);
            ops.delete(target.resolve(IN_PROGRESS));
            return cloner.method();
        } catch (IOException e) {
            throw Failures.of("copying to", target, e);
        }
    }

    private void clone(Digest digest, long sizeBytes) {
        Path relative = Path.of(FileBlobStore.relativePath(digest));
        Path file = source.resolve(relative);
        try {
            if (Files.size(file) != sizeBytes) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT,
                        file + " has " + Files.size(file) + " bytes, and its snapshot says " + sizeBytes);
            }
            Path folder = target;
            for (Path part : relative.subpath(0, relative.getNameCount() - 1)) {
                folder = folders.ensure(folder, part.toString());
            }
            touched.add(folder);
            cloner.clone(relative);
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    "the snapshot lists blob " + digest.hex() + " but there is no file " + file,
                    e);
        } catch (IOException e) {
            throw Failures.of("copying", file, e);
        }
    }

    private void copySnapshot(Path from, SnapshotId id) throws IOException {
        Path to = folders.ensure(folders.ensure(target, "snapshots"), id.name());
        copyFiles(from, to);
        copyFiles(from.resolve("index"), folders.ensure(to, "index"));
        new Snapshots(target, ops).prepareLock(id.name());
    }

    private void copyFiles(Path from, Path to) throws IOException {
        touched.add(to);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from, Files::isRegularFile)) {
            for (Path file : files) {
                cloner.clone(source.relativize(file));
            }
        }
    }

    /** How blobs came to be in a copy. */
    public enum Method {
        /** They share blocks until one side changes them. */
        REFLINK,
        /** They are the same files under a second name. */
        HARD_LINK,
        /** Their bytes were copied. */
        COPY
    }
}
