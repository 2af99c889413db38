package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Reads the lists of a generation, which are held, as streams. Everything blocks. */
final class GenerationLists {
    private static final long DOCUMENT_BYTES_MAX = 4L << 30;

    private final RecordWriter records;

    GenerationLists(MirrorStore store, GenerationDocs docs) {
        this.records = new RecordWriter(store, docs);
    }

    /**
     * Shows the packages of a generation, in the order of its list.
     *
     * @throws StoreException where the list is not held, is broken, or can't be read
     */
    void packages(String dir, Generation generation, Consumer<ListedPackage> to) {
        read(dir, generation, "primary", (in, title) -> PrimaryReader.read(in, title, to));
    }

    /**
     * The packages of its streams of modules, as {@link Nevra#toString} has them; none where it has no modules.
     *
     * @throws StoreException as above
     */
    Set<String> modular(String dir, Generation generation) {
        Set<String> packages = new HashSet<>();
        read(dir, generation, "modules", (in, title) -> packages.addAll(ModuleArtifacts.read(in, title)));
        return packages;
    }

    /** Something that reads a document. */
    private interface Reading {
        void read(InputStream document, String title) throws IOException;
    }

    /** Reads the lists of that type, of which there is one or none. */
    private void read(String dir, Generation generation, String type, Reading reading) {
        String title = "the " + type + " of /" + dir;
        for (Generation.Item item : generation.header().records()) {
            if (item.type().equals(type)) {
                try (OpenBlob blob = records.open(dir, item);
                        InputStream in = Decompressed.open(new BlobInput(blob.channel()), title, DOCUMENT_BYTES_MAX)) {
                    reading.read(in, title);
                } catch (IOException e) {
                    throw new StoreException(FailureKind.DISK_FAILED, title + " can't be read: " + e, e);
                }
            }
        }
    }
}
