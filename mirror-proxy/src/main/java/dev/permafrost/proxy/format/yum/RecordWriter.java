package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.ScratchFile;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Makes records of metadata anew from those that are held: filtered, in another packing, or as SQLite. What it makes is packed by gzip, which
 * every client reads, named by its digest, and held as other records are; until a generation names it, it goes with what drafts leave.
 * Everything blocks.
 */
final class RecordWriter {
    private static final long DOCUMENT_BYTES_MAX = 16L << 30;
    private static final int BUFFER_BYTES = 256 << 10;

    /** What a name ends in: of what kind it is, and how it is packed. */
    private static final Pattern SUFFIXES = Pattern.compile("(\\.[a-z]+|)\\.[a-z0-9]+$");

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final MirrorStore store;
    private final GenerationDocs docs;
    private final Runnable goOn;

    RecordWriter(MirrorStore store, GenerationDocs docs) {
        this(store, docs, () -> {});
    }

    /**
     * The same.
     *
     * @param goOn called again and again while something is made; what it throws ends that
     */
    RecordWriter(MirrorStore store, GenerationDocs docs, Runnable goOn) {
        this.store = store;
        this.docs = docs;
        this.goOn = goOn;
    }

    /** A record that lies where its name says, as a generation has it. */
    static Generation.Item item(Repomd.Data data) {
        String path = data.location().path();
        return new Generation.Item(data.type(), path, path, null, data.checksum(), data.sizeBytes());
    }

    /**
     * A list of packages with some of its packages.
     *
     * @param count how many stay
     */
    Repomd.Data filtered(
            String dir, Repomd.Data data, Generation.Item item, Predicate<PackageElements> keeps, long count)
            throws IOException {
        String title = title(dir, data);
        return fromHeld(
                dir, data, item, data.type() + ".xml", (in, to) -> FilteredList.write(in, title, keeps, count, to));
    }

    /** Writes a document. */
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    /**
     * A list of packages of our own.
     *
     * @param type which of them, such as {@code primary}
     */
    Repomd.Data written(String dir, String type, long timestampSeconds, Content content) throws IOException {
        return written(dir, type, timestampSeconds, type + ".xml", content);
    }

    /**
     * A document of our own.
     *
     * @param type what it is
     * @param openName what it is called, before it is packed and without its digest
     */
    Repomd.Data written(String dir, String type, long timestampSeconds, String openName, Content content)
            throws IOException {
        return packed(
                dir, type, timestampSeconds, -1, openName, InputStream.nullInputStream(), measured(content), true);
    }

    /** The same, not packed. */
    Repomd.Data plain(String dir, String type, long timestampSeconds, String name, Content content) throws IOException {
        return packed(dir, type, timestampSeconds, -1, name, InputStream.nullInputStream(), measured(content), false);
    }

    private static Writing measured(Content content) {
        return (nothing, to) -> {
            FilteredList.Measured open = new FilteredList.Measured(to);
            content.to(open);
            return new FilteredList(open.bytes(), open.digest());
        };
    }

    /** Whether a record's name and type allow to say what another packing of it is called. */
    static boolean canBeGzip(Repomd.Data data) {
        return SUFFIXES.matcher(data.location().path()).find()
                && PLAIN.matcher(data.type()).matches();
    }

    /** The same packed by gzip, for a record that {@linkplain #canBeGzip can be}. */
    Repomd.Data gzip(String dir, Repomd.Data data, Generation.Item item) throws IOException {
        Matcher suffixes = SUFFIXES.matcher(data.location().path());
        String kind = suffixes.find() ? suffixes.group(1) : "";
        return fromHeld(dir, data, item, data.type() + kind, FilteredList::copy);
    }

    /**
     * The SQLite file that says what a list does.
     *
     * @param list the record of that list in the same generation
     */
    Repomd.Data database(String dir, DatabaseKind kind, Repomd.Data list, Generation.Item item) throws IOException {
        String title = title(dir, list);
        try (ScratchFile file = store.scratchFile()) {
            try (OpenBlob blob = open(dir, item);
                    InputStream in = document(blob, title)) {
                PackageRows.write(kind, in, title, list.checksum().hex(), file.path());
            }
            try (InputStream in = Files.newInputStream(file.path())) {
                return packed(
                        dir,
                        kind.list() + "_db",
                        list.timestampSeconds(),
                        DatabaseKind.VERSION,
                        kind.list() + ".sqlite",
                        in,
                        FilteredList::copy,
                        true);
            }
        }
    }

    /** Whether a record is one that {@link #database} has written, as far as its name tells. */
    static boolean isDatabaseOfOurs(DatabaseKind kind, Repomd.Data database) {
        return database.databaseVersion() == DatabaseKind.VERSION
                && database.location()
                        .path()
                        .equals(Repodata.FOLDER + database.checksum().hex() + "-" + kind.list() + ".sqlite.gz");
    }

    /** Opens a record that is held; the caller releases it. */
    OpenBlob open(String dir, Generation.Item item) {
        ArtifactKey file = docs.recordKey(dir, item);
        Entry entry = store.view()
                .lookup(file)
                .orElseThrow(() -> new StoreException(
                        FailureKind.STORE_CORRUPT,
                        file + ", which the metadata of a generation names, is not held; ask upstream for it again by a"
                                + " request for its repomd.xml"));
        return store.open(entry);
    }

    /** Writes what is in a file of metadata, or some of it. */
    private interface Writing {
        FilteredList write(InputStream in, OutputStream to) throws IOException;
    }

    private static String title(String dir, Repomd.Data data) {
        return "the held " + data.type() + " of /" + dir;
    }

    private Repomd.Data fromHeld(String dir, Repomd.Data data, Generation.Item item, String openName, Writing writing)
            throws IOException {
        try (OpenBlob blob = open(dir, item);
                InputStream in = document(blob, title(dir, data))) {
            return packed(
                    dir, data.type(), data.timestampSeconds(), data.databaseVersion(), openName, in, writing, true);
        }
    }

    private InputStream document(OpenBlob blob, String title) throws IOException {
        InputStream packed = new FilterInputStream(new BlobInput(blob.channel())) {
            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                goOn.run();
                return super.read(to, offset, length);
            }
        };
        return Decompressed.open(packed, title, DOCUMENT_BYTES_MAX);
    }

    private Repomd.Data packed(
            String dir,
            String type,
            long timestampSeconds,
            long databaseVersion,
            String openName,
            InputStream in,
            Writing writing,
            boolean isGzip)
            throws IOException {
        StagedBlob scratch = store.scratch();
        try {
            FilteredList.Measured packed = new FilteredList.Measured(into(scratch));
            FilteredList list;
            try (OutputStream to = isGzip ? new GZIPOutputStream(packed, BUFFER_BYTES) : packed) {
                list = writing.write(in, to);
            }
            Digest digest = packed.digest();
            String name = Repodata.FOLDER + digest.hex() + "-" + openName + (isGzip ? ".gz" : "");
            Repomd.Data now = new Repomd.Data(
                    type,
                    new Location(name, name, null),
                    digest,
                    isGzip ? list.digest() : null,
                    null,
                    packed.bytes(),
                    isGzip ? list.sizeBytes() : -1,
                    -1,
                    timestampSeconds,
                    databaseVersion);
            store(docs.recordKey(dir, item(now)), scratch, item(now).expectation());
            return now;
        } finally {
            scratch.discard();
        }
    }

    private void store(ArtifactKey file, StagedBlob from, Expectation expectation) throws IOException {
        Incoming incoming = store.begin(file, expectation.algorithms());
        boolean done = false;
        try (FileChannel channel = from.inspect();
                InputStream in = new BlobInput(channel)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                incoming.staged().write(ByteBuffer.wrap(buffer, 0, n));
            }
            done = true;
            incoming.commit(expectation, "");
        } finally {
            if (!done) {
                incoming.discard();
            }
        }
    }

    private static OutputStream into(StagedBlob blob) {
        return new OutputStream() {
            @Override
            public void write(int b) {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) {
                blob.write(ByteBuffer.wrap(from, offset, length));
            }
        };
    }
}
