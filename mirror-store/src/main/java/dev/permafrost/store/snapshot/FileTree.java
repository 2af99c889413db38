package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.FileOps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder and all in it. */
public final class FileTree {
    private FileTree() {}

    /** Deletes it, deepest first; does nothing if it is not there. Links are deleted, not followed. Blocks. */
    public static void delete(Path folder, FileOps ops) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> tree = Files.walk(folder)) {
            deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            ops.delete(path);
        }
    }
}
