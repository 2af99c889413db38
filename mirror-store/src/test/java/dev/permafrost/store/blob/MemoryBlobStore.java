package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Blobs in memory; readers get a file that is deleted when they close it. */
public final class MemoryBlobStore implements BlobStore {
    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, byte[]> suspended = new ConcurrentHashMap<>();
    private final Set<String> staged = ConcurrentHashMap.newKeySet();

    /** An empty store. */
    public MemoryBlobStore() {}

    @Override
    public StagedBlob stage(Set<Algorithm> algorithms) {
        return new MemoryStagedBlob(UUID.randomUUID().toString(), new byte[0], algorithms);
    }

    @Override
    public StagedBlob resume(String name, long offsetBytes, Set<Algorithm> algorithms) {
        byte[] bytes = suspended.get(name);
        if (bytes == null || bytes.length < offsetBytes) {
            throw new StoreException(FailureKind.STORE_MISSING, "no suspended download " + name);
        }
        suspended.remove(name);
        return new MemoryStagedBlob(name, Arrays.copyOf(bytes, (int) offsetBytes), algorithms);
    }

    @Override
    public OptionalLong size(Digest digest) {
        byte[] bytes = blobs.get(named(digest));
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes.length);
    }

    @Override
    public OpenBlob open(Digest digest) {
        byte[] bytes = blobs.get(named(digest));
        if (bytes == null) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "there is no blob " + digest.hex());
        }
        return new OpenBlob(digest, channel(bytes), bytes.length);
    }

    @Override
    public void list(Consumer<Digest> visitor) {
        blobs.keySet().forEach(visitor);
    }

    @Override
    public void delete(Digest digest) {
        blobs.remove(named(digest));
    }

    @Override
    public int sweep(Predicate<String> keep) {
        int before = staged.size() + suspended.size();
        staged.removeIf(keep.negate());
        suspended.keySet().removeIf(keep.negate());
        return before - staged.size() - suspended.size();
    }

    private static Digest named(Digest digest) {
        if (digest.algorithm() != Algorithm.SHA256) {
            throw new IllegalArgumentException("a blob is named by its sha256, not by " + digest);
        }
        return digest;
    }

    private static FileChannel channel(byte[] bytes) {
        try {
            Path file = Files.createTempFile("blob", "");
            Files.write(file, bytes);
            return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class MemoryStagedBlob implements StagedBlob {
        private final String name;
        private final Hasher hasher;
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private boolean ended;

        MemoryStagedBlob(String name, byte[] already, Set<Algorithm> algorithms) {
            this.name = name;
            this.hasher = new Hasher(algorithms);
            staged.add(name);
            write(ByteBuffer.wrap(already));
        }

        @Override
        public void write(ByteBuffer bytes) {
            requireOpen();
            hasher.update(bytes);
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            written.writeBytes(copy);
        }

        @Override
        public Taking take(Path file, Taking most) throws IOException {
            requireOpen();
            write(ByteBuffer.wrap(Files.readAllBytes(file)));
            return Taking.COPY;
        }

        @Override
        public long writtenBytes() {
            return written.size();
        }

        @Override
        public FileChannel inspect() {
            return channel(written.toByteArray());
        }

        @Override
        public CommittedBlob commit(Expectation expectation) {
            requireOpen();
            try {
                Map<Algorithm, Digest> digests = hasher.digests();
                if (expectation.sizeBytes() >= 0 && expectation.sizeBytes() != written.size()) {
                    throw new StoreException(FailureKind.LENGTH_MISMATCH, "got " + written.size() + " bytes");
                }
                expectation.digests().forEach((algorithm, wanted) -> {
                    Digest got = digests.get(algorithm);
                    if (got == null) {
                        throw new IllegalArgumentException(algorithm + " was not asked for");
                    }
                    if (!got.equals(wanted)) {
                        throw new StoreException(FailureKind.DIGEST_MISMATCH, "got " + got);
                    }
                });
                Digest digest = Objects.requireNonNull(digests.get(Algorithm.SHA256));
                blobs.put(digest, written.toByteArray());
                return new CommittedBlob(digest, written.size(), digests, expectation.verification());
            } finally {
                discard();
            }
        }

        @Override
        public String suspend() {
            requireOpen();
            suspended.put(name, written.toByteArray());
            discard();
            return name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void discard() {
            ended = true;
            staged.remove(name);
        }

        private void requireOpen() {
            if (ended) {
                throw new IllegalStateException("this staged blob has ended");
            }
        }
    }
}
