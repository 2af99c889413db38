package dev.permafrost.store.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/** {@code blobs.lst}: a line for each blob of a snapshot, its SHA-256 and its size in bytes, sorted. */
public final class BlobList {
    static final String FILE_NAME = "blobs.lst";
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

    static void read(Path file, Visitor visitor) {
        try (BufferedReader lines = Files.newBufferedReader(file, US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int space = line.indexOf(' ');
                visitor.visit(
                        Digest.sha256(line.substring(0, Math.max(space, 0))),
                        Long.parseLong(line.substring(space + 1)));
            }
        } catch (IllegalArgumentException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, file + " has a line that can't be read", e);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
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

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance(Algorithm.SHA256.jcaName());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }
}
