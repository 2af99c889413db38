package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million answers to random and mutated requests: no fault of ours, no leak, no hang. */
@Tag("soak")
@Tag("soak-fuzz")
class FuzzSoak {
    private static final long COUNT = 1_000_000;

    @TempDir
    Path folder;

    @Test
    void aMillionAreAnsweredOrRefused() throws InterruptedException {
        try (CapturedLog log = CapturedLog.open()) {
            Fuzz.run(folder, Long.getLong("permafrost.seed", System.nanoTime()), COUNT);
            assertThat(log.withStackTrace()).isEmpty();
        }
    }
}
