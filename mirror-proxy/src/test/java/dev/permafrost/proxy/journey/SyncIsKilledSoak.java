package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same as {@link SyncIsKilledTest}, fifty times. */
@Tag("journey")
@Tag("soak")
@Tag("soak-sync")
final class SyncIsKilledSoak {
    private static final int KILLS = 50;

    @TempDir
    Path folder = Path.of("");

    @Test
    void itIsCompleteInTheEnd() throws Exception {
        long seed = Long.getLong("permafrost.seed", System.nanoTime());
        System.out.println("seed " + seed);
        assertThat(new KilledSync(folder, seed).survives(KILLS))
                .as("seed %d", seed)
                .isPositive();
    }
}
