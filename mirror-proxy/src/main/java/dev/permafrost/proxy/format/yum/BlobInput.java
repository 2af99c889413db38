package dev.permafrost.proxy.format.yum;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;

/** Reads a file from its beginning by a channel that others read too: it leaves the channel's position, and the channel open. */
final class BlobInput extends InputStream {
    private final FileChannel channel;
    private long at;

    BlobInput(FileChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, to.length);
        if (length == 0) {
            return 0;
        }
        int n = channel.read(ByteBuffer.wrap(to, offset, length), at);
        if (n > 0) {
            at += n;
        }
        return n;
    }
}
