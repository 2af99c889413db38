package dev.permafrost.proxy.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What paths mean: relative ones are below the folder of the file they stand in, or below the working directory where they stand on
 * the command line.
 *
 * @param fileFolder the folder of the configuration file
 */
record FilePaths(Path fileFolder) {
    /** The path that a key has. */
    Optional<Path> value(Section section, String key) {
        return section.value(key, text -> of(section.origin(key), text));
    }

    /** The path that is written at that place. */
    Path of(String origin, String text) {
        try {
            Path path = Path.of(text);
            return origin.equals(Overrides.ORIGIN) ? path : fileFolder.resolve(path);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path (" + e.getReason() + ")", e);
        }
    }
}
