package dev.permafrost.store.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs come out in order, whatever order they came in, from memory and from the disk; what is not asked for is told. */
class DigestSorterTest {
    private static final int ROWS = 5000;

    @TempDir
    Path dir;

    private DigestSorter sorter(int runRows, int runsInMemory) {
        return new DigestSorter(runRows, runsInMemory, () -> FileBlobStore.scratchFile(dir, FileOps.system()));
    }

    /** Digests of which many begin alike, and some come twice. */
    private static List<byte[]> digests(long seed) {
        Random random = new Random(seed);
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            byte[] digest = new byte[32];
            random.nextBytes(digest);
            if (i % 3 == 0) {
                Arrays.fill(digest, 0, 12, (byte) 0x80);
            }
            all.add(i % 10 == 9 ? all.get(random.nextInt(i)) : digest);
        }
        return all;
    }

    @Test
    void allAreFoundInOrderAndNothingElseIs() throws Exception {
        for (int runRows : new int[] {1 << 18, 700, 1}) {
            List<byte[]> digests = digests(runRows);
            TreeMap<Digest, Boolean> asked = new TreeMap<>();
            try (DigestSorter sorter = sorter(runRows == 1 ? 100 : runRows, 2)) {
                for (byte[] digest : digests) {
                    sorter.add(digest, digest[31] & 0xFF);
                    asked.put(Digest.of(Algorithm.SHA256, digest), true);
                }
                Random random = new Random(1);
                for (int i = 0; i < ROWS; i++) {
                    byte[] stranger = new byte[32];
                    random.nextBytes(stranger);
                    asked.putIfAbsent(Digest.of(Algorithm.SHA256, stranger), false);
                }
                // twice, since it can be gone through again
                for (int round = 0; round < 2; round++) {
                    try (Marks marks = new Marks(sorter.sorted(), (digest, size) -> {
                        throw new AssertionError("passed over " + digest);
                    })) {
                        asked.forEach((digest, isThere) -> {
                            assertThat(marks.has(digest)).as(digest.hex()).isEqualTo(isThere);
                            if (isThere) {
                                assertThat(marks.sizeBytes()).isEqualTo(digest.bytes()[31] & 0xFF);
                            }
                        });
                        marks.finish();
                    }
                }
            }
            assertThat(Files.isDirectory(dir.resolve("staging"))).isEqualTo(runRows != 1 << 18);
        }
        try (var left = Files.list(dir.resolve("staging"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatIsPassedOverIsToldOnceAndInOrder() {
        List<byte[]> digests = digests(7);
        TreeMap<Digest, Long> left = new TreeMap<>();
        List<Digest> told = new ArrayList<>();
        try (DigestSorter sorter = sorter(300, 100)) {
            for (byte[] digest : digests) {
                sorter.add(digest, 5);
                left.put(Digest.of(Algorithm.SHA256, digest), 5L);
            }
            List<Digest> asked = left.keySet().stream()
                    .filter(digest -> digest.bytes()[31] > 0)
                    .toList();
            try (Marks marks = new Marks(sorter.sorted(), (digest, size) -> told.add(digest))) {
                asked.forEach(digest -> assertThat(marks.has(digest)).isTrue());
                marks.finish();
            }
            asked.forEach(left::remove);
        }
        assertThat(told).containsExactlyElementsOf(left.keySet());
    }
}
