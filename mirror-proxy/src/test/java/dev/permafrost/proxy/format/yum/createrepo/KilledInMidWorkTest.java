package dev.permafrost.proxy.format.yum.createrepo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever kills {@code createrepo} has the metadata of before, or the new, whole; and the next run goes through, and leaves nothing else. */
class KilledInMidWorkTest {
    private static final int TIMES = 6;

    @Test
    void whatIsThereIsWholeAndTheNextRunGoesThrough(@TempDir Path folder) throws Exception {
        KilledRuns runs = new KilledRuns(folder, Long.getLong("permafrost.seed", 1));
        runs.kill(TIMES);
        assertThat(runs.killed()).isGreaterThan(TIMES / 3);
    }
}
