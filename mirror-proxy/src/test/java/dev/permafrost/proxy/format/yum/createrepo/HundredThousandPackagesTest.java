package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.cli.Main;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in memory does not grow with what packages say: a hundred thousand of them are listed, and looked at again, in a small heap. */
class HundredThousandPackagesTest {
    private static final int PACKAGES = 100_000;
    private static final int PER_FOLDER = 1000;
    private static final String HEAP = "-Xmx160m";

    @TempDir
    Path temp;

    @Test
    void aHundredThousandPackagesAreListedAndLookedAtAgainInASmallHeap() throws IOException {
        Path rpms = Files.createDirectory(temp.resolve("rpms"));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < PACKAGES; i++) {
            Path folder = rpms.resolve("folder" + i / PER_FOLDER);
            if (i % PER_FOLDER == 0) {
                Files.createDirectory(folder);
            }
            Path file = folder.resolve("a-package-of-a-name-of-some-length-" + i + "-1.0-1.el9.noarch.rpm");
            if (i < PER_FOLDER) {
                files.add(write(file, i));
            } else {
                Files.createLink(file, files.get(i % PER_FOLDER));
            }
        }
        assertThat(made(rpms)).contains(": 100000 packages");
        assertThat(made(rpms, "--update")).contains(": 100000 packages, 100000 of them as they were");
    }

    private static Path write(Path file, int number) {
        List<byte[]> paths = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            paths.add(("/usr/share/tool" + number + "/" + "x".repeat(20) + i).getBytes(UTF_8));
        }
        return new RpmBuilder("tool" + number, "1.0", "1.el9", "noarch")
                .files(paths, new int[20], new int[20])
                .write(file);
    }

    private static String made(Path rpms, String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "createrepo",
                rpms.toString()));
        command.addAll(List.of(options));
        return Subprocess.command(command).run(Duration.ofMinutes(3)).orFail().out();
    }
}
