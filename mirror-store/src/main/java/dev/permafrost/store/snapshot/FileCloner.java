package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.Reflink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts files of one tree under the same relative paths of another in the cheapest way that works there, found out with the
 * first file: reflink, else hard link, else copy.
 *
 * <p>Reflinks are made many files a call, since each call is a process.
 */
final class FileCloner {
    private static final int BATCH_FILES = 256;
    private static final int COPY_BYTES = 1 << 20;

    private final Path source;
    private final Path target;
    private final FileOps ops;
    private final List<Path> batch = new ArrayList<>();
    private SnapshotCopy.@Nullable Method method;

    FileCloner(Path source, Path target, FileOps ops) {
        this.source = source;
        this.target = target;
        this.ops = ops;
    }

    /** Puts one file there, now or at {@link #finish}; its folder exists. */
    void clone(Path relative) throws IOException {
        if (method == null) {
            method = firstThatWorks(relative);
            return;
        }
        switch (method) {
            case REFLINK -> {
                batch.add(relative);
                if (batch.size() == BATCH_FILES) {
                    finish();
                }
            }
            case HARD_LINK -> Files.createLink(target.resolve(relative), source.resolve(relative));
            case COPY -> copy(source.resolve(relative), target.resolve(relative));
        }
    }

    /** Does what is still to be done. */
    void finish() throws IOException {
        if (!batch.isEmpty() && !reflink(batch)) {
            throw new IOException("cp --reflink=always failed half-way; is the disk full?");
        }
        for (Path relative : batch) {
            sync(target.resolve(relative));
        }
        batch.clear();
    }

    /** Copies one file's bytes, durably. */
    void copy(Path from, Path to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_BYTES);
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileOps.WritableFile out = ops.create(to)) {
            while (in.read(buffer) >= 0) {
                buffer.flip();
                out.write(buffer);
                buffer.clear();
            }
            out.sync();
        }
    }

    /** How files are put there; a copy where none has been yet. */
    SnapshotCopy.Method method() {
        return method == null ? SnapshotCopy.Method.COPY : method;
    }

    private SnapshotCopy.Method firstThatWorks(Path relative) throws IOException {
        if (reflink(List.of(relative))) {
            sync(target.resolve(relative));
            return SnapshotCopy.Method.REFLINK;
        }
        Files.deleteIfExists(target.resolve(relative));
        try {
            Files.createLink(target.resolve(relative), source.resolve(relative));
            return SnapshotCopy.Method.HARD_LINK;
        } catch (IOException | UnsupportedOperationException e) {
            copy(source.resolve(relative), target.resolve(relative));
            return SnapshotCopy.Method.COPY;
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private boolean reflink(List<Path> files) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--parents", "-t", target.toString(), "--"));
        files.forEach(file -> arguments.add(file.toString()));
        return Reflink.cp(source, arguments);
    }
}
