package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** However upstream is made anew between two requests, a client gets what belongs together. */
final class RecreatedUpstreamTest {
    private static final int TIMES = 40;
    private static final int CLIENTS = 24;

    @TempDir
    Path data;

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true", "true, true"})
    void nobodyGetsFilesOfTwoGenerations(boolean simple, boolean signed) throws InterruptedException {
        RecreatedUpstream upstream = new RecreatedUpstream(simple, signed, 1);
        assertThat(upstream.read(TIMES, data)).isEmpty();
        assertThat(upstream.generations()).isGreaterThan(2);
    }

    @ParameterizedTest
    @CsvSource({"true, false", "true, true"})
    void norDoesAnyOfMany(boolean simple, boolean signed) throws InterruptedException {
        RecreatedUpstream upstream = new RecreatedUpstream(simple, signed, 2);
        assertThat(upstream.read(CLIENTS, TIMES / 4, data)).isEmpty();
        assertThat(upstream.generations()).isGreaterThan(2);
    }
}
