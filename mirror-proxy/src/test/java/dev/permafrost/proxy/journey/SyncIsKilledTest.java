package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sync that is killed goes on where it was. */
@Tag("journey")
final class SyncIsKilledTest {
    private static final int KILLS = 4;

    @TempDir
    Path folder = Path.of("");

    @Test
    void itIsCompleteInTheEnd() throws Exception {
        assertThat(new KilledSync(folder, 1).survives(KILLS)).isNotNegative();
    }
}
