package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.FileOps;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** A file, or a folder and all in it. */
final class Tree {
    private Tree() {}

    /** Deletes it, deepest first; does nothing if it is not there. Links are deleted, not followed. Blocks. */
    static void delete(Path tree, FileOps ops) throws IOException {
        if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
            ops.delete(tree);
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                ops.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException error) throws IOException {
                if (error != null) {
                    throw error;
                }
                ops.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
