package dev.permafrost.store;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.Snapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What must be true of a store's folder whatever has happened to it. */
public final class StoreInvariants {
    private static final int READ_BYTES = 256 * 1024;

    private final Path root;
    private final List<String> violations = new ArrayList<>();
    /** The digest that each file under {@code blobs/} really has, by the name that it bears. */
    private final Map<String, String> files = new TreeMap<>();

    private StoreInvariants(Path root) {
        this.root = root;
    }

    /** Opens the store in that folder, which nobody has open, checks all of it and closes it. */
    public static void check(Path root) {
        List<String> violations = violations(root);
        if (!violations.isEmpty()) {
            throw new AssertionError(root + " breaks its promises:\n  " + String.join("\n  ", violations));
        }
    }

    /** Opens the store in that folder and tells all that is wrong with it. */
    public static List<String> violations(Path root) {
        StoreInvariants check = new StoreInvariants(root);
        try {
            if (MirrorStore.isFrozenByNature(root)) {
                check.checkFiles();
                check.checkSnapshots();
                return check.violations;
            }
            try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(root))) {
                check.checkOpen(store);
            }
        } catch (RuntimeException | IOException e) {
            check.violations.add("it can't be read: " + e);
        }
        return check.violations;
    }

    /** Tells all that is wrong with a store that is open and that nobody uses. */
    static List<String> violations(MirrorStore store) throws IOException {
        StoreInvariants check = new StoreInvariants(store.root());
        check.checkOpen(store);
        return check.violations;
    }

    private void checkOpen(MirrorStore store) throws IOException {
        checkFiles();
        Catalog catalog = store.view().catalog();
        checkEntries("the index", catalog);
        checkBlobRows(catalog);
        checkStaging(catalog);
        checkSnapshots();
    }

    private void checkFiles() throws IOException {
        Path blobs = root.resolve("blobs");
        if (!Files.isDirectory(blobs)) {
            return;
        }
        try (Stream<Path> all = Files.walk(blobs)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString();
                String real = sha256(file);
                files.put(name, real);
                require(name.equals(real), file + " has the SHA-256 " + real);
                require(
                        root.resolve(FileBlobStore.relativePath(Digest.sha256(name)))
                                .equals(file),
                        file + " lies in the wrong folder");
            }
        }
    }

    private void checkEntries(String where, Catalog catalog) {
        BlobStore blobs = new FileBlobStore(root, FileOps.system());
        catalog.entries((key, entry) -> {
            String what = where + " has " + key + " as " + entry.digest().hex();
            require(files.containsKey(entry.digest().hex()), what + ", of which there is no file");
            require(
                    blobs.size(entry.digest()).orElse(-1) == entry.sizeBytes(),
                    what + " with " + entry.sizeBytes() + " bytes, and the file has "
                            + blobs.size(entry.digest()).orElse(-1));
            require(
                    catalog.blob(entry.digest())
                            .filter(row -> row.sizeBytes() == entry.sizeBytes())
                            .isPresent(),
                    what + ", and no blob row that says the same");
        });
    }

    /** A snapshot may have rows of blobs that no entry of it names, and that are deleted: nothing in it ever changes. */
    private void checkBlobRows(Catalog catalog) {
        catalog.blobs((digest, row) ->
                require(files.containsKey(digest.hex()), "the index has a blob row without a file, " + digest.hex()));
    }

    private void checkStaging(Catalog catalog) throws IOException {
        Map<String, Long> live = new TreeMap<>();
        catalog.partials((key, partial) -> live.put(partial.staged(), partial.offsetBytes()));
        Path staging = root.resolve("staging");
        Map<String, Long> there = new TreeMap<>();
        if (Files.isDirectory(staging)) {
            try (Stream<Path> all = Files.list(staging)) {
                for (Path file : all.toList()) {
                    there.put(file.getFileName().toString(), Files.size(file));
                }
            }
        }
        require(there.keySet().equals(live.keySet()), "staged are " + there + ", and there are rows for " + live);
        live.forEach((name, offset) ->
                require(there.getOrDefault(name, 0L) >= offset, "staged " + name + " has fewer bytes than " + offset));
    }

    private void checkSnapshots() {
        Snapshots snapshots = new Snapshots(root, FileOps.system());
        List<SnapshotManifest> all = snapshots.list();
        all.forEach(manifest -> checkSnapshot(snapshots, manifest));
        Optional<SnapshotId> current = snapshots.current();
        current.ifPresent(id -> require(
                all.stream().anyMatch(manifest -> manifest.id().equals(id)),
                "current names " + id + ", which is not there"));
        require(all.isEmpty() || current.isPresent() || !MirrorStore.isFrozenByNature(root), "current names nothing");
    }

    private void checkSnapshot(Snapshots snapshots, SnapshotManifest manifest) {
        String where = "snapshot " + manifest.id();
        Map<String, Long> listed = new TreeMap<>();
        snapshots.blobs(manifest.id(), (digest, size) -> listed.put(digest.hex(), size));
        Map<String, Long> named = new TreeMap<>();
        long[] entries = {0};
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.of(manifest.id()))) {
            checkEntries(where, frozen.view().catalog());
            frozen.view().catalog().entries((key, entry) -> {
                entries[0]++;
                named.put(entry.digest().hex(), entry.sizeBytes());
            });
        }
        require(listed.equals(named), where + " lists " + listed + " and names " + named);
        require(manifest.entries() == entries[0], where + " says " + manifest.entries() + " entries");
        require(manifest.blobs() == listed.size(), where + " says " + manifest.blobs() + " blobs");
        require(
                manifest.blobBytes()
                        == listed.values().stream().mapToLong(n -> n).sum(),
                where + " says " + manifest.blobBytes() + " bytes");
        require(
                files.keySet().containsAll(listed.keySet()),
                where + " lists what is not there: " + missing(listed.keySet()));
    }

    private String missing(Iterable<String> listed) {
        TreeSet<String> missing = new TreeSet<>();
        listed.forEach(missing::add);
        missing.removeAll(files.keySet());
        return missing.toString();
    }

    private void require(boolean truth, String otherwise) {
        if (!truth) {
            violations.add(otherwise);
        }
    }

    /** The bytes of an entry. */
    static byte[] read(MirrorStore store, Entry entry) {
        try (OpenBlob blob = store.open(entry)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(blob.sizeBytes()));
            while (bytes.hasRemaining() && blob.channel().read(bytes, bytes.position()) >= 0) {}
            return bytes.array();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (var in = Files.newInputStream(file)) {
            byte[] buffer = new byte[READ_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
