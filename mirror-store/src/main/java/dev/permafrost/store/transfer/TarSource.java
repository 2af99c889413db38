package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A bundle that comes through a pipe, as {@link TarTarget} writes it: its files one after the other, in the order of the manifest. */
final class TarSource implements PieceSource {
    private static final int SIZE_CHARS_MAX = 11;
    private static final int SIGNATURE_BYTES_MAX = 64 << 10;

    private final InputStream in;
    private final byte[] manifest;
    private final byte[] signature;
    private long left;
    private int padding;

    /**
     * A bundle read from a pipe, up to its signature. Blocks.
     *
     * @throws StoreException STORE_CORRUPT if that is no bundle
     */
    TarSource(InputStream in) throws IOException {
        this.in = in;
        this.manifest = small(BundleManifest.FILE_NAME, FolderSource.MANIFEST_BYTES_MAX);
        this.signature = small(BundleManifest.SIGNATURE_NAME, SIGNATURE_BYTES_MAX);
    }

    private byte[] small(String name, int bytesMax) throws IOException {
        long size = header(name);
        if (size > bytesMax) {
            throw corrupt(name + " has " + size + " bytes, and there can be " + bytesMax);
        }
        left = size;
        return new Member().readNBytes((int) size);
    }

    @Override
    public byte[] manifest() {
        return manifest;
    }

    @Override
    public byte[] signature() {
        return signature;
    }

    @Override
    public boolean has(Piece piece) {
        // all comes, or the pipe breaks
        return true;
    }

    @Override
    public @Nullable InputStream open(Piece piece) throws IOException {
        in.skipNBytes(left);
        long size = header(piece.path());
        if (size != piece.bytes()) {
            throw corrupt(piece.path() + " has " + size + " bytes, and should have " + piece.bytes());
        }
        left = size;
        return new Member();
    }

    /** Reads the header of the next file, which is to have that name; its size. */
    private long header(String name) throws IOException {
        in.skipNBytes(padding);
        byte[] header = in.readNBytes(TarTarget.BLOCK_BYTES);
        if (header.length < TarTarget.BLOCK_BYTES) {
            throw new EOFException("the pipe ended before " + name);
        }
        String there = text(header, 0, 100);
        long size = octal(text(header, 124, 12));
        long checksum = octal(text(header, 148, 8));
        Arrays.fill(header, 148, 156, (byte) ' ');
        if (checksum != TarTarget.checksum(header) || !there.equals(name)) {
            throw corrupt(
                    "it has '" + there + "' where '" + name
                            + "' should be. If it was packed by another program, unpack it: tar -x -C DIR, and import --from DIR");
        }
        padding = (int) ((TarTarget.BLOCK_BYTES - size % TarTarget.BLOCK_BYTES) % TarTarget.BLOCK_BYTES);
        return size;
    }

    private static String text(byte[] header, int at, int length) {
        int end = at;
        while (end < at + length && header[end] != 0) {
            end++;
        }
        return new String(header, at, end - at, US_ASCII);
    }

    private static long octal(String text) {
        String digits = text.strip();
        if (digits.length() > SIZE_CHARS_MAX || !digits.matches("[0-7]+")) {
            throw corrupt("it has '" + digits + "' for a number");
        }
        return Long.parseLong(digits, 8);
    }

    private static StoreException corrupt(String why) {
        return new StoreException(FailureKind.STORE_CORRUPT, "what comes through the pipe is no bundle: " + why);
    }

    @Override
    public String where(Piece piece) {
        return piece.path() + " in the pipe";
    }

    @Override
    public void close() {}

    /** The file that is being read. */
    private final class Member extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            if (read < 0) {
                throw new EOFException("the pipe ended within a file");
            }
            left -= read;
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = in.skip(Math.min(bytes, left));
            left -= skipped;
            return skipped;
        }
    }
}
