package dev.permafrost.proxy.hosted;

import dev.permafrost.store.blob.StagedBlob;
import java.nio.ByteBuffer;

/**
 * Writes a file in blocks of one size: the kernel keeps a file in memory in pieces as large as it was written in, and sends large
 * ones for a fraction of the processor time of small ones.
 */
public final class BlockWriter {
    private static final int BLOCK_BYTES = 256 << 10;

    private final StagedBlob file;
    private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    private long takenBytes;

    /** Writes to that file. */
    public BlockWriter(StagedBlob file) {
        this.file = file;
    }

    /** How much it has taken. */
    public long takenBytes() {
        return takenBytes;
    }

    /** Takes more. Blocks. */
    public void write(ByteBuffer bytes) {
        takenBytes += bytes.remaining();
        while (bytes.hasRemaining()) {
            int count = Math.min(block.remaining(), bytes.remaining());
            block.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            if (!block.hasRemaining()) {
                flush();
            }
        }
    }

    /** Writes what has been taken. Blocks. */
    public void flush() {
        block.flip();
        if (block.hasRemaining()) {
            file.write(block);
        }
        block.clear();
    }
}
