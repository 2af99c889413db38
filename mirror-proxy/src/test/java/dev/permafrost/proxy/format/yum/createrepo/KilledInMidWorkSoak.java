package dev.permafrost.proxy.format.yum.createrepo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same as {@link KilledInMidWorkTest}, hundreds of times. */
@Tag("soak")
@Tag("soak-createrepo-kill")
class KilledInMidWorkSoak {
    private static final int TIMES = 300;

    @Test
    void whatIsThereIsWholeAndTheNextRunGoesThrough(@TempDir Path folder) throws Exception {
        KilledRuns runs = new KilledRuns(folder, Long.getLong("permafrost.seed", System.nanoTime()));
        runs.kill(TIMES);
        assertThat(runs.killed()).isGreaterThan(TIMES / 3);
    }
}
