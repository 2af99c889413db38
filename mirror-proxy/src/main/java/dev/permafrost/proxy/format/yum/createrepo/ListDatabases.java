package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.format.yum.Decompressed;
import dev.permafrost.proxy.format.yum.PackageRows;
import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** SQLite files that say what the lists say, which yum 3 reads in their place. */
final class ListDatabases {
    private static final long DOCUMENT_BYTES_MAX = 64L << 30;

    private ListDatabases() {}

    /**
     * Writes those of lists beside them, where they are asked for, as many at once as there are workers. Blocks.
     *
     * @return one for each list, or nothing
     * @throws StoreException if one can't be made
     */
    static Map<PackageList, MetadataFile.Written> write(
            Map<PackageList, MetadataFile.Written> lists, CreaterepoOptions options) {
        Map<PackageList, MetadataFile.Written> written = new EnumMap<>(PackageList.class);
        Packing packing = options.naming().databases();
        if (packing == null) {
            return written;
        }
        List<PackageList> kinds = new ArrayList<>(lists.keySet());
        List<MetadataFile.Written> databases = new ArrayList<>();
        try (Ordered ordered = new Ordered(options.workers(), 0)) {
            ordered.each(kinds, (kind, memory) -> write(kind, lists, packing, options), databases::add);
        }
        for (int i = 0; i < kinds.size(); i++) {
            written.put(kinds.get(i), databases.get(i));
        }
        return written;
    }

    private static MetadataFile.Written write(
            PackageList kind,
            Map<PackageList, MetadataFile.Written> lists,
            Packing packing,
            CreaterepoOptions options) {
        MetadataFile.Written list = lists.get(kind);
        if (list == null) {
            throw new IllegalStateException("no list of the kind " + kind);
        }
        Path open = list.file().toAbsolutePath().resolveSibling(kind.type() + ".sqlite");
        Path packed = open.resolveSibling(open.getFileName() + "." + packing.suffix());
        try {
            try (InputStream in =
                    Decompressed.open(Files.newInputStream(list.file()), kind.type(), DOCUMENT_BYTES_MAX)) {
                PackageRows.write(
                        DatabaseKind.valueOf(kind.name()),
                        in,
                        "the new " + kind.type(),
                        list.checksum().hex(),
                        open);
            }
            try (MetadataFile to =
                            new MetadataFile(packed, packing, options.naming().checksum());
                    InputStream in = Files.newInputStream(open)) {
                to.write(in);
                return to.finish();
            } finally {
                Files.delete(open);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (StoreException e) {
            throw new StoreException(
                    e.kind() == FailureKind.DISK_FULL ? e.kind() : FailureKind.DISK_FAILED,
                    "SQLite of " + kind.type() + " can't be made: " + e.getMessage()
                            + "; run this without --database, since yum reads the lists as well",
                    e);
        }
    }
}
