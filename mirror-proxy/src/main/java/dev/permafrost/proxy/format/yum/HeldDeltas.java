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
import java.util.List;

/** Which lists of delta RPMs name some that are not held. Blocks. */
final class HeldDeltas {
    /** Beyond what {@link DeltaReader} reads of it. */
    private static final long DOCUMENT_BYTES_MAX = 1L << 30;

    private final MirrorStore store;
    private final GenerationDocs docs;

    HeldDeltas(MirrorStore store, GenerationDocs docs) {
        this.store = store;
        this.docs = docs;
    }

    /** The lists of a generation that name what is not held, or can't be read, so that nobody can tell. */
    List<Generation.Item> lacking(String dir, Generation generation) {
        return generation.header().records().stream()
                .filter(record -> DeltaReader.TYPES.contains(record.type()))
                .filter(record -> !areAllHeld(dir, record))
                .toList();
    }

    private boolean areAllHeld(String dir, Generation.Item list) {
        View view = store.view();
        boolean[] all = {true};
        PackageTable.Draft table = new PackageTable.Draft();
        try {
            int skipped = read(dir, list, (path, checksum, size) -> {
                table.add(path, checksum, size, null);
                Expectation promised = Expectation.of(checksum).withSize(size);
                all[0] &= view.lookup(docs.fileKey(dir + path))
                        .filter(entry -> HeldFiles.fits(store, view, entry, promised))
                        .isPresent();
            });
            all[0] &= skipped == 0;
        } catch (StoreException | IOException e) {
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
        OpenBlob blob =
                store.open(view.lookup(docs.recordKey(dir, list)).orElseThrow(() -> new IOException("it is not held")));
        try (InputStream in = Decompressed.open(new BlobInput(blob.channel()), title, DOCUMENT_BYTES_MAX)) {
            return DeltaReader.read(in, title, sink);
        } finally {
            blob.release();
        }
    }
}
