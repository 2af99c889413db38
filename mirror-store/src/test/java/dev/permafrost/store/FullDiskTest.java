package dev.permafrost.store;

import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A real disk that is really full. */
class FullDiskTest {
    static final int DISK_MEBIBYTES = 128;
    private static final int BALLAST_BYTES = 40 << 20;
    private static final int ROUNDS = 2;
    private static final Duration RECOVERY_TIME_MAX = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    @RegisterExtension
    final Mount mount = new Mount();

    @Test
    void blobsFillTheDiskAndTheStoreGoesOnWhenThereIsSpaceAgain() throws Exception {
        fillAndFree(mount.tmpfs(dir.resolve("disk"), DISK_MEBIBYTES), 2_000_000, 0, 1);
    }

    @Test
    void indexRowsFillTheDiskAndTheStoreGoesOnWhenThereIsSpaceAgain() throws Exception {
        fillAndFree(mount.tmpfs(dir.resolve("disk"), DISK_MEBIBYTES), 100, 200_000, 2);
    }

    @Test
    void theSameOnAFileSystemWithAJournal() throws Exception {
        fillAndFree(mount.loop(dir.resolve("disk"), "ext4", DISK_MEBIBYTES + 8), 20_000, 100_000, 3);
    }

    static void fillAndFree(Path disk, int blobBytesMax, int docBytes, long seed)
            throws IOException, InterruptedException {
        Path root = disk.resolve("store");
        Map<String, byte[]> acknowledged = new TreeMap<>();
        Random random = new Random(seed);
        try (MirrorStore store = Stores.open(root)) {
            put(store, "first", Stores.random(seed, 1000), Expectation.NOTHING);
            store.freeze(new SnapshotId("before"));
            for (int round = 0; round < ROUNDS; round++) {
                Files.write(disk.resolve("ballast" + round), noise(random, BALLAST_BYTES));
            }
            for (int round = 0; round < ROUNDS; round++) {
                StoreException full = fill(store, "r" + round, acknowledged, blobBytesMax, docBytes, random);
                System.out.println("full after " + acknowledged.size() + ": " + full.getMessage());
                assertThat(full.kind()).as(full.getMessage()).isEqualTo(FailureKind.DISK_FULL);
                assertHeld(store, acknowledged);
                try {
                    store.freeze(new SnapshotId("full" + round));
                } catch (StoreException e) {
                    assertThat(e.kind()).as(e.getMessage()).isEqualTo(FailureKind.DISK_FULL);
                }
                assertHeld(store, acknowledged);
                Files.delete(disk.resolve("ballast" + round));
                Duration recovery = commitSoon(store, "recovered" + round, acknowledged);
                System.out.println("recovered after " + recovery.toMillis() + " ms");
                assertHeld(store, acknowledged);
            }
            assertThat(StoreInvariants.violations(store)).isEmpty();
        }
        try (MirrorStore store = Stores.open(root)) {
            assertThat(StoreInvariants.violations(store)).isEmpty();
            assertHeld(store, acknowledged);
            put(store, "last", "last");
        }
    }

    /** Commits until the disk is full. */
    private static StoreException fill(
            MirrorStore store,
            String prefix,
            Map<String, byte[]> acknowledged,
            int blobBytesMax,
            int docBytes,
            Random random) {
        for (int i = 0; i < 20_000; i++) {
            String name = prefix + "-" + i;
            byte[] content = noise(random, random.nextInt(blobBytesMax));
            try {
                if (docBytes > 0) {
                    store.putDoc(new DocKey("pypi", "page", name), List.of(noise(random, docBytes)));
                }
                put(store, name, content, Expectation.NOTHING);
                acknowledged.put(name, content);
            } catch (StoreException e) {
                return e;
            }
        }
        return fail("the disk is not full");
    }

    private static Duration commitSoon(MirrorStore store, String name, Map<String, byte[]> acknowledged)
            throws InterruptedException {
        Instant start = Instant.now();
        while (true) {
            Duration passed = Duration.between(start, Instant.now());
            try {
                put(store, name, name.getBytes(UTF_8), Expectation.NOTHING);
                acknowledged.put(name, name.getBytes(UTF_8));
                return passed;
            } catch (StoreException e) {
                if (passed.compareTo(RECOVERY_TIME_MAX) > 0) {
                    throw e;
                }
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(FailureKind.DISK_FULL);
                Thread.sleep(200);
            }
        }
    }

    private static void assertHeld(MirrorStore store, Map<String, byte[]> acknowledged) {
        acknowledged.forEach((name, content) -> {
            byte[] held = StoreInvariants.read(
                    store, store.view().lookup(key(name)).orElseThrow(() -> new AssertionError(name + " is lost")));
            assertThat(ByteBuffer.wrap(held)).as(name).isEqualTo(ByteBuffer.wrap(content));
        });
    }

    private static byte[] noise(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
