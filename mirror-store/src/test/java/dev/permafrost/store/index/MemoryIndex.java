package dev.permafrost.store.index;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** An index in memory; it has no checkpoints. */
public final class MemoryIndex implements Index {
    private final Map<Family, NavigableMap<byte[], byte[]>> rows = new EnumMap<>(Family.class);
    private boolean closed;

    /** An empty index. */
    public MemoryIndex() {
        for (Family family : Family.values()) {
            rows.put(family, new TreeMap<>(Arrays::compareUnsigned));
        }
    }

    @Override
    public synchronized byte @Nullable [] get(Family family, byte[] key) {
        byte[] value = rows(family).get(key);
        return value == null ? null : value.clone();
    }

    @Override
    public List<byte[]> series(Family family, IntFunction<byte[]> key) {
        NavigableMap<byte[], byte[]> moment = new TreeMap<>(Arrays::compareUnsigned);
        synchronized (this) {
            moment.putAll(rows(family));
        }
        List<byte[]> values = new ArrayList<>();
        for (byte[] value = moment.get(key.apply(0)); value != null; value = moment.get(key.apply(values.size()))) {
            values.add(value.clone());
        }
        return values;
    }

    @Override
    public void scan(Family family, byte[] prefix, RowVisitor visitor) {
        NavigableMap<byte[], byte[]> snapshot = new TreeMap<>(Arrays::compareUnsigned);
        synchronized (this) {
            snapshot.putAll(rows(family).tailMap(prefix, true));
        }
        for (Map.Entry<byte[], byte[]> row : snapshot.entrySet()) {
            byte[] key = row.getKey();
            boolean within =
                    key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
            if (!within || !visitor.visit(key.clone(), row.getValue().clone())) {
                return;
            }
        }
    }

    @Override
    public synchronized void write(Batch batch, boolean sync) {
        for (Batch.Row row : batch.rows()) {
            byte[] value = row.value();
            if (value == null) {
                rows(row.family()).remove(row.key());
            } else {
                rows(row.family()).put(row.key().clone(), value.clone());
            }
        }
    }

    @Override
    public void checkpoint(Path directory) {
        throw new UnsupportedOperationException("an index in memory has no checkpoints");
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private NavigableMap<byte[], byte[]> rows(Family family) {
        NavigableMap<byte[], byte[]> all = rows.get(family);
        if (closed || all == null) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the index is closed");
        }
        return all;
    }
}
