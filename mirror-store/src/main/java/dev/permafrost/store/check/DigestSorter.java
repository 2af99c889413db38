package dev.permafrost.store.check;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.ScratchFile;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Sorts blobs by their digests, however many: those that have come are sorted in runs, of which so many stay in memory; the others go to
 * files. What has been added can be gone through as often as one likes. One thread.
 */
final class DigestSorter implements AutoCloseable {
    static final int RUN_ROWS = 1 << 18;
    /** 80 MB. */
    static final int RUNS_IN_MEMORY = 8;

    private static final int DIGEST_BYTES = 32;
    private static final int ROW_BYTES = DIGEST_BYTES + Long.BYTES;
    private static final int BUFFER_BYTES = 64 << 10;
    /** What of a row's place in its run does not fit beside the beginning of its digest. */
    private static final int PLACE_BITS = 18;

    private final int runRows;
    private final int runsInMemory;
    private final Supplier<ScratchFile> scratch;
    private final List<byte[]> inMemory = new ArrayList<>();
    private final List<ScratchFile> onDisk = new ArrayList<>();
    private byte[] run;
    private int rows;

    /**
     * Nothing yet.
     *
     * @param scratch where runs go that are too many for memory
     */
    DigestSorter(Supplier<ScratchFile> scratch) {
        this(RUN_ROWS, RUNS_IN_MEMORY, scratch);
    }

    DigestSorter(int runRows, int runsInMemory, Supplier<ScratchFile> scratch) {
        if (runRows < 1 || runRows > 1 << PLACE_BITS) {
            throw new IllegalArgumentException("a run has 1 to " + (1 << PLACE_BITS) + " rows, not " + runRows);
        }
        this.runRows = runRows;
        this.runsInMemory = runsInMemory;
        this.scratch = scratch;
        this.run = new byte[Math.min(runRows, 1024) * ROW_BYTES];
    }

    /** Takes a blob, which may have been added before. */
    void add(byte[] digest, long sizeBytes) {
        if (rows == runRows) {
            endRun();
        }
        if (rows * ROW_BYTES == run.length) {
            run = Arrays.copyOf(run, Math.min(2 * rows, runRows) * ROW_BYTES);
        }
        ByteBuffer.wrap(run, rows * ROW_BYTES, ROW_BYTES).put(digest).putLong(sizeBytes);
        rows++;
    }

    /** Goes through what has been added; nothing may be added any more. Each run is one, so that a blob may come up in several. */
    List<BlobCursor> sorted() {
        if (rows > 0) {
            endRun();
        }
        List<BlobCursor> all = new ArrayList<>();
        for (byte[] sorted : inMemory) {
            all.add(new InMemory(sorted));
        }
        for (ScratchFile file : onDisk) {
            all.add(OnDisk.open(file.path()));
        }
        return all;
    }

    private void endRun() {
        byte[] sorted = sorted(run, rows);
        rows = 0;
        if (inMemory.size() < runsInMemory) {
            inMemory.add(sorted);
            return;
        }
        ScratchFile file = scratch.get();
        onDisk.add(file);
        try (FileChannel out = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(sorted);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw Failures.of("writing", file.path(), e);
        }
    }

    /** The rows in order, each digest once. */
    private static byte[] sorted(byte[] run, int rows) {
        // the beginning of the digest, such that signed numbers sort as its bytes do, and behind it the row's place
        long[] order = new long[rows];
        ByteBuffer in = ByteBuffer.wrap(run);
        for (int i = 0; i < rows; i++) {
            long beginning = in.getLong(i * ROW_BYTES) ^ Long.MIN_VALUE;
            order[i] = (beginning >> PLACE_BITS << PLACE_BITS) | i;
        }
        Arrays.sort(order);
        int[] places = new int[rows];
        for (int i = 0; i < rows; i++) {
            places[i] = (int) (order[i] & ((1 << PLACE_BITS) - 1));
        }
        // few have the same beginning, but for those that are the same
        for (int i = 1; i < rows; i++) {
            for (int j = i; j > 0 && compare(run, places[j - 1], places[j]) > 0; j--) {
                int place = places[j];
                places[j] = places[j - 1];
                places[j - 1] = place;
            }
        }
        byte[] sorted = new byte[rows * ROW_BYTES];
        int kept = 0;
        for (int i = 0; i < rows; i++) {
            if (i == 0 || compare(run, places[i - 1], places[i]) != 0) {
                System.arraycopy(run, places[i] * ROW_BYTES, sorted, kept++ * ROW_BYTES, ROW_BYTES);
            }
        }
        return kept == rows ? sorted : Arrays.copyOf(sorted, kept * ROW_BYTES);
    }

    private static int compare(byte[] run, int a, int b) {
        int one = a * ROW_BYTES;
        int other = b * ROW_BYTES;
        return Arrays.compareUnsigned(run, one, one + DIGEST_BYTES, run, other, other + DIGEST_BYTES);
    }

    /** Forgets all of it. */
    @Override
    public void close() {
        inMemory.clear();
        onDisk.forEach(ScratchFile::close);
        onDisk.clear();
    }

    private static final class InMemory implements BlobCursor {
        private final byte[] rows;
        private final byte[] digest = new byte[DIGEST_BYTES];
        private int at = -ROW_BYTES;

        InMemory(byte[] rows) {
            this.rows = rows;
        }

        @Override
        public boolean next() {
            at += ROW_BYTES;
            if (at >= rows.length) {
                return false;
            }
            System.arraycopy(rows, at, digest, 0, DIGEST_BYTES);
            return true;
        }

        @Override
        public byte[] digest() {
            return digest;
        }

        @Override
        public long sizeBytes() {
            return ByteBuffer.wrap(rows).getLong(at + DIGEST_BYTES);
        }

        @Override
        public void close() {}
    }

    private static final class OnDisk implements BlobCursor {
        private final Path file;
        private final DataInputStream in;
        private final byte[] digest = new byte[DIGEST_BYTES];
        private long sizeBytes;

        private OnDisk(Path file, DataInputStream in) {
            this.file = file;
            this.in = in;
        }

        static OnDisk open(Path file) {
            try {
                return new OnDisk(
                        file, new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)));
            } catch (IOException e) {
                throw Failures.of("reading", file, e);
            }
        }

        @Override
        public boolean next() {
            try {
                in.readFully(digest);
                sizeBytes = in.readLong();
                return true;
            } catch (EOFException e) {
                return false;
            } catch (IOException e) {
                throw Failures.of("reading", file, e);
            }
        }

        @Override
        public byte[] digest() {
            return digest;
        }

        @Override
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
}
