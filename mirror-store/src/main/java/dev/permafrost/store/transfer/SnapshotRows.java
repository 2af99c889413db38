package dev.permafrost.store.transfer;

import dev.permafrost.store.index.CarriedRows;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.index.RowCursor;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The rows of a snapshot that travel with it, sorted, one at a time. One thread. Blocks. */
final class SnapshotRows implements AutoCloseable {
    private final @Nullable RowCursor rows;
    private final Family family;
    /** What the snapshot lists; a row of any other blob stays behind. */
    private final @Nullable BlobLines listed;

    private byte @Nullable [] key;

    private SnapshotRows(@Nullable RowCursor rows, Family family, @Nullable BlobLines listed) {
        this.rows = rows;
        this.family = family;
        this.listed = listed;
        if (listed != null) {
            listed.next();
        }
    }

    /**
     * The rows of one family.
     *
     * @param index of the snapshot, or null for no rows at all
     * @param list the snapshot's list of blobs
     */
    static SnapshotRows of(@Nullable RocksIndex index, Family family, @Nullable Path list) {
        if (index == null || list == null) {
            return new SnapshotRows(null, family, null);
        }
        return new SnapshotRows(index.cursor(family), family, family == Family.BLOB ? BlobLines.of(list) : null);
    }

    /** Goes to the next row; its key, or null behind the last. */
    byte @Nullable [] next() {
        RowCursor from = rows;
        key = null;
        while (from != null && key == null && from.next()) {
            byte[] candidate = from.key();
            if (CarriedRows.travels(family, candidate) && (listed == null || isListed(listed, candidate))) {
                key = candidate;
            }
        }
        return key;
    }

    private static boolean isListed(BlobLines list, byte[] row) {
        while (BlobLines.compare(list.digest(), CarriedRows.blob(row)) < 0) {
            list.next();
        }
        return BlobLines.compare(list.digest(), CarriedRows.blob(row)) == 0;
    }

    /** The key of this row. */
    byte @Nullable [] key() {
        return key;
    }

    /** The value of this row. */
    byte[] value() {
        RowCursor from = rows;
        if (from == null || key == null) {
            throw new IllegalStateException("there is no row");
        }
        return from.value();
    }

    @Override
    public void close() {
        if (rows != null) {
            rows.close();
        }
        if (listed != null) {
            listed.close();
        }
    }
}
