package dev.permafrost.proxy.hosted;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was found of files of folders when they were read last, by their absolute paths, so that none is read twice. If it is lost,
 * they are read again, and nothing else comes of it; no snapshot has any of it. Everything blocks.
 */
final class PublishedFiles {
    private static final String PUBLISHED = DocKey.OF_THIS_MACHINE;
    private static final int VERSION = 1;

    private final String repository;
    private final MirrorStore store;

    PublishedFiles(String repository, MirrorStore store) {
        this.repository = repository;
        this.store = store;
    }

    /**
     * A file that was read.
     *
     * @param stamp what it was then
     * @param digest SHA-256 of what the repository took; null where it took nothing
     * @param linked whether the store held the file itself
     * @param refused why it was not taken; null where it was
     * @param conflict whether that was because of another file of the repository
     */
    record Row(
            FileStamp stamp,
            @Nullable Digest digest,
            boolean linked,
            @Nullable String refused,
            boolean conflict) {
        static Row taken(FileStamp stamp, Digest digest, boolean linked) {
            return new Row(stamp, digest, linked, null, false);
        }

        static Row refused(FileStamp stamp, String why, boolean conflict) {
            return new Row(stamp, null, false, why, conflict);
        }

        private byte[] encoded() {
            return new RowWriter(VERSION)
                    .number(stamp.device())
                    .number(stamp.inode())
                    .number(stamp.sizeBytes())
                    .signed(stamp.modifiedNanos())
                    .signed(stamp.changedNanos())
                    .optional(digest == null ? null : digest.hex())
                    .number(linked ? 1 : 0)
                    .optional(refused)
                    .number(conflict ? 1 : 0)
                    .bytes();
        }

        private static Optional<Row> decoded(byte[] bytes) {
            if (bytes.length == 0 || bytes[0] != VERSION) {
                return Optional.empty();
            }
            RowReader row = new RowReader("published file", bytes, VERSION);
            FileStamp stamp = new FileStamp(row.number(), row.number(), row.number(), row.signed(), row.signed());
            String hex = row.optional();
            return Optional.of(new Row(
                    stamp,
                    hex == null
                            ? null
                            : Digest.of(Algorithm.SHA256, HexFormat.of().parseHex(hex)),
                    row.count(1) == 1,
                    row.optional(),
                    row.count(1) == 1));
        }
    }

    /** What was found of a file; empty where it was never read. */
    Optional<Row> row(View view, Path file) {
        return key(file).flatMap(view.catalog()::docHead).flatMap(Row::decoded);
    }

    /** Remembers what was found of a file. */
    void put(Path file, Row row) {
        key(file).ifPresent(key -> store.putDoc(key, List.of(row.encoded())));
    }

    /** Forgets what was found of a file. */
    void drop(Path file) {
        key(file).ifPresent(key -> store.putDoc(key, List.of()));
    }

    /** The files in a folder, and in those below, that were taken. */
    List<Path> taken(View view, Path folder) {
        List<Path> below = new ArrayList<>();
        view.catalog().docs(repository, PUBLISHED, (path, row) -> {
            Path file = Path.of(path);
            if (file.startsWith(folder)) {
                below.add(file);
            }
            return true;
        });
        below.removeIf(
                file -> row(view, file).filter(row -> row.digest() != null).isEmpty());
        return below;
    }

    /** Empty for a path that is no text: its file is read each time. */
    private Optional<DocKey> key(Path file) {
        String path = file.toString();
        return ArtifactKey.isKeyPart(path) ? Optional.of(new DocKey(repository, PUBLISHED, path)) : Optional.empty();
    }
}
