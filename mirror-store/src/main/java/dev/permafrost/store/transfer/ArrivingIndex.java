package dev.permafrost.store.transfer;

import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.IndexBuilder;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An index that is made of rows which arrive: of them alone, or of a base's and theirs. One thread. Blocks. */
abstract class ArrivingIndex implements AutoCloseable {
    private static final int BATCH_ROWS = 1000;
    private static final long BATCH_BYTES = 4 << 20;
    private static final long CACHE_BYTES = 8L << 20;

    /** Sets the next row, or deletes it where there is no value. */
    abstract void add(Family family, byte[] key, byte @Nullable [] value);

    /** Makes it an index of its own. */
    abstract void finish();

    @Override
    public abstract void close();

    /** An index of these rows alone. */
    static ArrivingIndex whole(Path target) {
        return new Whole(IndexBuilder.create(target));
    }

    /**
     * An index of a base's rows, but for those that are set and deleted. The base stays as it is; files are shared by links where the disk
     * has any.
     *
     * @param workshop a folder that is not there yet, for the caller to delete
     */
    static ArrivingIndex changed(Path base, Path workshop, Path target) throws IOException {
        Files.createDirectory(workshop);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(base, Files::isRegularFile)) {
            for (Path file : files) {
                share(file, workshop.resolve(file.getFileName()));
            }
        }
        return new Changed(RocksIndex.open(workshop, CACHE_BYTES), target);
    }

    /** Tables never change once they are written; everything else is copied. */
    private static void share(Path from, Path to) throws IOException {
        if (from.toString().endsWith(".sst")) {
            try {
                Files.createLink(to, from);
                return;
            } catch (FileSystemException | UnsupportedOperationException withoutLinks) {
                Files.deleteIfExists(to);
            }
        }
        Files.copy(from, to);
    }

    private static final class Whole extends ArrivingIndex {
        private final IndexBuilder builder;

        Whole(IndexBuilder builder) {
            this.builder = builder;
        }

        @Override
        void add(Family family, byte[] key, byte @Nullable [] value) {
            if (value == null) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT, "the bundle builds on no snapshot, and deletes a row all the same");
            }
            builder.add(family, key, value);
        }

        @Override
        void finish() {
            builder.finish();
        }

        @Override
        public void close() {
            builder.close();
        }
    }

    private static final class Changed extends ArrivingIndex {
        private final RocksIndex index;
        private final Path target;
        private Batch batch = new Batch();
        private long batchBytes;

        Changed(RocksIndex index, Path target) {
            this.index = index;
            this.target = target;
        }

        @Override
        void add(Family family, byte[] key, byte @Nullable [] value) {
            if (value == null) {
                batch.delete(family, key);
            } else {
                batch.put(family, key, value);
                batchBytes += value.length;
            }
            batchBytes += key.length;
            if (batch.rows().size() >= BATCH_ROWS || batchBytes >= BATCH_BYTES) {
                write();
            }
        }

        private void write() {
            index.write(batch, false);
            batch = new Batch();
            batchBytes = 0;
        }

        @Override
        void finish() {
            write();
            // a copy by links that has all rows in tables, and no log
            index.checkpoint(target);
        }

        @Override
        public void close() {
            index.close();
        }
    }
}
