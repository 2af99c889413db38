package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of pages and of a store's blobs under names of their own, for any web server. It is built beside its place, made durable, and
 * renamed: there is all of it, or nothing. Blobs are linked where the file system can do that, else copied.
 */
public final class StaticFolder implements AutoCloseable {
    private static final int NAME_BYTES_MAX = 255;
    private static final int COPY_BYTES = 1 << 20;

    private final Path store;
    private final Path target;
    private final Path building;
    private final FileOps ops;
    private final DurableFolders folders;
    private final Set<Path> touched = new TreeSet<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
    private boolean links;
    private boolean isDone;
    private long files;
    private long copiedBytes;

    /**
     * Begins one. What an earlier try has left beside it is deleted. Blocks.
     *
     * @param store the folder of the store whose blobs are meant
     * @param target where it is to be; absent or an empty folder
     * @param links whether blobs may be linked: then whoever changes a file of the folder changes the store's
     * @throws StoreException STORE_EXISTS where there is something
     */
    public StaticFolder(Path store, Path target, boolean links, FileOps ops) {
        this.store = store;
        this.target = target.toAbsolutePath().normalize();
        Path name = Objects.requireNonNull(this.target.getFileName());
        this.building = this.target.resolveSibling("." + name + ".permafrost-static");
        this.links = links;
        this.ops = ops;
        this.folders = new DurableFolders(ops);
        try {
            requireEmpty();
            FileTree.delete(building, ops);
            folders.ensureTree(building);
        } catch (IOException e) {
            throw Failures.of("preparing", building, e);
        }
    }

    private void requireEmpty() throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        try (Stream<Path> there = Files.list(target)) {
            Path stranger = there.findAny().orElse(null);
            if (stranger != null) {
                throw exists("is not empty (there is " + stranger.getFileName() + ")");
            }
        } catch (NotDirectoryException e) {
            throw exists("is a file");
        }
    }

    private StoreException exists(String why) {
        return new StoreException(
                FailureKind.STORE_EXISTS, target + " " + why + "; name a folder that is empty or not there yet");
    }

    /**
     * Writes a page. Blocks.
     *
     * @return whether it can lie at that path; not where another file does, or no file can
     */
    public boolean page(String path, byte[] content) {
        Path file = place(path);
        if (file == null) {
            return false;
        }
        try (FileOps.WritableFile out = ops.create(file)) {
            out.write(ByteBuffer.wrap(content));
            out.sync();
            files++;
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw Failures.of("writing", file, e);
        }
    }

    /**
     * Puts a blob there, as {@link #page} does. Blocks.
     *
     * @throws StoreException STORE_CORRUPT where the store has no such blob
     */
    public boolean blob(String path, Digest digest) {
        Path file = place(path);
        Path blob = store.resolve(FileBlobStore.relativePath(digest));
        if (file == null) {
            return false;
        }
        try {
            if (!Files.exists(blob)) {
                throw new NoSuchFileException(blob.toString());
            }
            if (links && link(file, blob)) {
                files++;
                return true;
            }
            copy(blob, file);
            files++;
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    "the snapshot lists blob " + digest.hex() + " but there is no file " + blob,
                    e);
        } catch (IOException e) {
            throw Failures.of("writing", file, e);
        }
    }

    /** Links it; false where no file can be linked from there. */
    private boolean link(Path file, Path blob) throws IOException {
        try {
            Files.createLink(file, blob);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException elsewhere) {
            // another file system, one without links, or a file that has all the names that one may have
            links = files > 0 && links;
            return false;
        }
    }

    private void copy(Path blob, Path file) throws IOException {
        try (FileChannel in = FileChannel.open(blob, StandardOpenOption.READ);
                FileOps.WritableFile out = ops.create(file)) {
            while (in.read(buffer.clear()) >= 0) {
                buffer.flip();
                copiedBytes += buffer.remaining();
                out.write(buffer);
            }
            out.sync();
        }
    }

    /** Where a file of that path lies, its folder made; null where none can. */
    private @Nullable Path place(String path) {
        String[] parts = path.split("/", -1);
        for (String part : parts) {
            if (part.isEmpty()
                    || part.equals(".")
                    || part.equals("..")
                    || part.chars().anyMatch(Character::isISOControl)
                    || part.getBytes(UTF_8).length > NAME_BYTES_MAX) {
                return null;
            }
        }
        Path folder = building;
        try {
            for (int i = 0; i < parts.length - 1; i++) {
                folder = folders.ensure(folder, parts[i]);
            }
        } catch (FileAlreadyExistsException e) {
            return null;
        } catch (IOException e) {
            throw Failures.of("creating", folder, e);
        }
        touched.add(folder);
        return folder.resolve(parts[parts.length - 1]);
    }

    /** How many files it has. */
    public long files() {
        return files;
    }

    /** How many bytes of them were copied, and not linked. */
    public long copiedBytes() {
        return copiedBytes;
    }

    /** Makes it durable, and puts it in its place. Blocks. */
    public void finish() {
        try {
            for (Path folder : touched) {
                ops.syncDirectory(folder);
            }
            ops.syncDirectory(building);
            // an empty folder that was there
            ops.delete(target);
            ops.rename(building, target);
            ops.syncDirectory(Objects.requireNonNull(target.getParent()));
            isDone = true;
        } catch (DirectoryNotEmptyException e) {
            throw exists("is not empty any more");
        } catch (IOException e) {
            throw Failures.of("putting the files in their place,", target, e);
        }
    }

    /** Deletes what was built, where that was not all. Blocks. */
    @Override
    public void close() {
        if (isDone) {
            return;
        }
        try {
            FileTree.delete(building, ops);
        } catch (IOException e) {
            throw Failures.of("deleting", building, e);
        }
    }
}
