package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes twins of generations: the same lists of the same packages as {@linkplain OldYum yum 3} reads them, packed by gzip and as SQLite, with a
 * {@code repomd.xml} of ours. What yum 3 reads of upstream's is of the twin too, byte for byte. Blocks.
 */
final class TwinWriter {
    /** Held while one is made: each takes a processor, and memory, for as long as it takes. */
    private static final Object TURN = new Object();

    private final RecordWriter records;

    TwinWriter(RecordWriter records) {
        this.records = records;
    }

    /**
     * A twin.
     *
     * @param faults what is to be told of SQLite that could not be made; empty, or beginning with a semicolon
     */
    record Made(Generation twin, String faults) {}

    /** The files of a twin, in the order of its {@code repomd.xml}. */
    private static final class Listed {
        private final List<Repomd.Data> data = new ArrayList<>();
        private final List<Generation.Item> items = new ArrayList<>();
        private final Set<String> types = new HashSet<>();

        void add(Repomd.Data one, Generation.Item item) {
            data.add(one);
            items.add(item);
            types.add(one.type());
        }

        int indexOf(String type) {
            return data.stream().map(Repomd.Data::type).toList().indexOf(type);
        }
    }

    /**
     * The twin of a generation all of which is held, of the same id and no older; its files are held when this returns, and named by nothing.
     * Waits while another one is being made in this process.
     *
     * @throws StoreException UPSTREAM_TOO_LARGE where its {@code repomd.xml} would be too long, or whatever hinders it
     */
    Made made(String dir, Generation of, OwnKey key) throws IOException {
        synchronized (TURN) {
            return make(dir, of, key);
        }
    }

    private Made make(String dir, Generation of, OwnKey key) throws IOException {
        String title = "the held repomd.xml of /" + dir;
        Repomd repomd = Repomd.read(of.repomd(), title);
        Listed listed = new Listed();
        for (Repomd.Data data : repomd.records()) {
            Optional<Generation.Item> item = of.header().record(data.location().path());
            // of several of a type, clients take the first
            if (item.isPresent() && OldYum.asksFor(data.type()) && !listed.types.contains(data.type())) {
                // what is left out may have been the newest
                add(listed, dir, isPrimary(data) ? data.madeAt(of.header().newest()) : data, item.get());
            }
        }
        List<String> faults = new ArrayList<>();
        for (DatabaseKind kind : DatabaseKind.values()) {
            if (listed.types.contains(kind.list()) && !listed.types.contains(OldYum.database(kind))) {
                database(listed, dir, kind, faults);
            }
        }
        byte[] document = RepomdWriter.write(repomd, listed.data);
        if (document.length > OldYum.REPOMD_BYTES_MAX) {
            throw MetadataFault.tooLarge(
                    title,
                    "for yum 3 it has " + document.length + " bytes, and yum 3 takes no more than "
                            + OldYum.REPOMD_BYTES_MAX);
        }
        Generation.Header header = new Generation.Header(
                of.id(),
                of.header().base(),
                null,
                null,
                of.header().fetchedAt(),
                of.header().newest(),
                of.header().packages(),
                listed.items);
        return new Made(
                signed(new Generation(header, document, new byte[0], new byte[0]), key), String.join("", faults));
    }

    /** A twin of before, signed by the key of now. */
    static Generation signed(Generation twin, OwnKey key) {
        return new Generation(twin.header(), twin.repomd(), key.sign(twin.repomd()), key.publicKey());
    }

    /** Whether a twin has SQLite of all of its lists. */
    static boolean hasAllDatabases(Generation twin) {
        Set<String> types = new HashSet<>();
        twin.header().records().forEach(item -> types.add(item.type()));
        for (DatabaseKind kind : DatabaseKind.values()) {
            if (types.contains(kind.list()) && !types.contains(OldYum.database(kind))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPrimary(Repomd.Data data) {
        return data.type().equals("primary");
    }

    private void add(Listed listed, String dir, Repomd.Data data, Generation.Item item) throws IOException {
        if (OldYum.reads(data.type(), item.href())) {
            if (!OldYum.isDatabase(data.type()) || data.databaseVersion() == DatabaseKind.VERSION) {
                listed.add(data, item);
            }
        } else if (!OldYum.isDatabase(data.type()) && RecordWriter.canBeGzip(data)) {
            Repomd.Data gzip = records.gzip(dir, data, item);
            listed.add(gzip, RecordWriter.item(gzip));
        }
    }

    /** Without SQLite yum reads XML, which takes it longer. */
    private void database(Listed listed, String dir, DatabaseKind kind, List<String> faults) throws IOException {
        int at = listed.indexOf(kind.list());
        try {
            Repomd.Data made = records.database(dir, kind, listed.data.get(at), listed.items.get(at));
            listed.add(made, RecordWriter.item(made));
        } catch (StoreException e) {
            if (e.kind() == FailureKind.DISK_FULL) {
                throw e;
            }
            faults.add("; " + kind.list() + " has no SQLite: " + e.getMessage());
        } catch (LinkageError e) {
            faults.add("; " + kind.list() + " has no SQLite: " + e);
        }
    }
}
