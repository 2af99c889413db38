package dev.permafrost.store;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.Taking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** File operations that leave syncs out: quick where nothing is at stake, and a fault that a power-loss test must find. */
record ForgetfulFileOps(FileOps real, boolean forgetsFiles, boolean forgetsFolders) implements FileOps {
    @Override
    public WritableFile create(Path file) throws IOException {
        return new ForgetfulFile(real.create(file), forgetsFiles);
    }

    @Override
    public WritableFile append(Path file, long lengthBytes) throws IOException {
        return new ForgetfulFile(real.append(file, lengthBytes), forgetsFiles);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        real.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        real.delete(file);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        real.createDirectory(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (!forgetsFolders) {
            real.syncDirectory(directory);
        }
    }

    @Override
    public boolean share(Path file, Path ours, Taking how) throws IOException {
        return real.share(file, ours, how);
    }

    private record ForgetfulFile(WritableFile out, boolean forgets) implements WritableFile {
        @Override
        public void write(ByteBuffer bytes) throws IOException {
            out.write(bytes);
        }

        @Override
        public void sync() throws IOException {
            if (!forgets) {
                out.sync();
            }
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
