package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * SQLite of lists that are filtered: made anew, or that of the last time where the list is the same. What can't be made is told, and clients
 * do without. Blocks.
 */
final class SealedDatabases {
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final Writer writer;
    private boolean isUsable = true;

    /** Writes the SQLite file that says what a list does. */
    interface Writer {
        /** As {@link RecordWriter#database} does. */
        Repomd.Data write(String dir, DatabaseKind kind, Repomd.Data list, Generation.Item item) throws IOException;
    }

    SealedDatabases(MirrorStore store, GenerationDocs docs, Writer writer) {
        this.store = store;
        this.docs = docs;
        this.writer = writer;
    }

    /**
     * Those of a directory.
     *
     * @param upstreams what upstream has, which says whether there are any
     * @param lists records of the lists as they will be served
     * @param faults takes what is to be told of those that are left out, each beginning with a semicolon
     */
    List<Repomd.Data> of(String dir, Repomd upstreams, List<Repomd.Data> lists, List<String> faults) {
        List<Repomd.Data> before = before(dir);
        List<Repomd.Data> all = new ArrayList<>();
        for (DatabaseKind kind : DatabaseKind.values()) {
            Optional<Repomd.Data> list = of(kind.list(), lists);
            if (upstreams.record(type(kind)).isPresent() && list.isPresent()) {
                Optional<Repomd.Data> known = known(dir, kind, list.get(), before);
                known.or(() -> written(dir, kind, list.get(), faults)).ifPresent(all::add);
            }
        }
        return all;
    }

    private static String type(DatabaseKind kind) {
        return kind.list() + "_db";
    }

    private static Optional<Repomd.Data> of(String type, List<Repomd.Data> records) {
        return records.stream().filter(one -> one.type().equals(type)).findFirst();
    }

    /** What is served so far where nothing is fetched. */
    private List<Repomd.Data> before(String dir) {
        try {
            return docs.sealed(dir).stream()
                    .findFirst()
                    .map(one -> Repomd.read(one.repomd(), "the sealed repomd.xml of /" + dir)
                            .records())
                    .orElse(List.of());
        } catch (StoreException e) {
            return List.of();
        }
    }

    /** The one of before, if it is of the same list, called as ours are, and held. */
    private Optional<Repomd.Data> known(String dir, DatabaseKind kind, Repomd.Data list, List<Repomd.Data> before) {
        View view = store.view();
        return of(kind.list(), before)
                .filter(old -> old.checksum().equals(list.checksum()))
                .flatMap(old -> of(type(kind), before))
                .filter(database -> RecordWriter.isDatabaseOfOurs(kind, database))
                .filter(database -> view.lookup(docs.recordKey(dir, RecordWriter.item(database)))
                        .filter(store::isThere)
                        .isPresent());
    }

    private Optional<Repomd.Data> written(String dir, DatabaseKind kind, Repomd.Data list, List<String> faults) {
        if (!isUsable) {
            return Optional.empty();
        }
        try {
            return Optional.of(writer.write(dir, kind, list, RecordWriter.item(list)));
        } catch (StoreException e) {
            // a fault that is not the list's or the disk's is the same for all
            isUsable = e.kind() != FailureKind.INTERNAL;
            faults.add("; " + (isUsable ? kind.list() + " has" : "lists have") + " no SQLite: " + e.getMessage());
        } catch (IOException e) {
            faults.add("; " + kind.list() + " has no SQLite: " + e);
        } catch (RuntimeException | LinkageError e) {
            isUsable = false;
            faults.add("; lists have no SQLite: " + e);
        }
        return Optional.empty();
    }
}
