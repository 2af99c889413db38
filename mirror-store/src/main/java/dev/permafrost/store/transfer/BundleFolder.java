package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bundle in a folder, while it is written: in that folder itself, or, where it is to lie on several volumes, in {@code volume-1},
 * {@code volume-2} and so on below it.
 *
 * <p>Until it is whole, a marker says that what is there is an export's doing; with that, the next one clears it away and starts again. The
 * signature comes last: without it there is no bundle.
 */
final class BundleFolder implements PieceTarget {
    private static final Logger log = LoggerFactory.getLogger(BundleFolder.class);
    private static final String IN_PROGRESS = ".permafrost-exporting";
    private static final String LOST_AND_FOUND = "lost+found";
    private static final String VOLUME = "volume-";
    /** All that an export writes at the top of a volume but for its marker. */
    private static final Set<String> WRITTEN = Set.of(
            BundleManifest.FILE_NAME,
            BundleManifest.SIGNATURE_NAME,
            BundleManifest.SUMS_NAME,
            "snapshot.json",
            "lists",
            "packs",
            "index",
            "permafrost");

    private final Path root;
    private final boolean isDivided;
    private final FileOps ops;
    private final DurableFolders folders;
    /** For each volume, its files' SHA-256 by their paths there. */
    private final Map<Integer, Map<String, String>> sums = new TreeMap<>();

    private final Set<Path> touched = new TreeSet<>();

    BundleFolder(Path root, boolean isDivided, FileOps ops) {
        this.root = root.toAbsolutePath().normalize();
        this.isDivided = isDivided;
        this.ops = ops;
        this.folders = new DurableFolders(ops);
    }

    /**
     * Makes the folder ready.
     *
     * @throws StoreException STORE_EXISTS if there is something in it that is not the doing of an export which was cut short
     */
    void prepare() throws IOException {
        folders.ensureTree(root);
        boolean isLeft = Files.exists(root.resolve(IN_PROGRESS));
        if (isLeft) {
            clear();
        }
        try (Stream<Path> there = Files.list(root)) {
            Optional<String> stranger = there.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> !name.equals(IN_PROGRESS) && !name.equals(LOST_AND_FOUND))
                    .findAny();
            if (stranger.isPresent()) {
                throw new StoreException(
                        FailureKind.STORE_EXISTS,
                        root + " is not empty (there is " + stranger.get()
                                + "); give --to a folder that is empty or not there yet");
            }
        }
        if (!isLeft) {
            ops.create(root.resolve(IN_PROGRESS)).close();
            ops.syncDirectory(root);
        }
    }

    /** Deletes what an export has written that was cut short. */
    void clear() throws IOException {
        try (Stream<Path> there = Files.list(root)) {
            for (Path path : there.toList()) {
                String name = String.valueOf(path.getFileName());
                if (WRITTEN.contains(name) || name.matches(VOLUME + "[0-9]{1,9}")) {
                    Tree.delete(path, ops);
                }
            }
        }
    }

    /** Where a volume is. */
    Path volume(int number) {
        return isDivided ? root.resolve(VOLUME + number) : root;
    }

    @Override
    public Output begin(Piece piece) throws IOException {
        return begin(piece.volume(), piece.path());
    }

    private SummedFile begin(int volume, String path) throws IOException {
        Path folder = isDivided ? folders.ensure(root, VOLUME + volume) : root;
        String[] parts = path.split("/", -1);
        for (int i = 0; i < parts.length - 1; i++) {
            folder = folders.ensure(folder, parts[i]);
        }
        touched.add(folder);
        return new SummedFile(ops.create(folder.resolve(parts[parts.length - 1])), volume, path);
    }

    private void write(int volume, String path, byte[] content) throws IOException {
        try (SummedFile file = begin(volume, path)) {
            file.write(ByteBuffer.wrap(content));
            file.finish();
        }
    }

    /** Makes it a bundle: all pieces are there. */
    void finish(int volumes, byte[] manifest, byte[] signature) throws IOException {
        for (int volume = 1; volume <= volumes; volume++) {
            write(volume, BundleManifest.FILE_NAME, manifest);
            // the sums name the signature, which is to come last
            sums(volume).put(BundleManifest.SIGNATURE_NAME, Sha256.of(signature));
            StringBuilder lines = new StringBuilder();
            sums(volume)
                    .forEach((path, sum) ->
                            lines.append(sum).append("  ").append(path).append('\n'));
            write(volume, BundleManifest.SUMS_NAME, lines.toString().getBytes(UTF_8));
        }
        for (Path folder : touched) {
            ops.syncDirectory(folder);
        }
        for (int volume = 1; volume <= volumes; volume++) {
            write(volume, BundleManifest.SIGNATURE_NAME, signature);
            ops.syncDirectory(volume(volume));
        }
        try {
            ops.delete(root.resolve(IN_PROGRESS));
        } catch (IOException e) {
            // the bundle is whole and durable all the same, and no import looks at the marker
            log.warn("deleting {}: {}", root.resolve(IN_PROGRESS), e.toString());
        }
    }

    private Map<String, String> sums(int volume) {
        return sums.computeIfAbsent(volume, any -> new TreeMap<>());
    }

    private final class SummedFile implements Output {
        private final FileOps.WritableFile out;
        private final int volume;
        private final String path;
        private final MessageDigest sum = Sha256.start();

        SummedFile(FileOps.WritableFile out, int volume, String path) {
            this.out = out;
            this.volume = volume;
            this.path = path;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            sum.update(bytes.duplicate());
            out.write(bytes);
        }

        @Override
        public void finish() throws IOException {
            out.sync();
            if (path.startsWith(PieceKind.SERVER.path(1) + "bin/")) {
                makeExecutable();
            }
            sums(volume).put(path, HexFormat.of().formatHex(sum.digest()));
        }

        /** As far as the disk can say so: FAT can't. */
        private void makeExecutable() throws IOException {
            try {
                Files.setPosixFilePermissions(
                        volume(volume).resolve(path), PosixFilePermissions.fromString("rwxr-xr-x"));
            } catch (FileSystemException | UnsupportedOperationException e) {
                log.info("{} is not made executable: {}; start it with: bash {}", path, e.toString(), path);
            }
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
