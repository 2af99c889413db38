package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Gathers blobs in any order and shows each once, sorted by digest. They are kept in flat memory, 48 bytes each, up to a number; each time
 * that is reached, they are written to a file, sorted, and the files are merged in the end. For one thread, which it blocks.
 */
final class BlobSorter {
    /** Some 50 MB of memory. */
    static final int IN_MEMORY_MAX = 1 << 20;

    private static final int DIGEST_BYTES = 32;
    private static final int RECORD_BYTES = DIGEST_BYTES + Long.BYTES;
    private static final int INDEX_BITS = 20;
    private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;
    private static final int BUFFER_BYTES = 256 * 1024 / RECORD_BYTES * RECORD_BYTES;
    private static final String RUN = "blobs.run-";

    private final Path folder;
    private final FileOps ops;
    private final int inMemoryMax;
    private final List<Path> runs = new ArrayList<>();
    private byte[] records = new byte[0];
    private int count;

    /** Is shown blobs one by one, sorted. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Takes one.
         *
         * @param record where its SHA-256 is, as long as the call lasts
         * @param at from which byte on
         */
        void visit(byte[] record, int at, long sizeBytes) throws IOException;
    }

    /**
     * An empty one.
     *
     * @param folder where files may be written meanwhile, whose names begin with {@code blobs.run-}
     * @param inMemoryMax most blobs in memory, at most {@value #IN_MEMORY_MAX}
     */
    BlobSorter(Path folder, FileOps ops, int inMemoryMax) {
        if (inMemoryMax < 1 || inMemoryMax > IN_MEMORY_MAX) {
            throw new IllegalArgumentException("from 1 to " + IN_MEMORY_MAX + " blobs, not " + inMemoryMax);
        }
        this.folder = folder;
        this.ops = ops;
        this.inMemoryMax = inMemoryMax;
    }

    /** Adds one, which may have been added before with the same size. */
    void add(Digest digest, long sizeBytes) throws IOException {
        if (count == inMemoryMax) {
            writeRun();
        }
        if (count * RECORD_BYTES == records.length) {
            int room = Math.min(inMemoryMax, Math.max(4096, 2 * count));
            records = Arrays.copyOf(records, room * RECORD_BYTES);
        }
        ByteBuffer.wrap(records, count * RECORD_BYTES, RECORD_BYTES)
                .put(digest.bytes())
                .putLong(sizeBytes);
        count++;
    }

    /** Shows them all, once; it is of no use afterwards. */
    void each(Visitor visitor) throws IOException {
        List<Run> open = new ArrayList<>();
        try {
            for (Path run : runs) {
                open.add(new FileRun(Files.newInputStream(run)));
            }
            open.add(new MemoryRun(records, sorted()));
            merge(open, visitor);
        } finally {
            for (Run run : open) {
                run.close();
            }
            for (Path run : runs) {
                ops.delete(run);
            }
            runs.clear();
        }
    }

    private static void merge(List<Run> all, Visitor visitor) throws IOException {
        PriorityQueue<Run> next = new PriorityQueue<>(BlobSorter::compare);
        for (Run run : all) {
            if (run.advance()) {
                next.add(run);
            }
        }
        byte[] last = new byte[DIGEST_BYTES];
        boolean isFirst = true;
        for (Run run = next.poll(); run != null; run = next.poll()) {
            byte[] from = run.bytes();
            int at = run.at();
            if (isFirst || !Arrays.equals(from, at, at + DIGEST_BYTES, last, 0, DIGEST_BYTES)) {
                long size = ByteBuffer.wrap(from, at + DIGEST_BYTES, Long.BYTES).getLong();
                visitor.visit(from, at, size);
                System.arraycopy(from, at, last, 0, DIGEST_BYTES);
                isFirst = false;
            }
            if (run.advance()) {
                next.add(run);
            }
        }
    }

    private static int compare(Run a, Run b) {
        return Arrays.compareUnsigned(
                a.bytes(), a.at(), a.at() + DIGEST_BYTES, b.bytes(), b.at(), b.at() + DIGEST_BYTES);
    }

    private void writeRun() throws IOException {
        Path run = folder.resolve(RUN + runs.size());
        ops.delete(run);
        runs.add(run);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (FileOps.WritableFile out = ops.create(run)) {
            for (long key : sorted()) {
                if (!buffer.hasRemaining()) {
                    out.write(buffer.flip());
                    buffer.clear();
                }
                buffer.put(records, (int) (key & INDEX_MASK) * RECORD_BYTES, RECORD_BYTES);
            }
            out.write(buffer.flip());
        }
        count = 0;
    }

    /**
     * The numbers of the records in memory, in the order of their digests, each in the last {@value #INDEX_BITS} bits. Before them are the
     * first 44 bits of the digest, which tell nearly all apart.
     */
    private long[] sorted() {
        long[] keys = new long[count];
        ByteBuffer buffer = ByteBuffer.wrap(records);
        for (int i = 0; i < count; i++) {
            // signed numbers are to sort as unsigned bytes do
            long first = buffer.getLong(i * RECORD_BYTES) ^ Long.MIN_VALUE;
            keys[i] = (first & ~INDEX_MASK) | i;
        }
        Arrays.sort(keys);
        for (int i = 1; i < count; i++) {
            long key = keys[i];
            int at = i;
            while (at > 0 && (keys[at - 1] & ~INDEX_MASK) == (key & ~INDEX_MASK) && compare(keys[at - 1], key) > 0) {
                keys[at] = keys[at - 1];
                at--;
            }
            keys[at] = key;
        }
        return keys;
    }

    private int compare(long a, long b) {
        int one = (int) (a & INDEX_MASK) * RECORD_BYTES;
        int other = (int) (b & INDEX_MASK) * RECORD_BYTES;
        return Arrays.compareUnsigned(records, one, one + DIGEST_BYTES, records, other, other + DIGEST_BYTES);
    }

    /** Records in order. */
    private interface Run {
        /** Goes to the next one, if there is one. */
        boolean advance() throws IOException;

        byte[] bytes();

        int at();

        void close() throws IOException;
    }

    private static final class MemoryRun implements Run {
        private final byte[] records;
        private final long[] order;
        private int next;

        MemoryRun(byte[] records, long[] order) {
            this.records = records;
            this.order = order;
        }

        @Override
        public boolean advance() {
            next++;
            return next <= order.length;
        }

        @Override
        public byte[] bytes() {
            return records;
        }

        @Override
        public int at() {
            return (int) (order[next - 1] & INDEX_MASK) * RECORD_BYTES;
        }

        @Override
        public void close() {}
    }

    private static final class FileRun implements Run {
        private final InputStream in;
        private final byte[] record = new byte[RECORD_BYTES];

        FileRun(InputStream file) {
            this.in = new BufferedInputStream(file, BUFFER_BYTES);
        }

        @Override
        public boolean advance() throws IOException {
            int read = in.readNBytes(record, 0, RECORD_BYTES);
            if (read != 0 && read != RECORD_BYTES) {
                throw new IOException("a file of sorted blobs was cut short");
            }
            return read > 0;
        }

        @Override
        public byte[] bytes() {
            return record;
        }

        @Override
        public int at() {
            return 0;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
