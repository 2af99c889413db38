package dev.permafrost.store.blob;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which blocks of a file have been read so lately that the page cache is taken to have them still. Nothing in plain Java asks the
 * kernel for that in a way that is cheap, and true for files of others. For any thread.
 */
final class Warmth {
    /** Short enough for a slow disk to give one soon, long enough for it to have read more than it has sought. */
    static final int BLOCK_BYTES_MIN = 256 << 10;
    /** What a file larger than a GiB makes do with, in longer blocks. */
    private static final int BLOCKS_MAX = 4096;

    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Who reads a block again so soon does not note it again. */
    private static final long NOTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int shift;
    /** When each block was last read, by {@link System#nanoTime}; 0 for never. */
    private final AtomicLongArray readNanos;

    Warmth(long sizeBytes) {
        int bits = Integer.numberOfTrailingZeros(BLOCK_BYTES_MIN);
        while (sizeBytes >> bits >= BLOCKS_MAX) {
            bits++;
        }
        shift = bits;
        readNanos = new AtomicLongArray((int) (sizeBytes >> bits) + 1);
    }

    /** Up to where it is warm from a position on, at most to an end, at that time; the position itself where it is not. */
    long until(long position, long end, long nanos) {
        int block = block(position);
        while (start(block) < end && isWarm(block, nanos)) {
            block++;
        }
        return Math.max(position, Math.min(start(block), end));
    }

    /** Whether a block is warm, which it then is anew. */
    boolean isWarm(int block, long nanos) {
        long read = readNanos.getOpaque(block);
        if (read == 0 || nanos - read >= KEPT_NANOS) {
            return false;
        }
        if (nanos - read >= NOTED_NANOS) {
            note(block, nanos);
        }
        return true;
    }

    /** A block has been read. */
    void note(int block, long nanos) {
        readNanos.setOpaque(block, nanos | 1);
    }

    /** The block in which a position lies. */
    int block(long position) {
        return (int) (position >> shift);
    }

    /** The first position of a block. */
    long start(int block) {
        return (long) block << shift;
    }
}
