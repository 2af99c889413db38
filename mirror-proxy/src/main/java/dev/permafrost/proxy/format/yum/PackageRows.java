package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.format.yum.sqlite.MetadataDatabase;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Says in rows of SQLite what elements of packages say in XML, as createrepo_c does, one package at a time. */
public interface PackageRows {
    /** A package may have so many capabilities, files or changes. */
    int ELEMENTS_PER_PACKAGE_MAX = 1_000_000;

    /**
     * Adds a package.
     *
     * @param element before its outermost element
     * @throws StoreException of kind {@link FailureKind#UPSTREAM_INVALID} if it is broken, of kind {@link FailureKind#UPSTREAM_TOO_LARGE} if
     *     something in it is longer than is read; then the file is good for nothing
     */
    void add(YumXml element);

    /** The rows of a kind of file. */
    static PackageRows of(DatabaseKind kind, MetadataDatabase database) {
        return switch (kind) {
            case PRIMARY -> new PrimaryRows(database);
            case FILELISTS -> new FilelistsRows(database);
            case OTHER -> new OtherRows(database);
        };
    }

    /**
     * Writes the file that says what a list does. Blocks.
     *
     * @param list decompressed, read to its end; not closed
     * @param title what the list is, as a message may say it
     * @param checksum that of the list as {@code repomd.xml} has it, in hexadecimal digits
     * @param file empty
     */
    static void write(DatabaseKind kind, InputStream list, String title, String checksum, Path file)
            throws IOException {
        try (MetadataDatabase database = MetadataDatabase.create(kind, file)) {
            PackageRows rows = of(kind, database);
            PackageElements elements = new PackageElements(list, title);
            while (elements.next()) {
                rows.add(elements.elementXml(ELEMENTS_PER_PACKAGE_MAX));
            }
            database.finish(checksum);
        }
    }

    /** A text, null where there is none. */
    static @Nullable String textOrNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /** A number, 0 where it is none. */
    static long number(@Nullable String text) {
        return text == null ? 0 : Numbers.parse(text.strip()).orElse(0);
    }
}
