package dev.permafrost.store.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files beside a snapshot's index: they come back as written, and say so when they are damaged. */
class SnapshotFilesTest {
    @TempDir
    Path dir;

    private static Digest digest(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return Digest.of(Algorithm.SHA256, bytes);
    }

    private static void assertCorrupt(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT));
    }

    private static SnapshotManifest manifest() {
        return new SnapshotManifest(
                new SnapshotId("2026-11"), Instant.ofEpochMilli(1234567), 3, 2, Long.MAX_VALUE, 1, "ab".repeat(32));
    }

    @Test
    void aListIsSortedAndComesBack() throws IOException {
        Random random = new Random(5);
        Map<Digest, Long> expected = new TreeMap<>();
        BlobSorter builder = new BlobSorter(dir, FileOps.system(), 999);
        for (int i = 0; i < 10_000; i++) {
            Digest digest = digest(random);
            expected.put(digest, (long) i);
            builder.add(digest, i);
            builder.add(digest, i);
        }
        BlobList.Written written = BlobList.write(builder, dir.resolve("blobs.lst"), FileOps.system());
        assertThat(dir).isDirectoryNotContaining("glob:**.run-*");
        assertThat(written.blobs()).isEqualTo(10_000);
        assertThat(written.bytes()).isEqualTo(10_000L * 9_999 / 2);
        Map<Digest, Long> found = new LinkedHashMap<>();
        assertThat(BlobList.read(dir.resolve("blobs.lst"), found::put)).isEqualTo(written.digest());
        assertThat(found).isEqualTo(expected);
        assertThat(List.copyOf(found.keySet())).isSorted();
    }

    @Test
    void blobsThatBeginAlikeAreToldApartInMemoryAndInFiles() throws IOException {
        for (int inMemory : new int[] {1, 7, 64, BlobSorter.IN_MEMORY_MAX}) {
            Random random = new Random(inMemory);
            TreeMap<Digest, Long> expected = new TreeMap<>();
            BlobSorter sorter = new BlobSorter(dir, FileOps.system(), inMemory);
            for (int i = 0; i < 300; i++) {
                byte[] bytes = new byte[32];
                // few first bytes, and the same ones again and again
                bytes[0] = (byte) (random.nextInt(3) * 0x7f);
                bytes[31] = (byte) random.nextInt(20);
                Digest digest = Digest.of(Algorithm.SHA256, bytes);
                expected.put(digest, (long) bytes[31]);
                sorter.add(digest, bytes[31]);
            }
            BlobList.write(sorter, dir.resolve("list-" + inMemory), FileOps.system());
            Map<Digest, Long> found = new LinkedHashMap<>();
            BlobList.read(dir.resolve("list-" + inMemory), found::put);
            assertThat(found).isEqualTo(expected);
            assertThat(List.copyOf(found.keySet())).isSorted();
        }
    }

    @Test
    void whatNothingElseNamesIsLeft() {
        Random random = new Random(9);
        TreeMap<Digest, Long> all = new TreeMap<>();
        for (int i = 0; i < 1000; i++) {
            all.put(digest(random), (long) i);
        }
        SoleBlobs sole = new SoleBlobs(1);
        all.forEach(sole::add);
        long[] left = new long[2];
        all.forEach((digest, size) -> {
            if (random.nextBoolean()) {
                sole.crossOut(digest);
                sole.crossOut(digest);
            } else {
                left[0]++;
                left[1] += size;
            }
        });
        sole.crossOut(digest(random));
        assertThat(sole.blobs()).isEqualTo(left[0]);
        assertThat(sole.bytes()).isEqualTo(left[1]);
    }

    @Test
    void anEmptyListIsAList() throws IOException {
        BlobSorter none = new BlobSorter(dir, FileOps.system(), BlobSorter.IN_MEMORY_MAX);
        BlobList.Written written = BlobList.write(none, dir.resolve("blobs.lst"), FileOps.system());
        assertThat(written.blobs()).isZero();
        assertThat(BlobList.read(dir.resolve("blobs.lst"), (digest, size) -> {}))
                .isEqualTo(written.digest());
    }

    @Test
    void aDamagedListIsCorrupt() throws IOException {
        Path file = dir.resolve("blobs.lst");
        assertCorrupt(() -> BlobList.read(file, (digest, size) -> {}));
        String line = "0".repeat(64) + " 12\n";
        for (String bad : List.of(
                "\n",
                line + line.substring(0, 67),
                line.replace(" ", ""),
                line.replace("12", "-1"),
                line.replace("12", "x"),
                line.replace("12", ""),
                line.replace("0", "G"),
                line.substring(1),
                "0".repeat(1000),
                "\u20ac" + line)) {
            Files.writeString(file, bad, UTF_8);
            assertCorrupt(() -> BlobList.read(file, (digest, size) -> {}));
        }
        Files.writeString(file, line + line, US_ASCII);
        BlobList.read(file, (digest, size) -> assertThat(size).isEqualTo(12));
    }

    @Test
    void aManifestComesBack() throws IOException {
        Path file = Files.write(dir.resolve("manifest.json"), ManifestJson.write(manifest()));
        assertThat(ManifestJson.read(file)).isEqualTo(manifest());
    }

    @Test
    void fieldsOfLaterVersionsArePassedOverAndALaterFormatIsTooNew() throws IOException {
        String text = new String(ManifestJson.write(manifest()), UTF_8);
        Path file = dir.resolve("manifest.json");
        Files.writeString(file, text.replace("\"name\"", "\"more\" : {\"name\" : [1, {}]}, \"no\" : null, \"name\""));
        assertThat(ManifestJson.read(file)).isEqualTo(manifest());
        Files.writeString(file, text.replace("\"format\" : 1", "\"format\" : 2"));
        assertThatThrownBy(() -> ManifestJson.read(file))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_TOO_NEW));
        assertThatThrownBy(() -> ManifestJson.read(dir.resolve("none")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_MISSING));
    }

    @Test
    void everyTruncatedManifestIsCorrupt() throws IOException {
        byte[] whole = ManifestJson.write(manifest());
        Path file = dir.resolve("manifest.json");
        for (int length = 0; length < whole.length - 2; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertCorrupt(() -> ManifestJson.read(file));
        }
    }

    @Test
    void aDamagedManifestIsCorruptOrUnnoticedButNeverAnotherFailure() throws IOException {
        byte[] whole = ManifestJson.write(manifest());
        Path file = dir.resolve("manifest.json");
        for (long seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = whole.clone();
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                assertThat(ManifestJson.read(file).blobListSha256()).isNotNull();
            } catch (StoreException e) {
                assertThat(e.kind()).isIn(FailureKind.STORE_CORRUPT, FailureKind.STORE_TOO_NEW);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void aCurrentThatNamesNothingSaysWhatThereIs() throws IOException {
        Snapshots snapshots = new Snapshots(dir, FileOps.system());
        assertThat(snapshots.current()).isEmpty();
        for (byte[] bad : List.of(new byte[0], "../x".getBytes(UTF_8), new byte[] {-1}, new byte[1000])) {
            Files.write(dir.resolve("current"), bad);
            assertCorrupt(snapshots::current);
        }
        snapshots.setCurrent(new SnapshotId("a"));
        assertThat(snapshots.current()).contains(new SnapshotId("a"));
    }

    @Test
    void strangeThingsAmongTheSnapshotsAreNotListedAndARenamedOneIsFound() throws IOException {
        Snapshots snapshots = new Snapshots(dir, FileOps.system());
        Path folder = Files.createDirectories(dir.resolve("snapshots/2026-11"));
        Files.write(folder.resolve("manifest.json"), ManifestJson.write(manifest()));
        Files.createDirectory(dir.resolve("snapshots/lost+found"));
        Files.createDirectory(dir.resolve("snapshots/.building-x"));
        Files.createDirectories(dir.resolve("snapshots/.dropping-y/index"));
        Files.writeString(dir.resolve("snapshots/.pinned-y"), "");
        Files.writeString(dir.resolve("snapshots/.pinned-2026-11"), "");
        Files.writeString(dir.resolve("snapshots/README"), "");
        assertThat(snapshots.list()).containsExactly(manifest());
        snapshots.sweep();
        assertThat(dir.resolve("snapshots/.building-x")).doesNotExist();
        assertThat(dir.resolve("snapshots/.dropping-y")).doesNotExist();
        assertThat(dir.resolve("snapshots/.pinned-y")).doesNotExist();
        assertThat(snapshots.isPinned(new SnapshotId("2026-11"))).isTrue();
        Files.move(folder, folder.resolveSibling("renamed"));
        assertCorrupt(() -> snapshots.manifest(new SnapshotId("renamed")));
    }
}
