package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Tail;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pieces of files that are to be encrypted are read into the same memory, one after the other, and never over one that is needed yet. */
class PiecesOfFilesShareOneBufferTest {
    private static final int PIECE = FileCopies.PIECE_BYTES_MAX;

    @TempDir
    Path folder;

    private byte[] content = {};
    private FileChannel channel;

    @BeforeEach
    void writeFile() throws IOException {
        content = new byte[2 * PIECE];
        new Random(5).nextBytes(content);
        channel = FileChannel.open(Files.write(folder.resolve("file"), content));
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        FastThreadLocal.removeAll();
    }

    @Test
    void pieceAfterPieceLiesWhereTheLastDid() throws UnreadableException {
        ByteBuf first = piece(0, PIECE);
        long address = first.memoryAddress();
        assertThat(bytes(first)).isEqualTo(part(0, PIECE));
        first.release();
        ByteBuf second = piece(PIECE, PIECE - 1);
        assertThat(second.memoryAddress()).isEqualTo(address);
        assertThat(bytes(second)).isEqualTo(part(PIECE, PIECE - 1));
        second.release();
    }

    @Test
    void whatIsStillNeededStaysAsItIs() throws UnreadableException {
        ByteBuf first = piece(0, PIECE);
        ByteBuf second = piece(PIECE, PIECE);
        assertThat(bytes(second)).isEqualTo(part(PIECE, PIECE));
        assertThat(bytes(first)).isEqualTo(part(0, PIECE));
        second.release();
        ByteBuf head = first.readRetainedSlice(10);
        first.release();
        ByteBuf third = piece(7, 100);
        assertThat(bytes(third)).isEqualTo(part(7, 100));
        assertThat(bytes(head)).isEqualTo(part(0, 10));
        head.release();
        third.release();
    }

    @Test
    void headsOfAnyLengthGoBefore() throws UnreadableException {
        for (int length : new int[] {0, 200, 4096, 4097, 60_000}) {
            ByteBuf head = Unpooled.copiedBuffer("h".repeat(length), US_ASCII);
            ByteBuf piece = FileCopies.behind(head, tail(), 1, PIECE, UnpooledByteBufAllocator.DEFAULT);
            assertThat(head.refCnt()).isZero();
            assertThat(piece.readCharSequence(length, US_ASCII).toString()).isEqualTo("h".repeat(length));
            assertThat(bytes(piece)).isEqualTo(part(1, PIECE));
            piece.release();
        }
    }

    private ByteBuf piece(long position, int count) throws UnreadableException {
        return FileCopies.of(tail(), position, count, UnpooledByteBufAllocator.DEFAULT);
    }

    private static byte[] bytes(ByteBuf piece) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.getBytes(piece.readerIndex(), bytes);
        return bytes;
    }

    private byte[] part(int position, int count) {
        return Arrays.copyOfRange(content, position, position + count);
    }

    private Tail tail() {
        return new Tail() {
            @Override
            public long lengthBytes() {
                return content.length;
            }

            @Override
            public long readableBytes() {
                return content.length;
            }

            @Override
            public State state() {
                return State.COMPLETE;
            }

            @Override
            public FileChannel channel() {
                return channel;
            }

            @Override
            public Runnable onAdvance(Runnable listener) {
                return () -> {};
            }

            @Override
            public boolean tryRetain() {
                return true;
            }

            @Override
            public void release() {}
        };
    }
}
