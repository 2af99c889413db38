package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.RefCounted;
import dev.permafrost.store.model.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A committed blob, or what is kept like one, open for reading; many may read it at once by position. Its channel must not be used by a thread that
 * may be interrupted: an interrupt closes it for all.
 */
public final class OpenBlob extends RefCounted {
    private static final Logger log = LoggerFactory.getLogger(OpenBlob.class);

    private final Digest digest;
    private final FileChannel channel;
    private final long sizeBytes;
    private final Warmth warmth;
    private final AtomicBoolean loading = new AtomicBoolean();
    private volatile @Nullable ByteBuffer memory;
    private volatile @Nullable Runnable freed;

    /**
     * An open file, whose channel it takes over.
     *
     * @param digest SHA-256 of its bytes
     */
    public OpenBlob(Digest digest, FileChannel channel, long sizeBytes) {
        this.digest = digest;
        this.channel = channel;
        this.sizeBytes = sizeBytes;
        this.warmth = new Warmth(sizeBytes);
    }

    /** SHA-256 of the bytes. */
    public Digest digest() {
        return digest;
    }

    /** Number of bytes. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** The open file; read it by position only. */
    public FileChannel channel() {
        return channel;
    }

    /** The bytes, if {@link #load} has been called: in direct memory, never changed; read by duplicates only. */
    public @Nullable ByteBuffer memory() {
        return memory;
    }

    /** True once, for whoever is to {@link #load} it. */
    public boolean claimLoading() {
        return memory == null && !loading.get() && loading.compareAndSet(false, true);
    }

    /**
     * Keeps the bytes in memory for as long as anybody reads them. For small blobs; called once, by a holder of a reference.
     * Blocks.
     *
     * @param whenFreed what to do when nobody does any more
     * @throws StoreException if they can't be read
     */
    public void load(Runnable whenFreed) {
        freed = whenFreed;
        ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(sizeBytes));
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, bytes.position()) < 0) {
                    throw new EOFException("it ends after " + bytes.position() + " of " + sizeBytes + " bytes");
                }
            }
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED, "reading blob " + digest.hex() + ": " + e.getMessage(), e);
        }
        memory = bytes.flip();
    }

    /**
     * Up to where it can be read from a position on, at most to an end, without waiting for the disk, as far as can be told: it was
     * {@linkplain #warm read} within the last ten seconds, or found so. The position itself where it can't. Does not block.
     *
     * @param nanos the time, by {@link System#nanoTime}
     */
    public long warmUntil(long position, long end, long nanos) {
        return warmth.until(position, end, nanos);
    }

    /**
     * Reads the blocks that some bytes lie in, so that the page cache has them; those that it has already are left. Blocks.
     *
     * @param scratch what to read into
     * @throws IOException if they can't be read, or the file ends before
     */
    public void warm(long position, long end, ByteBuffer scratch) throws IOException {
        for (int block = warmth.block(position); warmth.start(block) < end; block++) {
            if (!warmth.isWarm(block, System.nanoTime())) {
                read(warmth.start(block), Math.min(warmth.start(block + 1), sizeBytes), scratch);
                warmth.note(block, System.nanoTime());
            }
        }
    }

    private void read(long start, long end, ByteBuffer scratch) throws IOException {
        long at = start;
        while (at < end) {
            scratch.clear().limit((int) Math.min(scratch.capacity(), end - at));
            int read = channel.read(scratch, at);
            if (read < 0) {
                throw new EOFException("it ends after " + at + " of " + sizeBytes + " bytes");
            }
            at += read;
        }
    }

    /**
     * Whether its bytes are those that its name says: reads all of them. Blocks.
     *
     * @throws StoreException if they can't be read
     */
    public boolean isSound() {
        return digests(Set.of()).containsValue(digest);
    }

    /**
     * The digests of its bytes, SHA-256 among them: reads all of them. Blocks.
     *
     * @throws StoreException if they can't be read
     */
    public Map<Algorithm, Digest> digests(Set<Algorithm> wanted) {
        Hasher hasher = new Hasher(wanted);
        try {
            FileStagedBlob.rehash(channel, sizeBytes, hasher);
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED, "reading blob " + digest.hex() + ": " + e.getMessage(), e);
        }
        return hasher.digests();
    }

    @Override
    protected void free() {
        Runnable told = freed;
        if (told != null) {
            told.run();
        }
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("closing blob {}: {}", digest.hex(), e.toString());
        }
    }

    @Override
    public String toString() {
        return "OpenBlob[" + digest + ", " + sizeBytes + " bytes]";
    }
}
