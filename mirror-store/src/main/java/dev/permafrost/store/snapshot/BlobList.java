package dev.permafrost.store.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** {@code blobs.lst}: a line for each blob of a snapshot, its SHA-256 and its size in bytes, sorted. */
public final class BlobList {
    static final String FILE_NAME = "blobs.lst";
    private static final int SHA256_BYTES = 32;
    private static final int HEX_BYTES = 2 * SHA256_BYTES;
    private static final int SIZE_DIGITS_MAX = 18;
    private static final int LINE_BYTES_MAX = HEX_BYTES + 1 + SIZE_DIGITS_MAX + 1;
    private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);
    private static final int BUFFER_BYTES = 256 * 1024;

    private BlobList() {}

    /** Is shown blobs one by one. */
    @FunctionalInterface
    public interface Visitor {
        /** Takes a blob's digest and size in bytes. */
        void visit(Digest digest, long sizeBytes);
    }

    /** How many lines were written, the blobs' bytes together, and the list's own digest. */
    record Written(long blobs, long bytes, Digest digest) {}

    /**
     * Shows every line.
     *
     * @return the list's own digest
     * @throws StoreException STORE_CORRUPT if there is no list, or a line that can't be read
     */
    static Digest read(Path file, Visitor visitor) {
        MessageDigest own = sha256();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            byte[] line = new byte[LINE_BYTES_MAX];
            for (int length = readLine(in, line); length > 0; length = readLine(in, line)) {
                own.update(line, 0, length);
                visit(file, line, length - 1, visitor);
            }
            return Digest.of(Algorithm.SHA256, own.digest());
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "there is no " + file, e);
        } catch (EOFException e) {
            throw unreadable(file, e);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** Reads up to and with the next newline; the number of bytes, 0 at the end. */
    private static int readLine(InputStream in, byte[] line) throws IOException {
        int length = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (length == line.length) {
                throw new EOFException("a line is longer than " + LINE_BYTES_MAX + " bytes");
            }
            line[length++] = (byte) b;
            if (b == '\n') {
                return length;
            }
        }
        if (length > 0) {
            throw new EOFException("the last line is cut short");
        }
        return 0;
    }

    private static void visit(Path file, byte[] line, int length, Visitor visitor) {
        byte[] digest = new byte[SHA256_BYTES];
        boolean isSound = length > HEX_BYTES + 1 && line[HEX_BYTES] == ' ';
        for (int i = 0; isSound && i < SHA256_BYTES; i++) {
            int high = hexadecimal(line[2 * i]);
            int low = hexadecimal(line[2 * i + 1]);
            digest[i] = (byte) (high << 4 | low);
            isSound = high >= 0 && low >= 0;
        }
        long sizeBytes = 0;
        for (int i = HEX_BYTES + 1; isSound && i < length; i++) {
            sizeBytes = 10 * sizeBytes + line[i] - '0';
            isSound = line[i] >= '0' && line[i] <= '9';
        }
        if (!isSound) {
            throw unreadable(file, null);
        }
        visitor.visit(Digest.of(Algorithm.SHA256, digest), sizeBytes);
    }

    /** The value of a digit, in lower case; -1 for what is none. */
    private static int hexadecimal(byte digit) {
        return digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
    }

    private static StoreException unreadable(Path file, @Nullable Throwable cause) {
        return new StoreException(FailureKind.STORE_CORRUPT, file + " has a line that can't be read", cause);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance(Algorithm.SHA256.jcaName());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Writes a list durably; the folder's entry is the caller's to sync. */
    static Written write(BlobSorter blobs, Path file, FileOps ops) throws IOException {
        try (Writer out = new Writer(ops.create(file))) {
            blobs.each(out::add);
            return out.finish();
        }
    }

    private static final class Writer implements Closeable {
        private final FileOps.WritableFile out;
        private final MessageDigest own = sha256();
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        private long blobs;
        private long bytes;

        Writer(FileOps.WritableFile out) {
            this.out = out;
        }

        void add(byte[] record, int at, long sizeBytes) throws IOException {
            if (buffer.remaining() < LINE_BYTES_MAX) {
                flush();
            }
            for (int i = at; i < at + SHA256_BYTES; i++) {
                buffer.put(HEX[(record[i] >> 4) & 0xF]).put(HEX[record[i] & 0xF]);
            }
            buffer.put((byte) ' ')
                    .put(Long.toString(sizeBytes).getBytes(US_ASCII))
                    .put((byte) '\n');
            blobs++;
            bytes += sizeBytes;
        }

        Written finish() throws IOException {
            flush();
            out.sync();
            return new Written(blobs, bytes, Digest.of(Algorithm.SHA256, own.digest()));
        }

        private void flush() throws IOException {
            buffer.flip();
            own.update(buffer.duplicate());
            out.write(buffer);
            buffer.clear();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
