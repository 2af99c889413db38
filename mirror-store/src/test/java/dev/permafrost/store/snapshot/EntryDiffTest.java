package dev.permafrost.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.Verification;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two indexes are compared side by side, however many rows they have. */
class EntryDiffTest {
    private static final long CACHE_BYTES = 1 << 20;

    @TempDir
    Path dir;

    private static Entry entry(int content) {
        byte[] digest = ByteBuffer.allocate(32).putInt(content).array();
        return new Entry(
                Digest.of(Algorithm.SHA256, digest), content, Verification.DIGEST, Instant.EPOCH, "from " + content);
    }

    private static void fill(RocksIndex index, Map<String, Integer> rows) {
        Batch batch = new Batch();
        rows.forEach((key, content) -> batch.putEntry(new ArtifactKey("r" + key.charAt(0), key), entry(content)));
        index.write(batch, false);
    }

    private static Map<String, Integer> rows(Random random, int most) {
        Map<String, Integer> rows = new TreeMap<>();
        for (int i = 0; i < most; i++) {
            rows.put(random.nextInt(3) + "key\u00e9" + random.nextInt(2 * most), random.nextInt(3));
        }
        return rows;
    }

    @Test
    void whatIsAddedRemovedAndChangedIsToldAndNothingElse() {
        int round = 0;
        for (int most : new int[] {0, 1, 1023, 1024, 1025, 5000}) {
            Random random = new Random(most);
            Map<String, Integer> was = rows(random, most);
            Map<String, Integer> is = random.nextInt(4) == 0 ? was : rows(random, most);
            TreeSet<String> expected = new TreeSet<>();
            TreeSet<String> keys = new TreeSet<>(was.keySet());
            keys.addAll(is.keySet());
            keys.stream()
                    .filter(key -> !Objects.equals(was.get(key), is.get(key)))
                    .forEach(key -> expected.add(key + ": " + was.get(key) + " -> " + is.get(key)));
            TreeSet<String> told = new TreeSet<>();
            try (RocksIndex before = RocksIndex.open(dir.resolve("before" + round), CACHE_BYTES);
                    RocksIndex after = RocksIndex.open(dir.resolve("after" + round), CACHE_BYTES)) {
                fill(before, was);
                fill(after, is);
                EntryDiff.between(
                        before,
                        after,
                        (key, old, now) -> assertThat(told.add(key.key() + ": "
                                        + (old == null ? null : old.sizeBytes()) + " -> "
                                        + (now == null ? null : now.sizeBytes())))
                                .isTrue());
            }
            assertThat(told).isEqualTo(expected);
            round++;
        }
    }
}
