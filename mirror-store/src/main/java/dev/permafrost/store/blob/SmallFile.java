package dev.permafrost.store.blob;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/** Files that are written whole, such as keys and certificates: what was there before stays until the new one is safe. */
public final class SmallFile {
    private SmallFile() {}

    /**
     * Puts a file in its place, durably. Blocks.
     *
     * @param secret whether its owner alone may read it
     * @throws StoreException DISK_FAILED where that can't be done
     */
    public static void write(Path file, byte[] content, boolean secret) {
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        Path staged = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            }
            Files.deleteIfExists(staged);
            try (FileChannel channel = FileChannel.open(
                    staged,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString(secret ? "rw-------" : "rw-r--r--")))) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            FileOps.system().rename(staged, file);
            FileOps.system().syncDirectory(folder);
        } catch (IOException e) {
            throw new StoreException(FailureKind.DISK_FAILED, file + " can't be written: " + e.getMessage(), e);
        }
    }
}
