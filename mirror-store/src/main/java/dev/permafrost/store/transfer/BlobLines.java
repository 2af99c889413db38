package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A snapshot's {@code blobs.lst}, line by line, for lists that are read side by side. One thread. Blocks. */
final class BlobLines implements Closeable {
    private static final int LINE_BYTES_MAX = 64 + 1 + 18 + 1;
    private static final int HEX_CHARS = 64;
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Path file;
    private final InputStream in;
    private final MessageDigest own = Sha256.start();
    private final byte[] line = new byte[LINE_BYTES_MAX];
    private @Nullable Digest digest;
    private long sizeBytes;

    private BlobLines(Path file, InputStream in) {
        this.file = file;
        this.in = new BufferedInputStream(new DigestInputStream(in, own), BUFFER_BYTES);
    }

    /** The list in that file. */
    static BlobLines of(Path file) {
        try {
            return new BlobLines(file, Files.newInputStream(file));
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** An empty list. */
    static BlobLines none() {
        return new BlobLines(Path.of("no list"), InputStream.nullInputStream());
    }

    /** Goes to the next line, at first to the first one; false behind the last. */
    boolean next() {
        try {
            int length = readLine();
            if (length == 0) {
                digest = null;
                return false;
            }
            Digest before = digest;
            digest = Digest.sha256(new String(line, 0, HEX_CHARS, US_ASCII));
            sizeBytes = Long.parseLong(new String(line, HEX_CHARS + 1, length - HEX_CHARS - 2, US_ASCII));
            if (sizeBytes < 0 || line[HEX_CHARS] != ' ' || (before != null && before.compareTo(digest) >= 0)) {
                throw new IllegalArgumentException("out of order");
            }
            return true;
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, file + " has a line that can't be read", e);
        }
    }

    private int readLine() throws IOException {
        int length = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            line[length++] = (byte) b;
            if (b == '\n') {
                return length;
            }
            if (length == LINE_BYTES_MAX) {
                throw new IllegalArgumentException("a line is too long");
            }
        }
        if (length > 0) {
            throw new IllegalArgumentException("the last line is cut short");
        }
        return 0;
    }

    /** The blob in this line; null before the first and behind the last. */
    @Nullable Digest digest() {
        return digest;
    }

    /** Its size. */
    long sizeBytes() {
        return sizeBytes;
    }

    /** Once it was read to its end: its own SHA-256 in hexadecimal. */
    String sha256() {
        return HexFormat.of().formatHex(own.digest());
    }

    /** Compares the blobs in two lists' lines, where what has ended comes last. */
    static int compare(@Nullable Digest one, @Nullable Digest other) {
        if (one == null || other == null) {
            return one == null ? (other == null ? 0 : 1) : -1;
        }
        return one.compareTo(other);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw Failures.of("closing", file, e);
        }
    }
}
