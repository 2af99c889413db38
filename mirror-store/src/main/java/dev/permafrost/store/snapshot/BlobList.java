package dev.permafrost.store.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code blobs.lst}: a line for each blob of a snapshot, its SHA-256 and its size in bytes, sorted. */
public final class BlobList {
    static final String FILE_NAME = "blobs.lst";
    private static final Pattern LINE = Pattern.compile("[0-9a-f]{64} [0-9]{1,18}");
    private static final int LINE_BYTES_MAX = 64 + 1 + 18 + 1;
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
                visit(file, new String(line, 0, length - 1, US_ASCII), visitor);
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

    private static void visit(Path file, String line, Visitor visitor) {
        if (!LINE.matcher(line).matches()) {
            throw unreadable(file, null);
        }
        int space = line.indexOf(' ');
        visitor.visit(Digest.sha256(line.substring(0, space)), Long.parseLong(line.substring(space + 1)));
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

    /** Gathers the blobs that entries name, each once. */
    static final class Builder {
        private final Map<Digest, Long> sizes = new TreeMap<>();

        void add(Digest digest, long sizeBytes) {
            sizes.put(digest, sizeBytes);
        }

        /** Writes the list durably; the folder's entry is the caller's to sync. */
        Written write(Path file, FileOps ops) throws IOException {
            MessageDigest own = sha256();
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            long bytes = 0;
            try (FileOps.WritableFile out = ops.create(file)) {
                for (Map.Entry<Digest, Long> blob : sizes.entrySet()) {
                    byte[] line = (blob.getKey().hex() + " " + blob.getValue() + "\n").getBytes(US_ASCII);
                    if (buffer.remaining() < line.length) {
                        flush(buffer, out, own);
                    }
                    buffer.put(line);
                    bytes += blob.getValue();
                }
                flush(buffer, out, own);
                out.sync();
            }
            return new Written(sizes.size(), bytes, Digest.of(Algorithm.SHA256, own.digest()));
        }

        private static void flush(ByteBuffer buffer, FileOps.WritableFile out, MessageDigest own) throws IOException {
            buffer.flip();
            own.update(buffer.duplicate());
            out.write(buffer);
            buffer.clear();
        }
    }
}
