package dev.permafrost.store.index;

/**
 * How the index is doing, as RocksDB counts it without looking at a row. What a kind of index does not know is 0.
 *
 * @param tableBytes size of the sorted files that are in use
 * @param memtableBytes memory that rows take which are not written out yet
 * @param cacheBytes memory that cached blocks take
 * @param estimatedRows about how many rows there are
 * @param pendingCompactionBytes bytes that are to be rewritten before the files are in order again
 * @param runningCompactions compactions under way
 * @param runningFlushes writings-out under way
 * @param backgroundErrors failures of compactions and writings-out since it was opened
 * @param writeStopped whether it refuses to write for now
 */
public record IndexFigures(
        long tableBytes,
        long memtableBytes,
        long cacheBytes,
        long estimatedRows,
        long pendingCompactionBytes,
        long runningCompactions,
        long runningFlushes,
        long backgroundErrors,
        boolean writeStopped) {
    /** Of an index that counts nothing. */
    public static final IndexFigures NONE = new IndexFigures(0, 0, 0, 0, 0, 0, 0, 0, false);
}
