package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** A bundle as a tar archive (POSIX.1-1988, "ustar"), written to a pipe as it is made. */
final class TarTarget implements PieceTarget {
    static final int BLOCK_BYTES = 512;
    private static final int NAME_CHARS_MAX = 100;
    private static final int CHECKSUM_AT = 148;

    private final OutputStream out;
    private final long seconds;

    TarTarget(OutputStream out, Instant createdAt) {
        this.out = out;
        this.seconds = createdAt.getEpochSecond();
    }

    @Override
    public Output begin(Piece piece) throws IOException {
        header(piece.path(), piece.bytes());
        return new Member(piece.bytes());
    }

    /** Writes a file that is at hand. */
    void write(String path, byte[] content) throws IOException {
        header(path, content.length);
        Member member = new Member(content.length);
        member.write(ByteBuffer.wrap(content));
        member.finish();
    }

    /** Writes pieces that fit into memory and lie in a folder. */
    void copy(List<Piece> pieces, Path folder) throws IOException {
        for (Piece piece : pieces) {
            write(piece.path(), Files.readAllBytes(folder.resolve(piece.path())));
        }
    }

    /** Ends the archive. */
    void finish() throws IOException {
        out.write(new byte[2 * BLOCK_BYTES]);
        out.flush();
    }

    private void header(String path, long size) throws IOException {
        if (path.length() > NAME_CHARS_MAX) {
            throw new IOException("the path " + path + " is longer than " + NAME_CHARS_MAX + " characters");
        }
        byte[] header = new byte[BLOCK_BYTES];
        put(header, 0, path);
        put(header, 100, path.startsWith(PieceKind.SERVER.path(1) + "bin/") ? "0000755" : "0000644");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format(Locale.ROOT, "%011o", size));
        put(header, 136, String.format(Locale.ROOT, "%011o", seconds));
        put(header, CHECKSUM_AT, " ".repeat(8));
        header[156] = '0';
        put(header, 257, "ustar");
        put(header, 263, "00");
        put(header, CHECKSUM_AT, String.format(Locale.ROOT, "%06o", checksum(header)));
        header[CHECKSUM_AT + 6] = 0;
        out.write(header);
    }

    /** Of a header whose own field has blanks. */
    static int checksum(byte[] header) {
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        return sum;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private final class Member implements Output {
        private long left;
        private final int padding;

        Member(long size) {
            this.left = size;
            this.padding = (int) ((BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES);
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            left -= bytes.remaining();
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            bytes.position(bytes.limit());
        }

        @Override
        public void finish() throws IOException {
            if (left != 0) {
                throw new IOException("a file was " + left + " bytes shorter than was said of it");
            }
            out.write(new byte[padding]);
        }

        @Override
        public void close() {}
    }
}
