package dev.permafrost.store.index;

import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What an index holds, in the order of its keys, at the pace of whoever asks: for passes over several at once. Reads a batch of rows at a
 * time, so that no index is kept from closing; for one that changes meanwhile, each batch is of its own moment. For one thread, which it
 * blocks.
 */
public final class EntryCursor {
    private static final int BATCH_ROWS = 1024;

    private final Index index;
    private final byte[] prefix;
    private final Deque<Row> batch = new ArrayDeque<>(BATCH_ROWS);
    private byte @Nullable [] behind;
    private boolean ended;

    /** A row as it is read. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Row(byte[] key, byte[] value) {}

    /** What is held under a key. */
    public record Held(ArtifactKey key, Entry entry) {}

    /** Of a repository, or, for "", of all. */
    public EntryCursor(Index index, String repository) {
        this.index = index;
        this.prefix = repository.isEmpty() ? new byte[0] : Keys.entryPrefix(repository, "");
    }

    /** Whether there is one more. */
    public boolean hasNext() {
        if (batch.isEmpty() && !ended) {
            fill();
        }
        return !batch.isEmpty();
    }

    /** The next one; there is one. */
    public Held next() {
        if (!hasNext()) {
            throw new IllegalStateException("there are no more entries");
        }
        Row row = batch.remove();
        return new Held(Keys.entryKey(row.key()), EntryCodec.decode(row.value()));
    }

    /** Which of two cursors has the smaller key next, as a comparator says; one without a next one has the largest. */
    public int compareNext(EntryCursor other) {
        if (!hasNext() || !other.hasNext()) {
            return Boolean.compare(other.hasNext(), hasNext());
        }
        return Arrays.compareUnsigned(
                batch.element().key(), other.batch.element().key());
    }

    private void fill() {
        byte[] from = behind;
        index.walk(Family.ENTRY, prefix, (key, value) -> {
            if (from != null && Arrays.compareUnsigned(key, from) < 0) {
                return from;
            }
            batch.add(new Row(key, value.get()));
            return batch.size() < BATCH_ROWS ? key : null;
        });
        ended = batch.size() < BATCH_ROWS;
        if (!ended) {
            byte[] last = batch.getLast().key();
            // the smallest key that is larger
            behind = Arrays.copyOf(last, last.length + 1);
        }
    }
}
