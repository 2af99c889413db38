package dev.permafrost.proxy.admin;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** What a folder of distributions holds. */
final class FolderFiles {
    private FolderFiles() {}

    /** The files in a folder and in all below, sorted; without those that are hidden, or in a folder that is. Blocks. */
    static List<Path> below(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        visit(folder, found, entered -> {}, failure -> {
            throw failure;
        });
        Collections.sort(found);
        return found;
    }

    /**
     * Finds the files. Blocks.
     *
     * @param entered is told each folder, the top one among them, before anything in it is looked at
     * @param failed is told of what can't be read below the top
     */
    static void visit(Path top, List<Path> files, Consumer<Path> entered, Failed failed) throws IOException {
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                if (isHidden(folder) && !folder.equals(top)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                entered.accept(folder);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (file.equals(top)) {
                    throw failure;
                }
                failed.failed(failure);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                // a symbolic link may lead to anything that this server can read, and others can't
                if (!isHidden(file) && attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Where a folder really is, behind a symbolic link or not; its absolute path where it is not there. */
    static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException absent) {
            return folder.toAbsolutePath().normalize();
        }
    }

    /** Takes what went wrong, or throws it on. */
    interface Failed {
        void failed(IOException failure) throws IOException;
    }

    /** Whether nobody is meant to see it: what is being copied by rsync has such a name until it is complete. */
    static boolean isHidden(Path file) {
        return String.valueOf(file.getFileName()).startsWith(".");
    }
}
