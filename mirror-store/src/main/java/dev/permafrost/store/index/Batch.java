package dev.permafrost.store.index;

import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows to be written together. Not for several threads. */
public final class Batch {
    private final List<Row> rows = new ArrayList<>();

    /** An empty batch. */
    public Batch() {}

    /** Sets what is held under a key. */
    public Batch putEntry(ArtifactKey key, Entry entry) {
        return put(Family.ENTRY, Keys.entry(key), EntryCodec.encode(entry));
    }

    /** Forgets what is held under a key. */
    public Batch deleteEntry(ArtifactKey key) {
        return delete(Family.ENTRY, Keys.entry(key));
    }

    /** Sets what is known of a blob. */
    public Batch putBlob(Digest digest, BlobRecord record) {
        return put(Family.BLOB, Keys.blob(digest), BlobRecordCodec.encode(record));
    }

    /** Sets a document's chunks; those of an earlier version beyond this number are the caller's to delete. */
    public Batch putDoc(DocKey key, List<byte[]> chunks) {
        for (int i = 0; i < chunks.size(); i++) {
            put(Family.DOC, Keys.docChunk(key, i), chunks.get(i));
        }
        return this;
    }

    /** Deletes a document's chunks from one number up to another, exclusive. */
    public Batch deleteDocChunks(DocKey key, int from, int to) {
        for (int i = from; i < to; i++) {
            delete(Family.DOC, Keys.docChunk(key, i));
        }
        return this;
    }

    /** Remembers a suspended download. */
    public Batch putPartial(ArtifactKey key, Partial partial) {
        return put(Family.META, Keys.partial(key), PartialCodec.encode(partial));
    }

    /** Forgets a suspended download. */
    public Batch deletePartial(ArtifactKey key) {
        return delete(Family.META, Keys.partial(key));
    }

    /** Says that the index holds all that it should: that no rebuilding of it was cut short. */
    public Batch markWhole() {
        return put(Family.META, Keys.whole(), new byte[] {1});
    }

    /** Sets any row. */
    public Batch put(Family family, byte[] key, byte[] value) {
        rows.add(new Row(family, key, value));
        return this;
    }

    /** Deletes any row. */
    public Batch delete(Family family, byte[] key) {
        rows.add(new Row(family, key, null));
        return this;
    }

    /** The rows, in the order in which they were added. */
    public List<Row> rows() {
        return Collections.unmodifiableList(rows);
    }

    /** A row to be set, or, without a value, to be deleted. Whoever is given one must not change its bytes. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy for each row would cost more than it guards
    public record Row(Family family, byte[] key, byte @Nullable [] value) {}
}
