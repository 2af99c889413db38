package dev.permafrost.store;

import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.EntryRecord;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.Partial;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what a store holds: to its index and to its journal, in the order that makes a lost index one that can be had again. An entry
 * goes to the journal first; an amendment, which says more than a journal could be asked to take back, to the index first. Blocks.
 */
final class Amendments {
    private static final Logger log = LoggerFactory.getLogger(Amendments.class);

    private final Index index;
    private final Catalog catalog;
    private final EntryJournal journal;
    private final Clock clock;
    /** The documents of which this process has put the whole into the journal. */
    private final Set<DocKey> journaled = ConcurrentHashMap.newKeySet();
    /** An amendment that the index has and the journal could not be told of; touched while amending. */
    private byte @Nullable [] unjournaled;

    /** Those of an index and its journal. */
    Amendments(Index index, EntryJournal journal, Clock clock) {
        this.index = index;
        this.catalog = new Catalog(index);
        this.journal = journal;
        this.clock = clock;
    }

    /**
     * Makes a committed blob an entry's.
     *
     * @param superseded is given the name of the staged file that a suspended download of the same key was to go on with
     */
    Entry write(ArtifactKey key, CommittedBlob blob, String origin, Consumer<String> superseded) {
        Batch batch = new Batch();
        Entry entry = put(batch, key, blob, origin);
        journal.append(new EntryRecord(key, entry));
        Optional<Partial> partial = catalog.partial(key);
        partial.ifPresent(row -> batch.deletePartial(key));
        index.write(batch, true);
        partial.ifPresent(row -> superseded.accept(row.staged()));
        return entry;
    }

    private Entry put(Batch batch, ArtifactKey key, CommittedBlob blob, String origin) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        Entry entry = new Entry(blob.digest(), blob.sizeBytes(), blob.verification(), now, origin);
        Map<Algorithm, Digest> others = new EnumMap<>(blob.digests());
        others.remove(Algorithm.SHA256);
        batch.putBlob(blob.digest(), new BlobRecord(blob.sizeBytes(), others, now))
                .putEntry(key, entry);
        return entry;
    }

    /** Makes a change of what is there, whole or not at all; others that make one wait. */
    synchronized void amend(Supplier<Amendment> made) {
        amend(made.get(), "");
    }

    /** Makes a committed blob an entry's, with what is to change beside it. */
    synchronized Entry amendWith(
            ArtifactKey key, CommittedBlob blob, String origin, Function<CommittedBlob, Amendment> beside) {
        Amendment amendment = beside.apply(blob);
        Map<ArtifactKey, CommittedBlob> added = new HashMap<>(amendment.added());
        added.put(key, blob);
        amend(new Amendment(amendment.docs(), added, amendment.deleted()), origin);
        return catalog.entry(key).orElseThrow();
    }

    /** Writes an amendment: to the index, which acknowledges it, and to the journal. */
    private void amend(Amendment amendment, String origin) {
        Batch batch = new Batch();
        amendment.added().forEach((key, blob) -> put(batch, key, blob, origin));
        amendment.docs().forEach((key, chunks) -> putChanged(batch, key, chunks));
        amendment.deleted().forEach(batch::deleteEntry);
        if (batch.rows().isEmpty()) {
            return;
        }
        byte[] logged = batch.logged();
        if (logged.length > EntryJournal.RECORD_BYTES_MAX) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "a change of " + logged.length + " bytes at once is more than the store takes: "
                            + amendment.docs().keySet());
        }
        byte[] before = unjournaled;
        if (before != null) {
            journal.append(before);
            unjournaled = null;
        }
        index.write(batch.putAmended(logged), true);
        journaled.addAll(amendment.docs().keySet());
        try {
            journal.append(logged);
        } catch (StoreException e) {
            unjournaled = logged;
            log.warn("the journal lags behind the index until it can be written to: {}", e.getMessage());
        }
    }

    /** Those of a document's chunks that are not what they were: a page of many files changes in few places. */
    private void putChanged(Batch batch, DocKey key, List<byte[]> chunks) {
        // what the journal has of it may be less than the index has: the version before kept none of it there
        List<byte[]> before = journaled.contains(key) ? catalog.doc(key) : List.of();
        for (int i = 0; i < chunks.size(); i++) {
            if (i >= before.size() || !Arrays.equals(before.get(i), chunks.get(i))) {
                batch.putDocChunk(key, i, chunks.get(i));
            }
        }
        batch.deleteDocChunks(key, chunks.size(), catalog.docChunks(key));
    }

    /** The journal may lack what the index had taken last when the process ended; to say it twice does no harm. */
    void catchUp() {
        byte[] amended = catalog.amended().orElse(null);
        if (amended != null) {
            journal.append(amended);
            index.write(new Batch().deleteAmended(), false);
        }
    }
}
