package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of tens of thousands of packages are read piece by piece: what has a hundred megabytes and more is in a heap of a third of that. */
final class LongListsTakeLittleMemoryTest {
    @Test
    void sixtyThreeThousandPackagesAreIndexedChosenAndFilteredInASmallHeap(@TempDir Path folder) throws Exception {
        Subprocess.Result result = Subprocess.command(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx40m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LongLists.class.getName(),
                        "63000",
                        folder.toString())
                .run(Duration.ofMinutes(2))
                .orFail();
        assertThat(result.out()).startsWith("63000 packages, 63000 in the table, 63000 wanted, ");
        assertThat(Sqlite.rows(folder.resolve("primary.sqlite"), "SELECT count(*) FROM packages"))
                .containsExactly("#63000");
        assertThat(Sqlite.rows(folder.resolve("filelists.sqlite"), "SELECT sum(length(filetypes)) FROM filelist"))
                .containsExactly("#3780000");
    }
}
