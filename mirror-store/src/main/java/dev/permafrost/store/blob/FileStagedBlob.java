package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file in the staging folder. */
final class FileStagedBlob implements StagedBlob {
    private static final Logger log = LoggerFactory.getLogger(FileStagedBlob.class);
    private static final int REHASH_BYTES = 256 * 1024;
    private static final int COPY_BYTES = 1 << 20;

    private final FileBlobStore store;
    private final String name;
    private final Path file;
    private final FileOps.WritableFile out;
    private final Hasher hasher;
    private volatile long writtenBytes;
    /** A write failed, so that the file and the hasher no longer say the same. */
    private boolean torn;

    /** It has the bytes of a file, and no others. */
    private boolean taken;

    private boolean ended;

    FileStagedBlob(
            FileBlobStore store, String name, Path file, FileOps.WritableFile out, Hasher hasher, long writtenBytes) {
        this.store = store;
        this.name = name;
        this.file = file;
        this.out = out;
        this.hasher = hasher;
        this.writtenBytes = writtenBytes;
    }

    /** Reads the first bytes of a suspended file into the hasher. */
    static void rehash(Path file, long lengthBytes, Hasher hasher) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            rehash(channel, lengthBytes, hasher);
        }
    }

    /** Reads the first bytes of a file into the hasher. */
    static void rehash(FileChannel channel, long lengthBytes, Hasher hasher) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(REHASH_BYTES);
        for (long at = 0; at < lengthBytes; ) {
            buffer.clear().limit((int) Math.min(REHASH_BYTES, lengthBytes - at));
            int n = channel.read(buffer, at);
            if (n < 0) {
                throw new EOFException("it ended " + (lengthBytes - at) + " bytes early");
            }
            hasher.update(buffer.flip());
            at += n;
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes; the others only read
    public void write(ByteBuffer bytes) {
        requireOpen();
        requireWhole();
        if (taken) {
            throw new IllegalStateException("the bytes of " + file + " are those of a file, and no more can follow");
        }
        int n = bytes.remaining();
        hasher.update(bytes);
        try {
            out.write(bytes);
        } catch (IOException e) {
            torn = true;
            throw Failures.of("writing", file, e);
        }
        writtenBytes += n;
    }

    @Override
    public Taking take(Path source, Taking most) throws IOException {
        requireOpen();
        requireWhole();
        if (writtenBytes != 0) {
            throw new IllegalStateException("there are bytes in " + file + " already");
        }
        for (Taking how : most.sharing()) {
            if (store.share(source, file, how)) {
                // whatever is written from now on would go elsewhere
                torn = true;
                long size = Files.size(file);
                rehash(file, size, hasher);
                writtenBytes = size;
                torn = false;
                taken = true;
                return how;
            }
        }
        try (FileChannel from = FileChannel.open(source, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_BYTES);
            while (from.read(buffer) >= 0) {
                write(buffer.flip());
                buffer.clear();
            }
        }
        taken = true;
        return Taking.COPY;
    }

    @Override
    public long writtenBytes() {
        return writtenBytes;
    }

    @Override
    public FileChannel inspect() {
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    @Override
    public CommittedBlob commit(Expectation expectation) {
        requireOpen();
        try {
            requireWhole();
            Map<Algorithm, Digest> digests = hasher.digests();
            check(expectation, digests);
            Digest digest = digests.get(Algorithm.SHA256);
            if (digest == null) {
                throw new IllegalStateException("sha256 is always computed");
            }
            out.sync();
            out.close();
            store.publish(file, writtenBytes, digest);
            ended = true;
            return new CommittedBlob(digest, writtenBytes, digests, expectation.verification());
        } catch (IOException e) {
            throw Failures.of("committing", file, e);
        } finally {
            discard();
        }
    }

    @Override
    public String suspend() {
        requireOpen();
        try {
            out.sync();
            out.close();
            store.syncStaging();
            ended = true;
            return name;
        } catch (IOException e) {
            throw Failures.of("keeping", file, e);
        } finally {
            discard();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void discard() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            out.close();
        } catch (IOException e) {
            log.warn("closing {}: {}", file, e.toString());
        }
        try {
            store.ops().delete(file);
        } catch (IOException e) {
            log.warn("deleting {}: {}; the next start removes it", file, e.toString());
        }
    }

    private void check(Expectation expectation, Map<Algorithm, Digest> digests) {
        if (expectation.sizeBytes() >= 0 && expectation.sizeBytes() != writtenBytes) {
            throw new StoreException(
                    FailureKind.LENGTH_MISMATCH, "expected " + expectation.sizeBytes() + " bytes, got " + writtenBytes);
        }
        expectation.digests().forEach((algorithm, wanted) -> {
            Digest got = digests.get(algorithm);
            if (got == null) {
                throw new IllegalArgumentException(
                        algorithm.label() + " is expected but was not asked for when staging began");
            }
            if (!got.equals(wanted)) {
                throw new StoreException(FailureKind.DIGEST_MISMATCH, "expected " + wanted + ", got " + got.hex());
            }
        });
    }

    private void requireWhole() {
        if (torn) {
            throw new IllegalStateException("a write to this staged blob failed: " + file);
        }
    }

    private void requireOpen() {
        if (ended) {
            throw new IllegalStateException("this staged blob has ended: " + file);
        }
    }
}
