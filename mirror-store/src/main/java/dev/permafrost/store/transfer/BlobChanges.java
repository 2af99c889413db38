package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What two snapshots' lists of blobs differ in: found where both are, and applied where only the base is. Blocks. */
final class BlobChanges {
    private BlobChanges() {}

    /** Shows what the wanted list has and the base has not, and the other way round, sorted by digest; each with its position in packs. */
    static void between(BlobLines base, BlobLines wanted, Consumer<BlobChange> visitor) {
        long position = 0;
        base.next();
        wanted.next();
        while (base.digest() != null || wanted.digest() != null) {
            Digest before = base.digest();
            Digest after = wanted.digest();
            int order = BlobLines.compare(before, after);
            if (order < 0 && before != null) {
                visitor.accept(new BlobChange(false, before, base.sizeBytes(), 0));
                base.next();
            } else if (order > 0 && after != null) {
                visitor.accept(new BlobChange(true, after, wanted.sizeBytes(), position));
                position += BlobFrame.BYTES + wanted.sizeBytes();
                wanted.next();
            } else {
                if (base.sizeBytes() != wanted.sizeBytes()) {
                    throw new StoreException(
                            FailureKind.STORE_CORRUPT,
                            "two snapshots list blob " + after + " with " + base.sizeBytes() + " and with "
                                    + wanted.sizeBytes() + " bytes; verify the store");
                }
                base.next();
                wanted.next();
            }
        }
    }

    /** Writes the list that changes, which come sorted, make of a base's. */
    static final class Merge implements Closeable {
        private static final int BUFFER_BYTES = 256 * 1024;

        private final BlobLines base;
        private final Path file;
        private final FileOps.WritableFile out;
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        private long position;
        private @Nullable Digest last;

        Merge(BlobLines base, Path file, FileOps ops) throws IOException {
            this.base = base;
            this.file = file;
            this.out = ops.create(file);
            base.next();
        }

        /** Takes the next change. */
        void accept(BlobChange change) {
            if (BlobLines.compare(last, change.digest()) >= 0 && last != null) {
                throw corrupt("are not sorted at " + change.digest().hex());
            }
            last = change.digest();
            while (BlobLines.compare(base.digest(), change.digest()) < 0) {
                keep();
            }
            boolean there = BlobLines.compare(base.digest(), change.digest()) == 0;
            if (there == change.added()) {
                throw corrupt((there ? "add a blob that the base has: " : "remove a blob that the base has not: ")
                        + change.digest().hex());
            }
            if (there) {
                base.next();
                return;
            }
            if (change.position() != position) {
                throw corrupt("say that " + change.digest().hex() + " begins at " + change.position()
                        + ", and it does at " + position);
            }
            position = Math.addExact(position, Math.addExact(BlobFrame.BYTES, change.sizeBytes()));
            write(change.digest(), change.sizeBytes());
        }

        private void keep() {
            Digest kept = base.digest();
            if (kept != null) {
                write(kept, base.sizeBytes());
                base.next();
            }
        }

        private void write(Digest digest, long sizeBytes) {
            byte[] line = (digest.hex() + " " + sizeBytes + "\n").getBytes(StandardCharsets.US_ASCII);
            if (buffer.remaining() < line.length) {
                flush();
            }
            buffer.put(line);
        }

        private void flush() {
            try {
                out.write(buffer.flip());
                buffer.clear();
            } catch (IOException e) {
                throw Failures.of("writing", file, e);
            }
        }

        /** Writes the rest, durably. */
        void finish() {
            while (base.digest() != null) {
                keep();
            }
            flush();
            try {
                out.sync();
            } catch (IOException e) {
                throw Failures.of("writing", file, e);
            }
        }

        private static StoreException corrupt(String what) {
            return new StoreException(FailureKind.STORE_CORRUPT, "the bundle's lists of blobs " + what);
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
