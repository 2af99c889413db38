package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MadeUpPackagesAreListedTest {
    @TempDir
    Path folder;

    @Test
    void createrepoListsEachOfThem() throws Exception {
        String createrepo = createrepo();
        RpmFolder.madeUp(folder, 40, 4, 7);
        long bytes = 0;
        for (Path file : files()) {
            bytes += Files.size(file);
        }
        assertThat(bytes).isBetween(3_900_000L, 6_000_000L);
        Program.output(
                Duration.ofMinutes(1),
                List.of(
                        createrepo,
                        "--no-database",
                        "--general-compress-type=gz",
                        "--simple-md-filenames",
                        folder.toString()));
        assertThat(list("primary")).contains("packages=\"40\"", "<rpm:entry name=\"lib", "Made up", "<file>/usr/bin/");
        assertThat(list("filelists").split("<file>", -1)).hasSizeGreaterThan(400);
        assertThat(list("other").split("<changelog ", -1)).hasSize(40 * 10 + 1);
    }

    private static String createrepo() {
        try {
            return Program.require("createrepo_c", "createrepo-c");
        } catch (UnavailableException e) {
            assumeTrue(false, e.getMessage());
            throw e;
        }
    }

    @Test
    void theSameSeedMakesTheSamePackages() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path one = Files.createDirectory(folder.resolve("one"));
        RpmFolder.madeUp(one, 3, 1, 7);
        RpmFolder.madeUp(other, 3, 1, 7);
        try (Stream<Path> files = Files.list(one)) {
            for (Path file : files.toList()) {
                assertThat(other.resolve(file.getFileName())).hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void realOnesAreTakenAsOftenAsItTakes() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        RpmFolder.madeUp(real, 2, 1, 7);
        Path many = Files.createDirectory(folder.resolve("many"));
        RpmFolder.like(real, many, 5);
        try (Stream<Path> files = Files.list(many)) {
            assertThat(files).hasSize(5);
        }
    }

    private String list(String kind) throws IOException {
        try (GZIPInputStream in =
                new GZIPInputStream(Files.newInputStream(folder.resolve("repodata/" + kind + ".xml.gz")))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
