package dev.permafrost.proxy.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A file on a slow disk: what is read of it for the first time waits for a permit, for each piece of 64 KiB one, and is in memory
 * from then on. Its reads by position are all that it has.
 */
public final class SlowDisk extends FileChannel {
    /** What one permit is good for. */
    public static final int PIECE_BYTES = 64 << 10;

    private final FileChannel file;
    private final Semaphore permits = new Semaphore(0);
    private final BitSet inMemory = new BitSet();
    private volatile @Nullable IOException broken;

    /** A file of which nothing is in memory. */
    public SlowDisk(Path file) throws IOException {
        this.file = FileChannel.open(file, StandardOpenOption.READ);
    }

    /** Lets so many pieces be read. */
    public void turn(int pieces) {
        permits.release(pieces);
    }

    /** Every read fails with that from now on, once it has its permit. */
    public void breakWith(IOException error) {
        broken = error;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
        int first = (int) (position / PIECE_BYTES);
        int last = (int) ((position + Math.max(1, into.remaining()) - 1) / PIECE_BYTES);
        for (int piece = first; piece <= Math.min(last, (size() - 1) / PIECE_BYTES); piece++) {
            if (!isInMemory(piece)) {
                permits.acquireUninterruptibly();
                IOException error = broken;
                if (error != null) {
                    throw error;
                }
                synchronized (inMemory) {
                    inMemory.set(piece);
                }
            }
        }
        return file.read(into, position);
    }

    private boolean isInMemory(int piece) {
        synchronized (inMemory) {
            return inMemory.get(piece);
        }
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }

    @Override
    public int read(ByteBuffer into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] into, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer from, long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metadata) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel to) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel from, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
