package dev.permafrost.store;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed at any moment leaves a whole store with all that it acknowledged. */
class CrashTest {
    private static final int KILLS = 5;

    @TempDir
    Path dir;

    @Test
    void aKilledProcessLosesNothingThatWasAcknowledged() throws Exception {
        new CrashRun(dir, Seeds.next("crash")).kill(KILLS);
    }
}
