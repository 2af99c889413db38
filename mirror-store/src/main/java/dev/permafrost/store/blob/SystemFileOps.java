package dev.permafrost.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The real file system, by way of NIO. */
final class SystemFileOps implements FileOps {
    static final SystemFileOps INSTANCE = new SystemFileOps();

    private static final Set<PosixFilePermission> WRITE = EnumSet.of(
            PosixFilePermission.OWNER_WRITE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private SystemFileOps() {}

    @Override
    public WritableFile create(Path file) throws IOException {
        return new ChannelFile(FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
    }

    @Override
    public WritableFile append(Path file, long lengthBytes) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try {
            channel.truncate(lengthBytes);
            channel.position(lengthBytes);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new ChannelFile(channel);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public boolean share(Path file, Path ours, Taking how) throws IOException {
        boolean shared = switch (how) {
            case COPY -> false;
            case CLONE ->
                Reflink.cp(
                        file.toAbsolutePath().getRoot(),
                        List.of(
                                "--",
                                file.toAbsolutePath().toString(),
                                ours.toAbsolutePath().toString()));
            case LINK -> link(file.toRealPath(), ours);
        };
        if (shared) {
            try (FileChannel channel = FileChannel.open(ours, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
        return shared;
    }

    /** Links a file if its permissions are ours to change: so that none is linked to which its owner goes on to write. */
    private static boolean link(Path file, Path ours) throws IOException {
        Set<PosixFilePermission> before;
        try {
            before = Files.getPosixFilePermissions(file);
            Set<PosixFilePermission> readable = EnumSet.copyOf(before);
            readable.removeAll(WRITE);
            Files.setPosixFilePermissions(file, readable);
        } catch (FileSystemException | UnsupportedOperationException notOurs) {
            return false;
        }
        Path link = ours.resolveSibling(ours.getFileName() + "-link");
        try {
            Files.createLink(link, file);
            Files.move(link, ours, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (FileSystemException | UnsupportedOperationException elsewhere) {
            // another file system, or one that has no links
            Files.deleteIfExists(link);
            Files.setPosixFilePermissions(file, before);
            return false;
        }
    }

    private record ChannelFile(FileChannel channel) implements WritableFile {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public void sync() throws IOException {
            channel.force(true);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
