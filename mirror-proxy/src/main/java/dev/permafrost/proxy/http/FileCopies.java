package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;

/** Pieces of files in memory, for whatever must be encrypted or framed and so can't leave by file regions. */
final class FileCopies {
    /** Longest piece: a read of 64 KiB costs a sixteenth of as much for each byte as one of 1 KiB, and more gains little. */
    static final int PIECE_BYTES_MAX = 128 << 10;

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
        ByteBuf piece = allocator.directBuffer(size, size).writeBytes(head);
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
}
