package dev.permafrost.store.index;

import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Rows to be written together. Not for several threads. */
public final class Batch {
    /** How a logged batch begins: where an entry's record has the length of its key, which is never 0. */
    private static final byte[] LOGGED = new byte[Integer.BYTES];

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

    /** Forgets what is known of a blob. */
    public Batch deleteBlob(Digest digest) {
        return delete(Family.BLOB, Keys.blob(digest));
    }

    /** Sets a document's chunks; those of an earlier version beyond this number are the caller's to delete. */
    public Batch putDoc(DocKey key, List<byte[]> chunks) {
        for (int i = 0; i < chunks.size(); i++) {
            putDocChunk(key, i, chunks.get(i));
        }
        return this;
    }

    /** Sets one of a document's chunks. */
    public Batch putDocChunk(DocKey key, int number, byte[] chunk) {
        return put(Family.DOC, Keys.docChunk(key, number), chunk);
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

    /** Remembers what was written together with this, as {@link #logged} has it, until {@link #deleteAmended}. */
    public Batch putAmended(byte[] logged) {
        return put(Family.META, Keys.amended(), logged);
    }

    /** Forgets what was remembered by {@link #putAmended}. */
    public Batch deleteAmended() {
        return delete(Family.META, Keys.amended());
    }

    /** Remembers how far the blobs have been read again, in bytes that who reads them owns. */
    public Batch putScrubbed(byte[] state) {
        return put(Family.META, Keys.scrubbed(), state);
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

    /** The rows that tell what is held, as one piece of bytes, for logs: all but those of {@link Family#META}. */
    public byte[] logged() {
        List<Row> told =
                rows.stream().filter(row -> row.family() != Family.META).toList();
        int length = LOGGED.length;
        for (Row row : told) {
            byte[] value = row.value();
            length += 1 + 2 * Integer.BYTES + row.key().length + (value == null ? 0 : value.length);
        }
        ByteBuffer out = ByteBuffer.allocate(length).put(LOGGED);
        for (Row row : told) {
            byte[] value = row.value();
            out.put((byte) row.family().code()).putInt(row.key().length).put(row.key());
            if (value == null) {
                out.putInt(-1);
            } else {
                out.putInt(value.length).put(value);
            }
        }
        return out.array();
    }

    /** Whether bytes of a log are those of a batch, and not an entry's. */
    public static boolean isLogged(byte[] bytes) {
        return bytes.length >= LOGGED.length && Arrays.equals(bytes, 0, LOGGED.length, LOGGED, 0, LOGGED.length);
    }

    /**
     * The batch of these bytes.
     *
     * @param there whether there is a blob of that digest and size; what says that there is, and it is not, is left out
     * @throws StoreException of kind STORE_CORRUPT if they are no batch
     */
    public static Batch ofLogged(byte[] bytes, BiPredicate<Digest, Long> there) {
        Batch batch = new Batch();
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes).position(LOGGED.length);
            while (in.hasRemaining()) {
                Family family = Family.ofCode(in.get());
                byte[] key = read(in, in.getInt());
                int length = in.getInt();
                if (length < 0) {
                    batch.delete(family, key);
                    continue;
                }
                byte[] value = read(in, length);
                boolean holds = switch (family) {
                    case ENTRY -> {
                        Entry entry = EntryCodec.decode(value);
                        yield there.test(entry.digest(), entry.sizeBytes());
                    }
                    case BLOB ->
                        there.test(
                                Keys.blobDigest(key),
                                BlobRecordCodec.decode(value).sizeBytes());
                    case DOC, META -> true;
                };
                if (holds) {
                    batch.put(family, key, value);
                }
            }
        } catch (BufferUnderflowException e) {
            throw new StoreException(FailureKind.STORE_CORRUPT, "a logged batch is too short", e);
        }
        return batch;
    }

    private static byte[] read(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    /** The rows, in the order in which they were added. */
    public List<Row> rows() {
        return Collections.unmodifiableList(rows);
    }

    /** A row to be set, or, without a value, to be deleted. Whoever is given one must not change its bytes. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy for each row would cost more than it guards
    public record Row(Family family, byte[] key, byte @Nullable [] value) {}
}
