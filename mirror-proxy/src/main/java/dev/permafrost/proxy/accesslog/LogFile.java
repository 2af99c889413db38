package dev.permafrost.proxy.accesslog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file that lines are appended to: begun anew when it is full, or when another program has moved it away. Blocks. */
final class LogFile implements AutoCloseable {
    private final AccessLogConfig config;
    private final Path file;
    private @Nullable FileChannel channel;
    private @Nullable Object fileKey;
    private long sizeBytes;

    LogFile(AccessLogConfig config, Path file) {
        this.config = config;
        this.file = file;
    }

    /** Appends all of it. */
    void append(ByteBuffer bytes) throws IOException {
        FileChannel out = opened();
        if (config.rotateBytes() > 0 && sizeBytes > 0 && sizeBytes + bytes.remaining() > config.rotateBytes()) {
            rotate();
            out = opened();
        }
        while (bytes.hasRemaining()) {
            sizeBytes += out.write(bytes);
        }
    }

    /** Begins another file if this one has been moved away. */
    void lookWhetherMoved() throws IOException {
        if (channel == null) {
            return;
        }
        try {
            Object now = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            if (now != null && !now.equals(fileKey)) {
                close();
            }
        } catch (NoSuchFileException moved) {
            close();
        }
    }

    private FileChannel opened() throws IOException {
        FileChannel open = channel;
        if (open != null) {
            return open;
        }
        FileChannel opened = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
        channel = opened;
        sizeBytes = opened.size();
        fileKey = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return opened;
    }

    private void rotate() throws IOException {
        close();
        for (int i = config.keepFiles() - 1; i >= 1; i--) {
            move(numbered(i), numbered(i + 1));
        }
        if (config.keepFiles() > 0) {
            move(file, numbered(1));
        } else {
            Files.deleteIfExists(file);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException absent) {
            // then there is one file less
        }
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void close() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
    }
}
