package dev.permafrost.proxy.http;

import dev.permafrost.proxy.testing.CapturedLog;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of requests that are wrong in one way or another: none is a fault of ours, and none is felt by others. */
class NonsenseHurtsNobodyTest {
    private static final long SEED = 20_261_124;
    private static final long COUNT = 6_000;

    @TempDir
    Path folder;

    @Test
    void everyOneIsAnsweredOrRefused() throws InterruptedException {
        try (CapturedLog log = CapturedLog.open()) {
            Fuzz.run(folder, SEED, COUNT);
            Assertions.assertThat(log.withStackTrace()).isEmpty();
        }
    }
}
