package dev.permafrost.store.transfer;

import dev.permafrost.store.index.CarriedRows;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the indexes of two snapshots differ in, found by reading both side by side, in no memory to speak of. Blocks. */
final class RowChanges {
    private static final int REPOSITORIES_MAX = 10_000;
    private static final int ROWS_PER_WORD = 10_000;

    private final RowsWriter out;
    private final Progress progress;
    private final TreeSet<String> repositories = new TreeSet<>();
    private byte[] last = {};
    private long rows;

    RowChanges(RowsWriter out, Progress progress) {
        this.out = out;
        this.progress = progress;
    }

    /** Where a snapshot lies: its index, and its list of blobs. */
    record Side(RocksIndex index, Path list) {}

    /** Writes what makes of the base's rows those that are wanted; without a base, all. */
    void write(@Nullable Side base, Side wanted) {
        for (Family family : CarriedRows.FAMILIES) {
            try (SnapshotRows before = SnapshotRows.of(
                            base == null ? null : base.index(), family, base == null ? null : base.list());
                    SnapshotRows after = SnapshotRows.of(wanted.index(), family, wanted.list())) {
                write(family, before, after);
            }
        }
    }

    private void write(Family family, SnapshotRows before, SnapshotRows after) {
        byte[] old = before.next();
        byte[] now = after.next();
        while (old != null || now != null) {
            if (++rows % ROWS_PER_WORD == 0) {
                progress.at("reading the index", rows, 0);
            }
            int order = old == null ? 1 : now == null ? -1 : Arrays.compareUnsigned(old, now);
            if (order < 0 && old != null) {
                out.delete(family, old);
                old = before.next();
            } else if (order > 0 && now != null) {
                out.put(family, now, after.value());
                note(family, now);
                now = after.next();
            } else if (now != null) {
                byte[] value = after.value();
                if (!Arrays.equals(before.value(), value)) {
                    out.put(family, now, value);
                }
                note(family, now);
                old = before.next();
                now = after.next();
            }
        }
    }

    private void note(Family family, byte[] key) {
        if (family != Family.BLOB && !CarriedRows.isOfSameRepository(key, last)) {
            repositories.add(CarriedRows.repository(key));
            last = key;
            if (repositories.size() > REPOSITORIES_MAX) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "the snapshot has more than " + REPOSITORIES_MAX
                                + " repositories, which is the most that is carried");
            }
        }
    }

    /** The repositories that the wanted snapshot has anything of. */
    List<String> repositories() {
        return List.copyOf(repositories);
    }
}
