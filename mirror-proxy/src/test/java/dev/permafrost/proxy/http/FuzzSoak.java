package dev.permafrost.proxy.http;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million random and mutated requests: no 500, no leak, no hang. */
@Tag("soak")
@Tag("soak-fuzz")
class FuzzSoak {
    private static final long COUNT = 1_000_000;

    @TempDir
    Path folder;

    @Test
    void aMillionAreAnsweredOrRefused() throws InterruptedException {
        Fuzz.run(folder, Long.getLong("permafrost.seed", System.nanoTime()), COUNT);
    }
}
