package dev.permafrost.store.index;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

/**
 * Makes an index of rows that come sorted, family by family: its files are written once, as they will stay. One thread. Blocks.
 *
 * <p>What it writes is durable once the files are synced, which is the caller's to do, as with a checkpoint.
 */
public final class IndexBuilder implements AutoCloseable {
    private static final long FILE_BYTES = 64L << 20;
    private static final int ROWS_PER_LOOK = 1024;
    private static final long CACHE_BYTES = 8L << 20;

    private final Path directory;
    private final RocksIndex index;
    private final List<AbstractNativeReference> owned = new ArrayList<>();
    private final EnvOptions environment;
    private final Options options;
    private final Map<Family, List<Path>> files = new EnumMap<>(Family.class);
    private @Nullable SstFileWriter writer;
    private @Nullable Family family;
    private int rows;
    private int number;

    private IndexBuilder(Path directory, RocksIndex index) {
        this.directory = directory;
        this.index = index;
        this.environment = RocksIndex.own(owned, new EnvOptions());
        this.options = RocksIndex.tableOptions(owned);
    }

    /** An index without rows, in a folder that is empty or absent; STORE_CORRUPT or DISK_FAILED if it can't be made. */
    public static IndexBuilder create(Path directory) {
        return new IndexBuilder(directory, RocksIndex.open(directory, CACHE_BYTES));
    }

    /**
     * Adds a row, whose key comes behind that of the row before if they are of one family; a family's rows come one after the other.
     *
     * @throws StoreException if it can't be written
     */
    public void add(Family of, byte[] key, byte[] value) {
        try {
            SstFileWriter out = writer;
            if (of != family || out == null || (++rows % ROWS_PER_LOOK == 0 && out.fileSize() >= FILE_BYTES)) {
                out = begin(of);
            }
            out.put(key, value);
        } catch (RocksDBException e) {
            throw RocksIndex.failure("writing", directory, e);
        }
    }

    private SstFileWriter begin(Family of) throws RocksDBException {
        end();
        Path file = directory.resolve("carried-" + number++ + ".sst");
        SstFileWriter begun = new SstFileWriter(environment, options);
        writer = begun;
        family = of;
        begun.open(file.toString());
        files.computeIfAbsent(of, any -> new ArrayList<>()).add(file);
        return begun;
    }

    private void end() throws RocksDBException {
        SstFileWriter ending = writer;
        if (ending != null) {
            writer = null;
            try (ending) {
                ending.finish();
            }
        }
    }

    /** Makes all rows those of the index. */
    public void finish() {
        try {
            end();
        } catch (RocksDBException e) {
            throw RocksIndex.failure("writing", directory, e);
        }
        files.forEach(index::ingest);
    }

    /** Ends it; what was not finished is of no use. */
    @Override
    public void close() {
        SstFileWriter open = writer;
        if (open != null) {
            open.close();
        }
        index.close();
        RocksIndex.closeInReverse(owned);
    }
}
