package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which lists of delta RPMs name some that are not held. Blocks. */
final class HeldDeltas {
    /** Beyond what {@link DeltaReader} reads of it. */
    private static final long DOCUMENT_BYTES_MAX = 1L << 30;

    /** What the type of a list ends in that is packed by zchunk. */
    private static final String ZCHUNK = "_zck";

    private static final Logger log = LoggerFactory.getLogger(HeldDeltas.class);

    private final String repository;
    private final MirrorStore store;
    private final GenerationDocs docs;

    HeldDeltas(String repository, MirrorStore store, GenerationDocs docs) {
        this.repository = repository;
        this.store = store;
        this.docs = docs;
    }

    /**
     * What is to be left out of a generation.
     *
     * @param items the lists that name what is not held, or that nobody can read, in each form that there is of them
     * @param unreadable why those can't be read that can't
     */
    record Lacking(List<Generation.Item> items, List<String> unreadable) {}

    /** The lists of a generation that can't be served where nothing is fetched. */
    Lacking lacking(String dir, Generation generation) {
        List<Generation.Item> records = generation.header().records();
        Set<String> kept = new HashSet<>();
        Set<String> left = new HashSet<>();
        List<String> unreadable = new ArrayList<>();
        for (Generation.Item record : records) {
            if (DeltaReader.TYPES.contains(record.type())) {
                (areAllHeld(dir, record, unreadable) ? kept : left).add(record.type());
            }
        }
        kept.removeAll(left);
        // zchunk has the same list once more, and none is told of by that alone
        return new Lacking(
                records.stream()
                        .filter(record -> DeltaReader.TYPES.contains(plain(record.type())))
                        .filter(record -> !kept.contains(plain(record.type())))
                        .toList(),
                unreadable);
    }

    private static String plain(String type) {
        return type.endsWith(ZCHUNK) ? type.substring(0, type.length() - ZCHUNK.length()) : type;
    }

    private boolean areAllHeld(String dir, Generation.Item list, List<String> unreadable) {
        View view = store.view();
        boolean[] all = {true};
        PackageTable.Draft table = new PackageTable.Draft();
        try {
            int skipped = read(dir, list, (path, checksum, size) -> {
                table.add(path, checksum, size, null);
                Expectation promised = Expectation.of(checksum).withSize(size);
                all[0] = all[0]
                        && view.lookup(docs.fileKey(dir + path))
                                .filter(entry -> HeldFiles.fits(store, view, entry, promised))
                                .isPresent();
            });
            all[0] &= skipped == 0;
        } catch (StoreException | IOException e) {
            String why = String.valueOf(e.getMessage());
            log.warn("{}: the {} of /{} can't be read: {}", repository, list.type(), dir, why);
            unreadable.add(why);
            return false;
        }
        DocKey key = docs.packagesKey(GenerationDocs.packages(dir, list.checksum()));
        if (!PackageTable.isThere(view, key)) {
            // an index that had to be made anew has it no more
            table.put(store, key);
        }
        return all[0];
    }

    private int read(String dir, Generation.Item list, DeltaReader.Sink sink) throws IOException {
        String title = "the held " + list.type() + " of /" + dir;
        View view = store.view();
        OpenBlob blob = store.open(
                view.lookup(docs.recordKey(dir, list)).orElseThrow(() -> new IOException(title + " is not here")));
        try (InputStream in = Decompressed.open(new BlobInput(blob.channel()), title, DOCUMENT_BYTES_MAX)) {
            return DeltaReader.read(in, title, sink);
        } finally {
            blob.release();
        }
    }
}
