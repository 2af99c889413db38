package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of tens of thousands of packages are read piece by piece: what has a hundred megabytes and more is in a heap of a third of that. */
final class LongListsTakeLittleMemoryTest {
    @Test
    void sixtyThreeThousandPackagesAreIndexedAndFilteredInASmallHeap(@TempDir Path folder) throws Exception {
        Subprocess.Result result = read(40, folder.toString());
        assertThat(result.out()).startsWith("63000 packages, 63000 in the table, ");
        assertThat(Sqlite.rows(folder.resolve("primary.sqlite"), "SELECT count(*) FROM packages"))
                .containsExactly("#63000");
        assertThat(Sqlite.rows(folder.resolve("filelists.sqlite"), "SELECT sum(length(filetypes)) FROM filelist"))
                .containsExactly("#3780000");
    }

    @Test
    void theNewestOfSixtyThreeThousandPackagesAreChosenInASmallHeap() {
        assertThat(read(80).out()).isEqualTo("63000 wanted\n");
    }

    @Test
    void sixtyThreeThousandPackagesAreComparedInASmallHeap() {
        assertThat(read(80, "compare").out()).isEqualTo("63000 and 63000 packages, 0 changes, 0 duplicates\n");
    }

    private static Subprocess.Result read(int heapMegabytes, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMegabytes + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LongLists.class.getName(),
                "63000"));
        command.addAll(List.of(more));
        return Subprocess.command(command).run(Duration.ofMinutes(2)).orFail();
    }
}
