package dev.permafrost.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * What has come of a body and is not written yet, to be taken out in blocks that end where the file's blocks do. The kernel keeps
 * a file in memory in pieces as large, and aligned, as it was written in, and sends large ones for a fraction of the processor
 * time of small ones. Not safe for use by several threads.
 */
final class BlockQueue {
    /** Size and alignment of a block. */
    static final int BLOCK_BYTES = 256 << 10;

    private final Queue<ByteBuf> buffers = new ArrayDeque<>();
    private long bytes;
    /** What the file lacks to the end of its block. */
    private int lackingBytes = BLOCK_BYTES;

    /** Adds what comes next; takes over the reference. */
    void add(ByteBuf next) {
        buffers.add(next);
        bytes += next.readableBytes();
    }

    /** How much there is. */
    long bytes() {
        return bytes;
    }

    /** Whether it reaches to the end of the file's block. */
    boolean fillsBlock() {
        return bytes >= lackingBytes;
    }

    /** Takes out what is there up to the end of the file's block, as one buffer that the caller releases; empty for nothing. */
    ByteBuf take() {
        int taken = (int) Math.min(bytes, lackingBytes);
        bytes -= taken;
        lackingBytes = taken == lackingBytes ? BLOCK_BYTES : lackingBytes - taken;
        List<ByteBuf> parts = new ArrayList<>(buffers.size());
        int left = taken;
        for (ByteBuf next = buffers.peek(); next != null; next = buffers.peek()) {
            int there = next.readableBytes();
            if (there > left) {
                if (left > 0) {
                    parts.add(next.readRetainedSlice(left));
                }
                break;
            }
            parts.add(buffers.remove());
            left -= there;
        }
        return gather(parts, taken);
    }

    /** Drops all of it. */
    void drop() {
        buffers.forEach(ByteBuf::release);
        buffers.clear();
        bytes = 0;
    }

    /** One buffer with all of it, in place of those. */
    private static ByteBuf gather(List<ByteBuf> parts, int bytes) {
        if (parts.isEmpty()) {
            return Unpooled.EMPTY_BUFFER;
        }
        if (parts.size() == 1) {
            return parts.get(0);
        }
        ByteBuf gathered = parts.get(0).alloc().directBuffer(bytes, bytes);
        parts.forEach(part -> {
            gathered.writeBytes(part);
            part.release();
        });
        return gathered;
    }
}
