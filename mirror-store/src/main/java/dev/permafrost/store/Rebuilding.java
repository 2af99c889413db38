package dev.permafrost.store;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.index.EntryRecord;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes an index from the journal where it was lost. */
final class Rebuilding {
    private static final Logger log = LoggerFactory.getLogger(Rebuilding.class);

    private Rebuilding() {}

    /**
     * Makes the index of a new store, or of one whose index was lost, or whose rebuilding was cut short, whole: it says that
     * it is with its last row.
     */
    static void rebuild(Path root, Index index, BlobStore blobs, Instant now) throws IOException {
        if (EntryJournal.exists(root)) {
            log.warn("the index of {} is lost; rebuilding it from the journal", root);
            long[] records = {0};
            Set<Digest> gone = new HashSet<>();
            BiPredicate<Digest, Long> there = (digest, sizeBytes) -> {
                boolean is = blobs.size(digest).orElse(-1) == sizeBytes;
                if (!is) {
                    gone.add(digest);
                }
                return is;
            };
            EntryJournal.replay(root, record -> {
                index.write(replayed(record, there, now), false);
                records[0]++;
            });
            log.warn("rebuilt the index of {}: {} records replayed, {} blobs are gone", root, records[0], gone.size());
        }
        index.write(new Batch().markWhole(), true);
    }

    private static Batch replayed(byte[] record, BiPredicate<Digest, Long> there, Instant now) {
        if (Batch.isLogged(record)) {
            return Batch.ofLogged(record, there);
        }
        EntryRecord one = EntryRecord.decode(record);
        Entry entry = one.entry();
        Batch batch = new Batch();
        if (entry == null) {
            batch.deleteEntry(one.key());
        } else if (there.test(entry.digest(), entry.sizeBytes())) {
            batch.putBlob(entry.digest(), new BlobRecord(entry.sizeBytes(), Map.of(), now))
                    .putEntry(one.key(), entry);
        }
        return batch;
    }
}
