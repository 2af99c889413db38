package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Takes rows out of an index that nobody has open, so that none of its files has anything of them any more. */
public final class Excision {
    private static final int BATCH_ROWS = 1000;

    private Excision() {}

    /**
     * Takes all documents of a kind out of an index that nobody has open, so that none of its files has anything of them any more. Where
     * there are none, nothing is written. Blocks, for as long as it takes to write those files anew that had any.
     *
     * @param cacheBytes how much memory to keep blocks in meanwhile
     * @throws StoreException if it can't be read or written
     */
    public static void forget(Path directory, String kind, long cacheBytes) {
        List<byte[]> prefixes = new ArrayList<>();
        try (RocksIndex index = RocksIndex.openReadOnly(directory, cacheBytes)) {
            index.walk(Family.DOC, new byte[0], (row, value) -> {
                byte[] prefix = Keys.docKindPrefixOf(row);
                if (Keys.docKindOf(prefix).equals(kind)) {
                    prefixes.add(prefix);
                }
                return Keys.behind(prefix);
            });
        }
        forget(directory, Map.of(Family.DOC, prefixes), cacheBytes);
    }

    /**
     * Takes all that is not of certain repositories out of an index that nobody has open, so that none of its files has anything of it any
     * more; and all that it says of blobs. Blocks, for as long as it takes to write those files anew.
     *
     * @param kept whether a repository of that name stays
     * @param cacheBytes how much memory to keep blocks in meanwhile
     * @throws StoreException if it can't be read or written
     */
    public static void keepRepositories(Path directory, Predicate<String> kept, long cacheBytes) {
        Map<Family, List<byte[]>> prefixes = new EnumMap<>(Family.class);
        try (RocksIndex index = RocksIndex.openReadOnly(directory, cacheBytes)) {
            prefixes.put(Family.ENTRY, repositories(index, Family.ENTRY, new byte[0], kept));
            prefixes.put(Family.DOC, repositories(index, Family.DOC, new byte[0], kept));
            List<byte[]> meta = repositories(index, Family.META, Keys.partialPrefix(), kept);
            // what was amended last may be of any
            meta.add(Keys.amended());
            prefixes.put(Family.META, meta);
            prefixes.put(Family.BLOB, List.of(Keys.blobPrefix()));
        }
        forget(directory, prefixes, cacheBytes);
    }

    /** What the rows of each repository begin with that is not kept. */
    private static List<byte[]> repositories(RocksIndex index, Family family, byte[] prefix, Predicate<String> kept) {
        List<byte[]> all = new ArrayList<>();
        index.walk(family, prefix, (row, value) -> {
            byte[] whole = Keys.partPrefixOf(row, prefix.length);
            if (!kept.test(new String(whole, prefix.length, whole.length - prefix.length - 1, UTF_8))) {
                all.add(whole);
            }
            return Keys.behind(whole);
        });
        return all;
    }

    /**
     * Has an index that nobody has open say of blobs what another one says. Blocks.
     *
     * @param blobs shows them
     * @param cacheBytes how much memory to keep blocks in meanwhile
     */
    public static void addBlobs(Path directory, Index from, Consumer<Consumer<Digest>> blobs, long cacheBytes) {
        try (RocksIndex index = RocksIndex.open(directory, cacheBytes)) {
            Catalog known = new Catalog(from);
            Batch[] batch = {new Batch()};
            blobs.accept(digest -> {
                known.blob(digest).ifPresent(record -> batch[0].putBlob(digest, record));
                if (batch[0].rows().size() >= BATCH_ROWS) {
                    index.write(batch[0], false);
                    batch[0] = new Batch();
                }
            });
            index.write(batch[0], true);
        }
        RocksIndex.open(directory, cacheBytes).close();
    }

    private static void forget(Path directory, Map<Family, List<byte[]>> prefixes, long cacheBytes) {
        if (prefixes.values().stream().allMatch(List::isEmpty)) {
            return;
        }
        try (RocksIndex index = RocksIndex.open(directory, cacheBytes)) {
            prefixes.forEach(index::forget);
        }
        // the list of files names the first and the last row of each, of those that are gone too: opening begins
        // another
        RocksIndex.open(directory, cacheBytes).close();
    }
}
