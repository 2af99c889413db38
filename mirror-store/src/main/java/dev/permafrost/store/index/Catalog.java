package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.Verification;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Reads an index by its names instead of by bytes. Blocks. */
public final class Catalog {
    private static final int ROWS_PER_LOOK = 1024;
    /** Sorts behind all keys of a folder. */
    private static final char AFTER_SLASH = '/' + 1;

    private final Index index;

    /** A reader of that index. */
    public Catalog(Index index) {
        this.index = index;
    }

    /** What is held under a key. */
    public Optional<Entry> entry(ArtifactKey key) {
        return Optional.ofNullable(index.get(Family.ENTRY, Keys.entry(key))).map(EntryCodec::decode);
    }

    /** Shows everything held in a repository under keys with that prefix (empty for all), sorted by key. */
    public void entries(String repository, String keyPrefix, BiConsumer<ArtifactKey, Entry> visitor) {
        visitEntries(Keys.entryPrefix(repository, keyPrefix), visitor);
    }

    /** Shows everything held. */
    public void entries(BiConsumer<ArtifactKey, Entry> visitor) {
        visitEntries(new byte[0], visitor);
    }

    /** Is shown the blob of each entry. */
    @FunctionalInterface
    public interface NamedVisitor {
        /** Takes one. */
        void visit(Digest blob, long sizeBytes, Verification how);
    }

    /** Shows what each entry names, in the order of their keys; a blob as often as it is named. Quicker than to look at all of each entry. */
    public void named(NamedVisitor visitor) {
        index.walk(Family.ENTRY, new byte[0], (key, value) -> {
            EntryCodec.named(value.get(), visitor);
            return key;
        });
    }

    /** What is known of a blob. */
    public Optional<BlobRecord> blob(Digest digest) {
        return Optional.ofNullable(index.get(Family.BLOB, Keys.blob(digest))).map(BlobRecordCodec::decode);
    }

    /** Shows every blob that has a row, sorted by digest. */
    public void blobs(BiConsumer<Digest, BlobRecord> visitor) {
        index.scan(Family.BLOB, new byte[0], (key, value) -> {
            visitor.accept(Keys.blobDigest(key), BlobRecordCodec.decode(value));
            return true;
        });
    }

    /**
     * Shows every blob's size, and then how each entry was proved, in no memory to speak of.
     *
     * @param goOn asked now and then, since closing the index waits for this
     * @return whether it came to its end
     */
    public boolean sizes(LongConsumer blobBytes, Consumer<Verification> entry, BooleanSupplier goOn) {
        boolean[] whole = {true};
        int[] rows = {0};
        index.scan(Family.BLOB, new byte[0], (key, value) -> {
            blobBytes.accept(BlobRecordCodec.decode(value).sizeBytes());
            whole[0] = ++rows[0] % ROWS_PER_LOOK != 0 || goOn.getAsBoolean();
            return whole[0];
        });
        if (whole[0]) {
            index.scan(Family.ENTRY, new byte[0], (key, value) -> {
                entry.accept(EntryCodec.decode(value).verification());
                whole[0] = ++rows[0] % ROWS_PER_LOOK != 0 || goOn.getAsBoolean();
                return whole[0];
            });
        }
        return whole[0];
    }

    /** A document's first chunk, which is where formats keep what describes the rest. */
    public Optional<byte[]> docHead(DocKey key) {
        return docChunk(key, 0);
    }

    /** One of a document's chunks. */
    public Optional<byte[]> docChunk(DocKey key, int number) {
        return Optional.ofNullable(index.get(Family.DOC, Keys.docChunk(key, number)));
    }

    /** All chunks of a document, of one moment and in order; empty where there is none. */
    public List<byte[]> doc(DocKey key) {
        return index.series(Family.DOC, number -> Keys.docChunk(key, number));
    }

    /** Shows all chunks of a document, of one moment and in order. For documents of many chunks. */
    public void doc(DocKey key, Consumer<byte[]> visitor) {
        index.scan(Family.DOC, Keys.docPrefix(key), (row, value) -> {
            visitor.accept(value);
            return true;
        });
    }

    /** How many chunks a document has. */
    public int docChunks(DocKey key) {
        if (docHead(key).isEmpty()) {
            return 0;
        }
        int[] n = {0};
        index.scan(Family.DOC, Keys.docPrefix(key), (row, value) -> {
            n[0] = Keys.docChunkOf(row) + 1;
            return true;
        });
        return n[0];
    }

    /**
     * Names the documents of a kind, sorted, while the visitor says to go on. A pass over all of their rows.
     *
     * @param visitor is given the key, and what reads the first chunk as long as the call lasts
     */
    public void docs(String repository, String kind, BiPredicate<String, Supplier<byte[]>> visitor) {
        docs(repository, kind, "", visitor);
    }

    /** The same of those whose keys begin with the prefix: a pass over no more than their rows. */
    public void docs(String repository, String kind, String keyPrefix, BiPredicate<String, Supplier<byte[]>> visitor) {
        index.walk(
                Family.DOC,
                Keys.docKindPrefix(repository, kind, keyPrefix),
                (row, value) -> Keys.docChunkOf(row) != 0 || visitor.test(Keys.docKeyOf(repository, kind, row), value)
                        ? row
                        : null);
    }

    /** The repositories of which something is held or known, sorted. Takes as long as there are repositories, whatever is in them. */
    public Set<String> repositories() {
        Set<String> all = new TreeSet<>();
        for (Family family : List.of(Family.ENTRY, Family.DOC)) {
            index.walk(family, new byte[0], (row, value) -> {
                byte[] prefix = Keys.partPrefixOf(row, 0);
                all.add(new String(prefix, 0, prefix.length - 1, UTF_8));
                return Keys.behind(prefix);
            });
        }
        return all;
    }

    /** The repositories that have documents of a kind, sorted. Takes as long as there are repositories, whatever is in them. */
    public List<String> docRepositories(String kind) {
        List<String> all = new ArrayList<>();
        index.walk(Family.DOC, new byte[0], (row, value) -> {
            String repository = Keys.docRepositoryOf(row);
            byte[] first = Keys.docKindPrefix(repository, kind, "");
            if (Arrays.compareUnsigned(row, first) < 0) {
                return first;
            }
            if (row.length >= first.length && Arrays.equals(first, 0, first.length, row, 0, first.length)) {
                all.add(repository);
            }
            return Keys.behindDocsOf(repository);
        });
        return all;
    }

    /**
     * Names the folders of what is held in a repository, each once, in the order of the keys: what stands before a key's first slash,
     * where there is a key in that folder that fits. Takes as long as there are folders, whatever is in them.
     */
    public void folders(String repository, Predicate<String> fits, Consumer<String> visitor) {
        folders(repository, "", fits, folder -> {
            visitor.accept(folder);
            return true;
        });
    }

    /** The same from behind a folder ("" for the first), while the visitor says to go on. */
    public void folders(String repository, String behind, Predicate<String> fits, Predicate<String> visitor) {
        int start = Keys.entryPrefix(repository, "").length;
        byte[] first = Keys.entryPrefix(repository, behind.isEmpty() ? "" : behind + AFTER_SLASH);
        index.walk(Family.ENTRY, Keys.entryPrefix(repository, ""), (row, value) -> {
            if (Arrays.compareUnsigned(row, first) < 0) {
                return first;
            }
            String key = new String(row, start, row.length - start, UTF_8);
            int slash = key.indexOf('/');
            if (slash < 0 || !fits.test(key)) {
                return row;
            }
            String folder = key.substring(0, slash);
            return visitor.test(folder) ? Keys.entryPrefix(repository, folder + AFTER_SLASH) : null;
        });
    }

    /** The suspended download for a key. */
    public Optional<Partial> partial(ArtifactKey key) {
        return Optional.ofNullable(index.get(Family.META, Keys.partial(key))).map(PartialCodec::decode);
    }

    /** Shows every suspended download. */
    public void partials(BiConsumer<ArtifactKey, Partial> visitor) {
        index.scan(Family.META, Keys.partialPrefix(), (key, value) -> {
            visitor.accept(Keys.partialKey(key), PartialCodec.decode(value));
            return true;
        });
    }

    /** Whether the index holds all that it should; a new one does not say so, nor one whose rebuilding was cut short. */
    public boolean whole() {
        return index.get(Family.META, Keys.whole()) != null;
    }

    /** What {@link Batch#putAmended} remembered. */
    public Optional<byte[]> amended() {
        return Optional.ofNullable(index.get(Family.META, Keys.amended()));
    }

    /** What {@link Batch#putScrubbed} remembered. */
    public Optional<byte[]> scrubbed() {
        return Optional.ofNullable(index.get(Family.META, Keys.scrubbed()));
    }

    private void visitEntries(byte[] prefix, BiConsumer<ArtifactKey, Entry> visitor) {
        index.scan(Family.ENTRY, prefix, (key, value) -> {
            visitor.accept(Keys.entryKey(key), EntryCodec.decode(value));
            return true;
        });
    }
}
