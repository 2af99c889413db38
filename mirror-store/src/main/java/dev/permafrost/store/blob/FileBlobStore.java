package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Blobs as files: {@code blobs/sha256/ab/cd/<hex>}, staged in {@code staging/} on the same volume.
 *
 * <p>The commit protocol, in this class and nowhere else: write and hash, check, fsync the file, make its folders durable,
 * rename, fsync the folder. A crash between any two steps leaves a staged file, which the next {@link #sweep} removes, or a
 * blob that no index row names yet; never a name with other bytes behind it.
 */
public final class FileBlobStore implements BlobStore {
    private static final Pattern BLOB_NAME = Pattern.compile("[0-9a-f]{64}");

    private final FileOps ops;
    private final DurableFolders folders;
    private final Deletions deletions = new Deletions();
    private final Path root;
    private final Path blobs;
    private final Path staging;
    /** File systems whose files were found not to be clonable into this store; asking costs a process. */
    private final Set<FileStore> withoutClones = ConcurrentHashMap.newKeySet();

    /** A store in that folder, which exists; nothing is touched until something is staged. */
    public FileBlobStore(Path root, FileOps ops) {
        this.ops = ops;
        this.folders = new DurableFolders(ops);
        this.root = root;
        this.blobs = root.resolve("blobs").resolve("sha256");
        this.staging = root.resolve("staging");
    }

    /** Where the blob of that digest lies below a store's root, whether it is held or not. */
    public static String relativePath(Digest digest) {
        String hex = digest.hex();
        return "blobs/sha256/" + hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex;
    }

    /** Bytes for a while, in a folder that is no store; they can be discarded, and nothing else. Blocks. */
    public static StagedBlob scratch(Path folder, FileOps ops) {
        String name = "permafrost-" + UUID.randomUUID();
        Path file = folder.resolve(name);
        try {
            return new FileStagedBlob(
                    new FileBlobStore(folder, ops), name, file, ops.create(file), new Hasher(Set.of()), 0);
        } catch (IOException e) {
            throw Failures.of("creating", file, e);
        }
    }

    /** A file for a while, in the staging folder of the store in that folder. Blocks. */
    public static ScratchFile scratchFile(Path root, FileOps ops) {
        Path file = root.resolve("staging").resolve(UUID.randomUUID().toString());
        try {
            new DurableFolders(ops).ensure(root, "staging");
            ops.create(file).close();
            return new ScratchFile(file, ops);
        } catch (IOException e) {
            throw Failures.of("creating", file, e);
        }
    }

    @Override
    public StagedBlob stage(Set<Algorithm> algorithms) {
        String name = UUID.randomUUID().toString();
        Path file = staging.resolve(name);
        try {
            folders.ensure(root, "staging");
            return new FileStagedBlob(this, name, file, ops.create(file), new Hasher(algorithms), 0);
        } catch (IOException e) {
            throw Failures.of("creating", file, e);
        }
    }

    @Override
    public StagedBlob resume(String suspended, long offsetBytes, Set<Algorithm> algorithms) {
        Path file = staging.resolve(suspended);
        Hasher hasher = new Hasher(algorithms);
        try {
            if (Files.size(file) < offsetBytes) {
                throw new StoreException(
                        FailureKind.STORE_MISSING,
                        "suspended download " + suspended + " has only " + Files.size(file) + " of " + offsetBytes
                                + " bytes");
            }
            FileStagedBlob.rehash(file, offsetBytes, hasher);
            return new FileStagedBlob(this, suspended, file, ops.append(file, offsetBytes), hasher, offsetBytes);
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.STORE_MISSING, "no suspended download " + suspended, e);
        } catch (IOException e) {
            throw Failures.of("going on with", file, e);
        }
    }

    @Override
    public OptionalLong size(Digest digest) {
        Path file = path(digest);
        try {
            return OptionalLong.of(Files.size(file));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw Failures.of("looking at", file, e);
        }
    }

    @Override
    public OpenBlob open(Digest digest) {
        Path file = path(digest);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new OpenBlob(digest, channel, channel.size());
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    "the index names blob " + digest.hex() + " but there is no file " + file
                            + "; a connected store fetches it again, a frozen one needs the disk it came from",
                    e);
        } catch (IOException e) {
            throw Failures.of("opening", file, e);
        }
    }

    @Override
    public void list(Consumer<Digest> visitor) {
        if (!Files.isDirectory(blobs)) {
            return;
        }
        forEach(
                blobs,
                high -> forEach(
                        high,
                        low -> forEach(low, file -> {
                            String name = file.getFileName().toString();
                            if (BLOB_NAME.matcher(name).matches()) {
                                visitor.accept(Digest.sha256(name));
                            }
                        })));
    }

    @Override
    public void delete(Digest digest) {
        Path file = path(digest);
        try {
            ops.delete(file);
        } catch (IOException e) {
            throw Failures.of("deleting", file, e);
        }
    }

    /** Who may delete what. */
    public Deletions deletions() {
        return deletions;
    }

    /**
     * Shows every blob that lies where it must, in ascending order, from behind one on.
     *
     * @param behind the blob to begin behind; null for the first
     * @param visitor whether to go on
     * @return whether it came to the end
     */
    public boolean walk(@Nullable Digest behind, Predicate<Digest> visitor) {
        String after = behind == null ? "" : behind.hex();
        for (Path high : sorted(blobs, after.isEmpty() ? "" : after.substring(0, 2))) {
            String start = String.valueOf(high.getFileName());
            for (Path low : sorted(high, after.startsWith(start) ? after.substring(2, 4) : "")) {
                String prefix = start + low.getFileName();
                for (Path file : sorted(low, "")) {
                    String name = String.valueOf(file.getFileName());
                    if (name.compareTo(after) > 0
                            && name.startsWith(prefix)
                            && BLOB_NAME.matcher(name).matches()
                            && !visitor.test(Digest.sha256(name))) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** What is in a folder, from a name on, by name. */
    private static List<Path> sorted(Path folder, String from) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> all = new ArrayList<>();
        forEach(folder, file -> {
            if (String.valueOf(file.getFileName()).compareTo(from) >= 0) {
                all.add(file);
            }
        });
        Collections.sort(all);
        return all;
    }

    /** Begins to look whether a blob is damaged; empty where it is not held. The caller closes it. Blocks. */
    public Optional<Suspect> suspect(Digest digest) {
        deletions.doubt(digest);
        boolean begun = false;
        try {
            // only what is there by now is looked at: who commits it from now on puts another file in its place
            Optional<Suspect> suspect = facts(digest).map(facts -> new Suspect(this, digest, facts));
            begun = suspect.isPresent();
            return suspect;
        } finally {
            if (!begun) {
                deletions.trust(digest);
            }
        }
    }

    /** Number of bytes of a blob's file and when it was written, empty where it is not held. */
    public Optional<FileFacts> facts(Digest digest) {
        Path file = path(digest);
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new FileFacts(
                    attributes.size(), attributes.lastModifiedTime().toInstant(), attributes.fileKey()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw Failures.of("looking at", file, e);
        }
    }

    @Override
    public int sweep(Predicate<String> keep) {
        if (!Files.isDirectory(staging)) {
            return 0;
        }
        int[] deleted = {0};
        forEach(staging, file -> {
            if (!keep.test(file.getFileName().toString())) {
                try {
                    ops.delete(file);
                } catch (IOException e) {
                    throw Failures.of("deleting", file, e);
                }
                deleted[0]++;
            }
        });
        return deleted[0];
    }

    /** Shares a file's blocks with a staged one, or its name, if the file systems can: see {@link FileOps#share}. */
    boolean share(Path file, Path staged, Taking how) throws IOException {
        if (how == Taking.LINK) {
            return ops.share(file, staged, how);
        }
        FileStore where = Files.getFileStore(file);
        if (withoutClones.contains(where)) {
            return false;
        }
        boolean shared = ops.share(file, staged, how);
        if (!shared) {
            withoutClones.add(where);
        }
        return shared;
    }

    FileOps ops() {
        return ops;
    }

    Path path(Digest digest) {
        if (digest.algorithm() != Algorithm.SHA256) {
            throw new IllegalArgumentException("a blob is named by its sha256, not by " + digest);
        }
        String hex = digest.hex();
        return blobs.resolve(hex.substring(0, 2)).resolve(hex.substring(2, 4)).resolve(hex);
    }

    /**
     * Moves a synced file under its name and makes that durable. A blob that is held already is left as it is, but where it has
     * another name by which it may have been written to, or is doubted; its readers, and hard links, keep their file in either case. Its folder is
     * synced all the same: the process that put it there may have died before it could.
     */
    void publish(Path staged, long sizeBytes, Digest digest) throws IOException {
        String hex = digest.hex();
        Path high = folders.ensure(folders.ensure(folders.ensure(root, "blobs"), "sha256"), hex.substring(0, 2));
        Path folder = folders.ensure(high, hex.substring(2, 4));
        Path target = folder.resolve(hex);
        deletions.publish(digest, () -> {
            boolean held = !deletions.isDoubted(digest) && Files.exists(target) && Files.size(target) == sizeBytes;
            if (held && (!isShared(target) || Files.isSameFile(staged, target))) {
                ops.delete(staged);
            } else {
                ops.rename(staged, target);
            }
        });
        ops.syncDirectory(folder);
    }

    /** Whether a file has another name, under which somebody may have written to it. */
    private static boolean isShared(Path file) throws IOException {
        try {
            return Files.getAttribute(file, "unix:nlink") instanceof Integer names && names > 1;
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    /** Makes the staging folder's entries durable. */
    void syncStaging() throws IOException {
        ops.syncDirectory(staging);
    }

    private static void forEach(Path folder, Consumer<Path> visitor) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            files.forEach(visitor);
        } catch (NotDirectoryException strange) {
            // A file that somebody put among our folders is none of ours.
        } catch (DirectoryIteratorException e) {
            throw Failures.of("listing", folder, new IOException(e.getMessage(), e));
        } catch (IOException e) {
            throw Failures.of("listing", folder, e);
        }
    }
}
