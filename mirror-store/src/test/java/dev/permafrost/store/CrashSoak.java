package dev.permafrost.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.index.MemoryIndex;
import dev.permafrost.store.index.RocksIndex;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Crashes, power losses and full disks by the hundred: {@code ./check --soak crash}. */
@Tag("soak")
@Tag("soak-crash")
class CrashSoak {
    private static final int KILLS = 300;
    private static final int DRAWN = 40;
    private static final int DRAWN_WITH_ROCKSDB = 2;
    private static final int FILLS = 5;

    @TempDir
    Path dir;

    @RegisterExtension
    final Mount mount = new Mount();

    @Test
    void threeHundredKillsLoseNothing() throws Exception {
        new CrashRun(dir, Seeds.next("crash soak")).kill(KILLS);
    }

    @Test
    void everyPowerLossLosesNothing() throws Exception {
        PowerLoss loss = new PowerLoss(dir);
        loss.run(loss.log().ops(), false);
        long seed = Seeds.next("power-loss soak");
        assertThat(loss.cutEverywhere(DRAWN, seed, 5, path -> new MemoryIndex()))
                .isEmpty();
        assertThat(loss.cutEverywhere(DRAWN_WITH_ROCKSDB, seed + 1, 5, path -> RocksIndex.open(path, 1 << 20)))
                .isEmpty();
    }

    @Test
    void fullDisksLoseNothing() throws Exception {
        long seed = Seeds.next("full-disk soak");
        Random random = new Random(seed);
        for (int i = 0; i < FILLS; i++) {
            Path memory = mount.tmpfs(dir.resolve("memory" + i), FullDiskTest.DISK_MEBIBYTES);
            FullDiskTest.fillAndFree(memory, 1 + random.nextInt(1_000_000), random.nextInt(300_000), seed + i);
            Path disk = mount.loop(dir.resolve("disk" + i), "ext4", FullDiskTest.DISK_MEBIBYTES);
            FullDiskTest.fillAndFree(disk, 1 + random.nextInt(1_000_000), random.nextInt(300_000), seed + i);
        }
    }
}
