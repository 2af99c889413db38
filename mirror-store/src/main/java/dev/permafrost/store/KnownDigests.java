package dev.permafrost.store;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What blobs' digests are in other algorithms than the one that names them. */
final class KnownDigests {
    private static final int COMPUTED_MAX = 10_000;

    private final Catalog catalog;
    private final BlobStore blobs;
    private final Clock clock;
    private final @Nullable Supplier<Index> index;

    /** Digests that were computed of blobs of a store that nothing is written to. */
    private final Map<Digest, Map<Algorithm, Digest>> computed = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Map<Algorithm, Digest>> eldest) {
            return size() > COMPUTED_MAX;
        }
    });

    /**
     * Those of a store.
     *
     * @param index where to remember them, or why that can't be any more; null where nothing is written
     */
    KnownDigests(Catalog catalog, BlobStore blobs, Clock clock, @Nullable Supplier<Index> index) {
        this.catalog = catalog;
        this.blobs = blobs;
        this.clock = clock;
        this.index = index;
    }

    /**
     * The digests of a blob in these algorithms. Those that nobody has asked for yet are computed, which reads all of it, and
     * remembered: in the index, or, where nothing is written, in memory. Blocks.
     *
     * @throws StoreException STORE_CORRUPT if it is not there, or has other bytes than its name says
     */
    Map<Algorithm, Digest> of(Digest blob, Set<Algorithm> wanted) {
        Optional<BlobRecord> record = catalog.blob(blob);
        Map<Algorithm, Digest> known = new EnumMap<>(Algorithm.class);
        known.putAll(record.map(BlobRecord::digests).orElse(Map.of()));
        known.putAll(computed.getOrDefault(blob, Map.of()));
        known.put(Algorithm.SHA256, blob);
        if (known.keySet().containsAll(wanted)) {
            return known;
        }
        try (OpenBlob open = blobs.open(blob)) {
            Map<Algorithm, Digest> read = open.digests(wanted);
            if (!read.containsValue(blob)) {
                throw new StoreException(
                        FailureKind.STORE_CORRUPT, "blob " + blob.hex() + " has other bytes than its name says");
            }
            known.putAll(read);
            remember(blob, open.sizeBytes(), known);
        }
        return known;
    }

    private void remember(Digest blob, long sizeBytes, Map<Algorithm, Digest> digests) {
        Map<Algorithm, Digest> others = new EnumMap<>(digests);
        others.remove(Algorithm.SHA256);
        if (index == null) {
            computed.put(blob, Map.copyOf(others));
            return;
        }
        Instant now = Instant.ofEpochMilli(clock.millis());
        index.get().write(new Batch().putBlob(blob, new BlobRecord(sizeBytes, others, now)), false);
    }
}
