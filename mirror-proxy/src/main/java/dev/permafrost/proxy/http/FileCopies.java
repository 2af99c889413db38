package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.EOFException;
import java.io.IOException;

/** Pieces of files in memory, for whatever must be encrypted or framed and so can't leave by file regions. */
final class FileCopies {
    /** Longest piece: a read of 64 KiB costs a sixteenth of as much for each byte as one of 1 KiB, and more gains little. */
    static final int PIECE_BYTES_MAX = 128 << 10;

    /** More than any head takes that is put before a piece. */
    private static final int HEAD_BYTES = 4 << 10;

    /**
     * What each event loop reads into. It stays in the processor's caches, where a buffer of the pool's lies wherever the pieces that wait for
     * their clients have left room: reading a file into those took four times as long on a machine whose memory is slow.
     */
    private static final FastThreadLocal<ByteBuf> OWN = new FastThreadLocal<>() {
        @Override
        protected ByteBuf initialValue() {
            return Unpooled.directBuffer(PIECE_BYTES_MAX + HEAD_BYTES);
        }

        @Override
        protected void onRemoval(ByteBuf buffer) {
            buffer.release();
        }
    };

    private FileCopies() {}

    /**
     * Reads a piece into memory. From the page cache, as a rule; blocks where it must come from the disk.
     *
     * @throws UnreadableException if it can't be read, or ends before
     */
    static ByteBuf of(Tail tail, long position, int count, ByteBufAllocator allocator) throws UnreadableException {
        return behind(Unpooled.EMPTY_BUFFER, tail, position, count, allocator);
    }

    /**
     * Reads a piece into memory, behind the head of its answer, so that both are encrypted as one; takes over the reference to the
     * head.
     *
     * @throws UnreadableException if it can't be read, or ends before
     */
    static ByteBuf behind(ByteBuf head, Tail tail, long position, int count, ByteBufAllocator allocator)
            throws UnreadableException {
        int size = head.readableBytes() + count;
        ByteBuf piece = empty(size, allocator).writeBytes(head);
        head.release();
        try {
            long at = position;
            while (piece.isWritable()) {
                int read = piece.writeBytes(tail.channel(), at, piece.writableBytes());
                if (read < 0) {
                    throw new EOFException("it ends " + piece.writableBytes() + " bytes before it should");
                }
                at += read;
            }
            return piece;
        } catch (IOException e) {
            piece.release();
            throw UnreadableException.of(e);
        } catch (RuntimeException e) {
            piece.release();
            throw e;
        }
    }

    /** The event loop's own, if the piece before has been encrypted, as over HTTP/1.1 it always has; else one of the pool's. */
    private static ByteBuf empty(int size, ByteBufAllocator allocator) {
        ByteBuf own = OWN.get();
        return own.refCnt() == 1 && size <= own.capacity()
                ? own.retainedSlice(0, size).clear()
                : allocator.directBuffer(size, size);
    }
}
