package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same as {@link RecreatedUpstreamTest}, a thousand times of each. */
@Tag("soak")
@Tag("soak-race")
final class RecreatedUpstreamSoak {
    private static final int TIMES = 1000;

    @TempDir
    Path data;

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void nobodyGetsFilesOfTwoGenerations(boolean simple, boolean signed) throws InterruptedException {
        long seed = Long.getLong("permafrost.seed", System.nanoTime());
        RecreatedUpstream upstream = new RecreatedUpstream(simple, signed, seed);
        assertThat(upstream.read(TIMES, data)).as("seed %d", seed).isEmpty();
        assertThat(upstream.generations()).isGreaterThan(50);
    }
}
