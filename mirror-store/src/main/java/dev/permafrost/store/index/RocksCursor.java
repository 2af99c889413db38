package dev.permafrost.store.index;

import java.nio.file.Path;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** A cursor over a family of a RocksDB database. */
final class RocksCursor implements RowCursor {
    private final Path directory;
    private final RocksIterator rows;
    private final ReadOptions read;
    private final Runnable closed;
    private boolean begun;

    /**
     * Takes over the iterator and its options.
     *
     * @param closed run once, when both are closed
     */
    RocksCursor(Path directory, RocksIterator rows, ReadOptions read, Runnable closed) {
        this.directory = directory;
        this.rows = rows;
        this.read = read;
        this.closed = closed;
    }

    @Override
    public boolean next() {
        if (begun) {
            rows.next();
        } else {
            rows.seekToFirst();
            begun = true;
        }
        if (rows.isValid()) {
            return true;
        }
        try {
            rows.status();
            return false;
        } catch (RocksDBException e) {
            throw RocksIndex.failure("reading", directory, e);
        }
    }

    @Override
    public byte[] key() {
        return rows.key();
    }

    @Override
    public byte[] value() {
        return rows.value();
    }

    @Override
    public void close() {
        rows.close();
        read.close();
        closed.run();
    }
}
