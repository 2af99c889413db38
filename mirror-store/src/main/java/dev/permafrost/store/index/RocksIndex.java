package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.Priority;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.LoggerFactory;

/**
 * The index in RocksDB.
 *
 * <p>When the disk is full, RocksDB goes on reading, refuses to write, looks every five seconds whether there is space
 * again, and then goes on by itself.
 *
 * <p>Closing a database under a reader crashes the JVM: every call holds the gate's read lock, closing takes its write
 * lock. Handles are closed in the documented order: column families, database, then the options they were opened with.
 */
public final class RocksIndex implements Index {
    private static final org.slf4j.Logger log = LoggerFactory.getLogger(RocksIndex.class);
    private static final int BLOOM_BITS = 10;
    private static final long BLOCK_BYTES = 16 * 1024;
    /**
     * Rows kept in memory for each family before they are written out. It is also the space that must be free before RocksDB
     * writes again after a full disk, and what it claims ahead for its log.
     */
    private static final long WRITE_BUFFER_BYTES = 16 << 20;

    /** What must be free on the disk for it to write: RocksDB refuses with less. */
    public static final long FREE_BYTES_MIN = 2 * WRITE_BUFFER_BYTES;

    private static final long CURSOR_READAHEAD_BYTES = 2 << 20;
    /** Log that is replayed at most when a store opens after a crash. */
    private static final long LOG_BYTES_MAX = 64 << 20;

    private final Path directory;
    private final RocksDB db;
    private final Map<Family, ColumnFamilyHandle> handles;
    private final List<AbstractNativeReference> options;
    private final WriteOptions syncedWrite = new WriteOptions().setSync(true);
    private final WriteOptions plainWrite = new WriteOptions().setSync(false);
    private final ReadWriteLock gate = new ReentrantReadWriteLock();
    private boolean closed;

    private RocksIndex(
            Path directory,
            RocksDB db,
            Map<Family, ColumnFamilyHandle> handles,
            List<AbstractNativeReference> options) {
        this.directory = directory;
        this.db = db;
        this.handles = handles;
        this.options = options;
    }

    /**
     * Opens the index in a folder for reading and writing, creating it if the folder is empty or absent. Blocks.
     *
     * @param cacheBytes how much memory to keep blocks in
     * @throws StoreException if it can't be opened
     */
    public static RocksIndex open(Path directory, long cacheBytes) {
        return open(directory, cacheBytes, false);
    }

    /**
     * Opens the index in a folder for reading. Nothing is written there, so it may lie on a read-only medium; no other
     * process may have it open for writing. Blocks.
     *
     * @param cacheBytes how much memory to keep blocks in
     * @throws StoreException if it can't be opened
     */
    public static RocksIndex openReadOnly(Path directory, long cacheBytes) {
        return open(directory, cacheBytes, true);
    }

    private static RocksIndex open(Path directory, long cacheBytes, boolean readOnly) {
        RocksDB.loadLibrary();
        List<AbstractNativeReference> owned = new ArrayList<>();
        ColumnFamilyOptions familyOptions = own(owned, familyOptions(owned, cacheBytes));
        // what is made smaller, larger or read again is nothing that anybody waits for
        Env env = Env.getDefault().lowerThreadPoolCPUPriority(Priority.LOW).lowerThreadPoolIOPriority(Priority.LOW);
        DBOptions dbOptions = own(
                owned,
                new DBOptions()
                        .setEnv(env)
                        .setCreateIfMissing(!readOnly)
                        .setCreateMissingColumnFamilies(!readOnly)
                        .setMaxOpenFiles(-1)
                        .setMaxTotalWalSize(LOG_BYTES_MAX)
                        .setParanoidChecks(true)
                        .setAvoidUnnecessaryBlockingIO(true)
                        // A logger of ours instead of LOG files: a frozen index must stay as it is, byte for byte.
                        .setLogger(own(owned, new RocksLog())));

        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
        for (Family family : Family.values()) {
            descriptors.add(new ColumnFamilyDescriptor(family.label().getBytes(UTF_8), familyOptions));
        }
        List<ColumnFamilyHandle> opened = new ArrayList<>();
        try {
            String path = directory.toString();
            if (!readOnly) {
                Files.createDirectories(directory);
            }
            RocksDB db = readOnly
                    ? RocksDB.openReadOnly(dbOptions, path, descriptors, opened)
                    : RocksDB.open(dbOptions, path, descriptors, opened);
            Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
            Iterator<ColumnFamilyHandle> inOrder = opened.iterator();
            inOrder.next().close(); // the default family, which holds nothing
            for (Family family : Family.values()) {
                handles.put(family, inOrder.next());
            }
            return new RocksIndex(directory, db, handles, owned);
        } catch (RocksDBException e) {
            closeInReverse(owned);
            throw failure("opening", directory, e);
        } catch (IOException e) {
            closeInReverse(owned);
            throw new StoreException(FailureKind.DISK_FAILED, "creating " + directory + ": " + e, e);
        }
    }

    /** What the tables of every family are like. */
    private static ColumnFamilyOptions familyOptions(List<AbstractNativeReference> owned, long cacheBytes) {
        LRUCache cache = own(owned, new LRUCache(cacheBytes));
        BloomFilter bloom = own(owned, new BloomFilter(BLOOM_BITS, false));
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setBlockSize(BLOCK_BYTES)
                .setFilterPolicy(bloom)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true);
        return new ColumnFamilyOptions()
                .setTableFormatConfig(table)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION);
    }

    /** How a table is written that nothing comes behind: as those of a family are, once they are compacted. */
    static Options tableOptions(List<AbstractNativeReference> owned) {
        RocksDB.loadLibrary();
        ColumnFamilyOptions family = own(owned, familyOptions(owned, WRITE_BUFFER_BYTES));
        family.setCompressionType(CompressionType.ZSTD_COMPRESSION);
        return own(owned, new Options(own(owned, new DBOptions()), family));
    }

    /** Takes in tables that were written beside; they are moved, not copied. */
    void ingest(Family family, List<Path> tables) {
        gate.readLock().lock();
        try (IngestExternalFileOptions moved = new IngestExternalFileOptions().setMoveFiles(true)) {
            requireOpen();
            db.ingestExternalFile(
                    handle(family), tables.stream().map(Path::toString).toList(), moved);
        } catch (RocksDBException e) {
            throw failure("writing to", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    /** Opens a cursor over a family's rows, for passes over much: nothing of what it reads is kept in memory. Blocks. */
    public RowCursor cursor(Family family) {
        gate.readLock().lock();
        boolean opened = false;
        try {
            requireOpen();
            ReadOptions read = new ReadOptions().setFillCache(false).setReadaheadSize(CURSOR_READAHEAD_BYTES);
            RowCursor cursor =
                    new RocksCursor(directory, db.newIterator(handle(family), read), read, gate.readLock()::unlock);
            opened = true;
            return cursor;
        } finally {
            if (!opened) {
                gate.readLock().unlock();
            }
        }
    }

    /** Deletes all rows of a family whose keys have these prefixes, and writes those files anew that had any. Blocks. */
    void forget(Family family, List<byte[]> prefixes) {
        gate.readLock().lock();
        try (CompactRangeOptions all =
                new CompactRangeOptions().setBottommostLevelCompaction(BottommostLevelCompaction.kForce)) {
            requireOpen();
            for (byte[] prefix : prefixes) {
                db.deleteRange(handle(family), prefix, Keys.behind(prefix));
                db.compactRange(handle(family), prefix, Keys.behind(prefix), all);
            }
        } catch (RocksDBException e) {
            throw failure("writing to", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
        gate.readLock().lock();
        try {
            requireOpen();
            return db.get(handle(family), key);
        } catch (RocksDBException e) {
            throw failure("reading", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public List<byte[]> series(Family family, IntFunction<byte[]> key) {
        gate.readLock().lock();
        try {
            requireOpen();
            List<byte[]> values = new ArrayList<>();
            Snapshot moment = db.getSnapshot();
            try (ReadOptions read = new ReadOptions().setSnapshot(moment)) {
                // unlike an iterator, which reads a block of every level, this asks the filters first
                for (byte[] value = db.get(handle(family), read, key.apply(0));
                        value != null;
                        value = db.get(handle(family), read, key.apply(values.size()))) {
                    values.add(value);
                }
            } finally {
                db.releaseSnapshot(moment);
            }
            return values;
        } catch (RocksDBException e) {
            throw failure("reading", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public void scan(Family family, byte[] prefix, RowVisitor visitor) {
        gate.readLock().lock();
        try {
            requireOpen();
            try (ReadOptions read = new ReadOptions();
                    RocksIterator rows = db.newIterator(handle(family), read)) {
                for (rows.seek(prefix); rows.isValid(); rows.next()) {
                    byte[] key = rows.key();
                    if (!startsWith(key, prefix) || !visitor.visit(key, rows.value())) {
                        break;
                    }
                }
                rows.status();
            }
        } catch (RocksDBException e) {
            throw failure("reading", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public void walk(Family family, byte[] prefix, Walker walker) {
        gate.readLock().lock();
        try {
            requireOpen();
            // blocks that are read once must not push out those that requests need
            try (ReadOptions read = new ReadOptions().setFillCache(false);
                    RocksIterator rows = db.newIterator(handle(family), read)) {
                rows.seek(prefix);
                while (rows.isValid()) {
                    byte[] key = rows.key();
                    byte[] onwards = startsWith(key, prefix) ? walker.at(key, rows::value) : null;
                    if (onwards == null) {
                        break;
                    }
                    if (Arrays.compareUnsigned(onwards, key) > 0) {
                        rows.seek(onwards);
                    } else {
                        rows.next();
                    }
                }
                rows.status();
            }
        } catch (RocksDBException e) {
            throw failure("reading", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public long lastChange() {
        gate.readLock().lock();
        try {
            requireOpen();
            return db.getLatestSequenceNumber();
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public void write(Batch batch, boolean sync) {
        gate.readLock().lock();
        try (WriteBatch rows = new WriteBatch()) {
            requireOpen();
            for (Batch.Row row : batch.rows()) {
                byte[] value = row.value();
                if (value == null) {
                    rows.delete(handle(row.family()), row.key());
                } else {
                    rows.put(handle(row.family()), row.key(), value);
                }
            }
            db.write(sync ? syncedWrite : plainWrite, rows);
        } catch (RocksDBException e) {
            throw failure("writing to", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public void checkpoint(Path target) {
        gate.readLock().lock();
        try {
            requireOpen();
            try (Checkpoint checkpoint = Checkpoint.create(db)) {
                checkpoint.createCheckpoint(target.toString());
            }
        } catch (RocksDBException e) {
            throw failure("copying to " + target, directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public IndexFigures figures() {
        gate.readLock().lock();
        try {
            requireOpen();
            return new IndexFigures(
                    db.getAggregatedLongProperty("rocksdb.live-sst-files-size"),
                    db.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables"),
                    // one cache for all families
                    db.getLongProperty(handle(Family.ENTRY), "rocksdb.block-cache-usage"),
                    db.getAggregatedLongProperty("rocksdb.estimate-num-keys"),
                    db.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes"),
                    // of the database, whichever family is asked
                    db.getLongProperty(handle(Family.ENTRY), "rocksdb.num-running-compactions"),
                    db.getLongProperty(handle(Family.ENTRY), "rocksdb.num-running-flushes"),
                    db.getLongProperty(handle(Family.ENTRY), "rocksdb.background-errors"),
                    db.getLongProperty(handle(Family.ENTRY), "rocksdb.is-write-stopped") != 0);
        } catch (RocksDBException e) {
            throw failure("asking", directory, e);
        } finally {
            gate.readLock().unlock();
        }
    }

    @Override
    public void close() {
        gate.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            handles.values().forEach(ColumnFamilyHandle::close);
            try {
                db.closeE();
            } catch (RocksDBException e) {
                log.warn("closing {}: {}", directory, e.getMessage());
            }
            syncedWrite.close();
            plainWrite.close();
            closeInReverse(options);
        } finally {
            gate.writeLock().unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the index " + directory + " is closed");
        }
    }

    private ColumnFamilyHandle handle(Family family) {
        ColumnFamilyHandle handle = handles.get(family);
        if (handle == null) {
            throw new IllegalStateException("every family has a handle");
        }
        return handle;
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        if (key.length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (key[i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    static <T extends AbstractNativeReference> T own(List<AbstractNativeReference> owned, T object) {
        owned.add(object);
        return object;
    }

    static void closeInReverse(List<AbstractNativeReference> owned) {
        for (int i = owned.size() - 1; i >= 0; i--) {
            owned.get(i).close();
        }
    }

    static StoreException failure(String what, Path directory, RocksDBException cause) {
        String message = String.valueOf(cause.getMessage());
        String lower = message.toLowerCase(Locale.ROOT);
        FailureKind kind = FailureKind.DISK_FAILED;
        if (lower.contains("no space left") || lower.contains("quota exceeded")) {
            kind = FailureKind.DISK_FULL;
        } else if (lower.contains("read-only file system")) {
            kind = FailureKind.STORE_READ_ONLY;
        } else if (corrupt(cause) || lower.contains("corrupt")) {
            kind = FailureKind.STORE_CORRUPT;
        }
        String remedy = kind == FailureKind.DISK_FULL
                ? ". Free at least " + (FREE_BYTES_MIN >> 20)
                        + " MiB on that disk, and it goes on within seconds;"
                        + " what is stored stays readable meanwhile"
                : "";
        return new StoreException(kind, what + " the index " + directory + ": " + message + remedy, cause);
    }

    private static boolean corrupt(RocksDBException cause) {
        Status status = cause.getStatus();
        return status != null && status.getCode() == Status.Code.Corruption;
    }

    /** RocksDB's own messages, by way of ours. */
    private static final class RocksLog extends org.rocksdb.Logger {
        RocksLog() {
            super(InfoLogLevel.WARN_LEVEL);
        }

        @Override
        protected void log(InfoLogLevel level, String message) {
            if (level == InfoLogLevel.ERROR_LEVEL || level == InfoLogLevel.FATAL_LEVEL) {
                log.error("{}", message);
            } else if (message.contains("Tail prefetch size") || message.contains("opened without unique ID")) {
                // said as a warning of every table that is taken in, and none
                log.debug("{}", message);
            } else {
                log.info("{}", message);
            }
        }
    }
}
