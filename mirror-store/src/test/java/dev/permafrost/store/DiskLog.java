package dev.permafrost.store;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.Taking;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a store does to the disk below a folder, in order: operations on files, writes to the index, and what was
 * acknowledged in between. {@link PowerCut} makes of it what a disk may hold afterwards.
 *
 * <p>Files and folders are inodes, so that a renamed folder keeps what is in it. A checkpoint of the index is taken as done
 * and durable in one step: it is RocksDB's own.
 */
final class DiskLog {
    /** A file or a folder; those of a checkpoint stand for a folder elsewhere that holds their content. */
    static final class Inode {
        final boolean folder;
        final @Nullable Path captured;

        private Inode(boolean folder, @Nullable Path captured) {
            this.folder = folder;
            this.captured = captured;
        }
    }

    /** Something that happened. */
    sealed interface Event {}

    /** A change of a folder's entries, durable once the folder is synced. */
    sealed interface FolderEvent extends Event {
        Inode folder();
    }

    record Link(Inode folder, String name, Inode child) implements FolderEvent {}

    record Unlink(Inode folder, String name) implements FolderEvent {}

    /** Atomic: the file is under one name or under the other. The target folder's sync makes it durable. */
    record Move(Inode from, String fromName, Inode folder, String name, Inode child) implements FolderEvent {}

    record SyncFolder(Inode folder) implements Event {}

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Write(Inode file, byte[] bytes) implements Event {}

    record Truncate(Inode file, long lengthBytes) implements Event {}

    record SyncFile(Inode file) implements Event {}

    record Rows(Batch batch, boolean sync) implements Event {}

    /** A commit was acknowledged. */
    record Held(String key, String digest) implements Event {}

    /** A deletion was acknowledged. */
    record Gone(String key) implements Event {}

    /** A suspension was acknowledged. */
    record Suspended(String key, long offsetBytes) implements Event {}

    /** Somebody is about to go on with what was suspended. */
    record Resumed(String key) implements Event {}

    /** A freeze was acknowledged. */
    record Frozen(String name) implements Event {}

    private final Path base;
    private final Path side;
    private final Inode root = new Inode(true, null);
    private final List<Event> events = new ArrayList<>();
    /** How many events describe what was there to begin with. */
    private final int imported;

    private final Map<Inode, Map<String, Inode>> now = new HashMap<>();

    /** A log of what happens below one folder, of which everything there is durable; another keeps checkpoints. */
    DiskLog(Path base, Path side) throws IOException {
        this.base = base;
        this.side = side;
        now.put(root, new TreeMap<>());
        importFolder(base, root);
        this.imported = events.size();
    }

    private void importFolder(Path folder, Inode inode) throws IOException {
        List<Path> children;
        try (Stream<Path> all = Files.list(folder)) {
            children = all.sorted().toList();
        }
        for (Path child : children) {
            boolean sealed = child.endsWith("index") && !Files.isDirectory(child.resolveSibling("journal"));
            Inode added = Files.isDirectory(child) ? newFolder(sealed ? capture(child) : null) : new Inode(false, null);
            log(new Link(inode, name(child), added));
            if (added.folder && !sealed) {
                importFolder(child, added);
            } else if (!added.folder) {
                log(new Write(added, Files.readAllBytes(child)));
                log(new SyncFile(added));
            }
        }
        log(new SyncFolder(inode));
    }

    /** The events so far. */
    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    int imported() {
        return imported;
    }

    Inode root() {
        return root;
    }

    /** Notes something that was acknowledged. */
    synchronized void log(Event event) {
        events.add(event);
        if (event instanceof Link link) {
            entries(link.folder()).put(link.name(), link.child());
        } else if (event instanceof Unlink unlink) {
            entries(unlink.folder()).remove(unlink.name());
        } else if (event instanceof Move move) {
            entries(move.from()).remove(move.fromName());
            entries(move.folder()).put(move.name(), move.child());
        }
    }

    /** Operations of the real file system, noted. */
    FileOps ops() {
        return new RecordingFileOps();
    }

    /** Opens a real index whose writes are noted; without the sync flag if it is to forget that. */
    BiFunction<Path, Long, Index> index(boolean forgetsSync) {
        return (folder, cacheBytes) -> {
            Index index = RocksIndex.open(folder, cacheBytes);
            if (find(folder) == null) {
                log(new Link(parent(folder), name(folder), newFolder(null)));
            }
            return new RecordingIndex(index, forgetsSync);
        };
    }

    private Map<String, Inode> entries(Inode folder) {
        Map<String, Inode> entries = now.get(folder);
        if (entries == null) {
            throw new IllegalStateException("not a folder");
        }
        return entries;
    }

    private synchronized @Nullable Inode find(Path path) {
        Inode at = root;
        Path relative = base.relativize(path);
        if (relative.toString().isEmpty()) {
            return at;
        }
        for (Path part : relative) {
            Map<String, Inode> entries = at == null ? null : now.get(at);
            at = entries == null ? null : entries.get(part.toString());
        }
        return at;
    }

    private Inode get(Path path) {
        Inode inode = find(path);
        if (inode == null) {
            throw new IllegalStateException("the log knows nothing of " + path);
        }
        return inode;
    }

    private Inode parent(Path path) {
        Path parent = path.getParent();
        return get(parent == null ? base : parent);
    }

    private Inode newFolder(@Nullable Path captured) {
        Inode folder = new Inode(true, captured);
        now.put(folder, new TreeMap<>());
        return folder;
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private Path capture(Path folder) throws IOException {
        Path copy = Files.createTempDirectory(side, "checkpoint");
        PowerCut.copyFiles(folder, copy);
        return copy;
    }

    private final class RecordingFileOps implements FileOps {
        private final FileOps real = FileOps.system();

        @Override
        public WritableFile create(Path file) throws IOException {
            WritableFile out = real.create(file);
            Inode inode = new Inode(false, null);
            log(new Link(parent(file), name(file), inode));
            return new RecordingFile(out, inode);
        }

        @Override
        public WritableFile append(Path file, long lengthBytes) throws IOException {
            WritableFile out = real.append(file, lengthBytes);
            log(new Truncate(get(file), lengthBytes));
            return new RecordingFile(out, get(file));
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            real.rename(from, to);
            log(new Move(parent(from), name(from), parent(to), name(to), get(from)));
        }

        @Override
        public void delete(Path file) throws IOException {
            real.delete(file);
            if (find(file) != null) {
                log(new Unlink(parent(file), name(file)));
            }
        }

        @Override
        public void createDirectory(Path directory) throws IOException {
            real.createDirectory(directory);
            if (find(directory) == null) {
                log(new Link(parent(directory), name(directory), newFolder(null)));
            }
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            real.syncDirectory(directory);
            log(new SyncFolder(get(directory)));
        }

        @Override
        public boolean share(Path file, Path ours, Taking how) throws IOException {
            boolean shared = real.share(file, ours, how);
            if (shared) {
                Inode inode = new Inode(false, null);
                log(new Link(parent(ours), name(ours), inode));
                log(new Write(inode, Files.readAllBytes(ours)));
                log(new SyncFile(inode));
            }
            return shared;
        }
    }

    private final class RecordingFile implements FileOps.WritableFile {
        private final FileOps.WritableFile out;
        private final Inode inode;

        RecordingFile(FileOps.WritableFile out, Inode inode) {
            this.out = out;
            this.inode = inode;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            out.write(bytes);
            log(new Write(inode, copy));
        }

        @Override
        public void sync() throws IOException {
            out.sync();
            log(new SyncFile(inode));
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    private final class RecordingIndex implements Index {
        private final Index real;
        private final boolean forgetsSync;

        RecordingIndex(Index real, boolean forgetsSync) {
            this.real = real;
            this.forgetsSync = forgetsSync;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) {
            return real.get(family, key);
        }

        @Override
        public List<byte[]> series(Family family, IntFunction<byte[]> key) {
            return real.series(family, key);
        }

        @Override
        public void scan(Family family, byte[] prefix, RowVisitor visitor) {
            real.scan(family, prefix, visitor);
        }

        @Override
        public void write(Batch batch, boolean sync) {
            real.write(batch, sync);
            log(new Rows(batch, sync && !forgetsSync));
        }

        @Override
        public void checkpoint(Path directory) {
            real.checkpoint(directory);
            try {
                log(new Link(parent(directory), name(directory), newFolder(capture(directory))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
