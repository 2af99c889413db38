package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Reads a {@code blobs.lst} line by line, quickly and in no memory to speak of. What is no line of such a list, or not behind the one
 * before, is STORE_CORRUPT; whether it is the list that was sealed, {@link Snapshots#prove} tells. One thread.
 */
public final class BlobListReader implements Closeable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int DIGEST_BYTES = 32;
    private static final int SIZE_DIGITS_MAX = 18;

    private final Path file;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final byte[] digest = new byte[DIGEST_BYTES];
    private final byte[] before = new byte[DIGEST_BYTES];
    private int at;
    private int limit;
    private long sizeBytes;
    private boolean begun;

    private BlobListReader(Path file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    static BlobListReader open(Path file) {
        try {
            return new BlobListReader(file, Files.newInputStream(file));
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "there is no " + file, e);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** The SHA-256 of the list itself. Blocks. */
    static Digest digestOf(Path file) {
        byte[] bytes = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest own = MessageDigest.getInstance(Algorithm.SHA256.jcaName());
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                own.update(bytes, 0, n);
            }
            return Digest.of(Algorithm.SHA256, own.digest());
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "there is no " + file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    /** Goes on to the next line; whether there is one. Blocks. */
    public boolean next() {
        try {
            int first = read();
            if (first < 0) {
                return false;
            }
            System.arraycopy(digest, 0, before, 0, DIGEST_BYTES);
            for (int i = 0; i < DIGEST_BYTES; i++) {
                int high = i == 0 ? first : read();
                digest[i] = (byte) (nibble(high) << 4 | nibble(read()));
            }
            require(read() == ' ');
            readSize();
            require(!begun || Arrays.compareUnsigned(before, digest) < 0);
            begun = true;
            return true;
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    private void readSize() throws IOException {
        long value = 0;
        int digits = 0;
        for (int c = read(); c != '\n'; c = read()) {
            require(c >= '0' && c <= '9' && ++digits <= SIZE_DIGITS_MAX);
            value = value * 10 + c - '0';
        }
        require(digits > 0);
        sizeBytes = value;
    }

    private int nibble(int c) {
        boolean letter = c >= 'a' && c <= 'f';
        require(letter || (c >= '0' && c <= '9'));
        return letter ? c - 'a' + 10 : c - '0';
    }

    private int read() throws IOException {
        if (at == limit) {
            limit = in.read(buffer);
            at = 0;
            if (limit <= 0) {
                limit = 0;
                return -1;
            }
        }
        return buffer[at++];
    }

    private void require(boolean truth) {
        if (!truth) {
            throw new StoreException(FailureKind.STORE_CORRUPT, file + " has a line that can't be read");
        }
    }

    /** The 32 bytes of the line's digest; the same array each time. */
    public byte[] digest() {
        return digest;
    }

    /** How many bytes the line says that the blob has. */
    public long sizeBytes() {
        return sizeBytes;
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
