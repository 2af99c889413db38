package dev.permafrost.store.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file as a stream in which what is passed over is not read. */
final class FileStream extends InputStream {
    private final FileChannel channel;

    FileStream(Path file) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return length == 0 ? 0 : channel.read(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public long skip(long bytes) throws IOException {
        long before = channel.position();
        long after = Math.min(channel.size(), before + Math.max(0, bytes));
        channel.position(after);
        return after - before;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
