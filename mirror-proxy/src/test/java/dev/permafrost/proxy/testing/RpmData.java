package dev.permafrost.proxy.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Real repositories of RPMs, which are not part of the sources: the folder that {@code PERMAFROST_RPM_DATA} names, or else
 * {@code shared/data/rpm} beside the checkout or in a folder above it.
 */
public final class RpmData {
    private RpmData() {}

    /** A file or a folder of the data; a test without them is skipped. */
    public static Path path(String name) {
        Optional<Path> root = root();
        assumeTrue(root.isPresent(), "no repositories of RPMs here; PERMAFROST_RPM_DATA names a folder of them");
        return root.orElseThrow().resolve(name);
    }

    /** The bytes of a file of the data. */
    public static byte[] bytes(String name) throws IOException {
        return Files.readAllBytes(path(name));
    }

    /** All files of the data of which the path ends so, in the order of their paths. */
    public static List<Path> endingWith(String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(path(""))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private static Optional<Path> root() {
        String named = System.getenv("PERMAFROST_RPM_DATA");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        return Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve("shared/data/rpm"))
                .filter(Files::isDirectory)
                .findFirst();
    }
}
