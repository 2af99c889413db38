package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.proxy.repo.RepositoryProof;
import dev.permafrost.proxy.repo.Sealing;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes metadata that lists exactly what is held. Where all of a directory's packages are, upstream's own is that, signature and all. Else
 * its lists are filtered, upstream's elements byte for byte, and SQLite is made of them where upstream has some; zchunk and delta lists, which
 * say more than is held, are left out: all clients do without. Where all packages are held, and not all delta RPMs that it lists, the lists of
 * these are all that is left out. A {@code repomd.xml} that has no signature of upstream's is signed by a key of ours. What yum 3 can't read
 * of that has a {@linkplain TwinWriter twin} besides.
 */
public final class YumSealing {
    private static final long DOCUMENT_BYTES_MAX = 16L << 30;

    /** Lists of which each element is about a package. */
    private static final Set<String> LISTS = Set.of("primary", "filelists", "other", "filelists-ext", "susedata");

    /** What says more than is held, and is not needed. */
    private static final Set<String> LEFT_OUT = Set.of("prestodelta", "deltainfo");

    private final String repository;
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final HeldDeltas deltas;
    private final RecordWriter records;
    private final SealedDatabases databases;
    private final SealedTwins twins;
    private final Path keyFile;
    private @Nullable OwnKey key;

    /**
     * The sealing of a repository.
     *
     * @param keyFile where the key lies that signs; made when it is first wanted
     */
    public YumSealing(String repository, MirrorStore store, Path keyFile) {
        this.repository = repository;
        this.store = store;
        this.docs = new GenerationDocs(repository, store);
        this.deltas = new HeldDeltas(repository, store, docs);
        this.records = new RecordWriter(store, docs);
        this.databases = new SealedDatabases(store, docs, records::database);
        this.twins = new SealedTwins(store, docs, new TwinWriter(records));
        this.keyFile = keyFile;
    }

    /** That of all repositories of a store, whether the configuration names them or not. */
    public static Sealing all(MirrorStore store, Path keyFile) {
        return new Sealing() {
            @Override
            public List<String> seal(Predicate<String> repositories) {
                return GenerationDocs.repositories(store.view()).stream()
                        .filter(repositories)
                        .flatMap(name -> new YumSealing(name, store, keyFile).seal().stream())
                        .toList();
            }

            @Override
            public List<RepositoryProof> prove(View sealed) {
                return GenerationDocs.repositories(sealed).stream()
                        .map(name -> new YumProof(name, store, sealed).prove())
                        .toList();
            }
        };
    }

    /**
     * Makes it so, in the live index. Blocks, for as long as there is to read.
     *
     * @return what there is to tell the operator, one line each
     * @throws StoreException where it can't be done
     */
    public List<String> seal() {
        List<String> told = new ArrayList<>();
        docs.each(store.view(), (dir, kept) -> {
            try {
                told.add(seal(dir, kept.newest()));
            } catch (StoreException | IOException e) {
                docs.withhold(dir);
                told.add(repository + ": /" + dir + " is left out, since nobody can tell what is held of it: "
                        + e.getMessage() + "; it is back once upstream has new metadata of it");
            }
        });
        return told;
    }

    /** Which packages are held: where their elements begin in primary, and their checksums. */
    private record Held(Set<Long> offsets, Set<String> pkgids, long listed) {}

    private String seal(String dir, Generation newest) throws IOException {
        Repomd repomd = Repomd.read(newest.repomd(), "the held repomd.xml of /" + dir);
        Held held = held(dir, newest);
        String at = repository + ": /" + dir;
        if (held.offsets().size() == held.listed()) {
            String whole = at + " is whole: all of its " + held.listed()
                    + " packages are held, and its metadata is upstream's";
            HeldDeltas.Lacking lacking = deltas.lacking(dir, newest);
            return whole
                    + (lacking.items().isEmpty()
                            ? asItIs(dir, newest)
                            : " but for the list of its delta RPMs, " + why(lacking)
                                    + without(lacking.items(), dir, newest, repomd));
        }
        List<Repomd.Data> listed = new ArrayList<>();
        List<Generation.Item> items = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (Repomd.Data data : repomd.records()) {
            Generation.Item item =
                    newest.header().record(data.location().path()).orElse(null);
            boolean isElsewhere = item != null && item.elsewhere() != null && !LISTS.contains(data.type());
            if (item == null || isLeftOut(data.type()) || isElsewhere) {
                continue;
            }
            Repomd.Data now = LISTS.contains(data.type()) ? filtered(dir, data, item, held) : readable(dir, data, item);
            listed.add(now);
            items.add(now.equals(data) ? item : RecordWriter.item(now));
        }
        for (Repomd.Data database : databases.of(dir, repomd, listed, faults)) {
            listed.add(database);
            items.add(RecordWriter.item(database));
        }
        String signed = sealed(dir, newest, RepomdWriter.write(repomd, listed), items);
        return at + " lists the " + held.offsets().size() + " of upstream's " + held.listed()
                + " packages that are held" + signed + String.join("", faults);
    }

    private static String why(HeldDeltas.Lacking lacking) {
        return lacking.unreadable().isEmpty()
                ? "not all of which are held"
                : "which can't be read (" + String.join("; ", lacking.unreadable()) + ")";
    }

    /** Has a {@code repomd.xml} of ours served that names these files; the end of what is told of that. */
    private String sealed(String dir, Generation newest, byte[] document, List<Generation.Item> items) {
        OwnKey signing = key();
        Generation.Header header = new Generation.Header(
                GenerationBuild.sha256(document),
                newest.header().base(),
                null,
                null,
                newest.header().fetchedAt(),
                newest.header().newest(),
                newest.header().packages(),
                items);
        Generation served = new Generation(header, document, signing.sign(document), signing.publicKey());
        return sealed(dir, served, signing);
    }

    private String sealed(String dir, Generation served, OwnKey signing) {
        SealedTwins.Sealed twin = twins.of(dir, served, this::key);
        docs.seal(dir, served, twin.twin());
        return ", signed by " + signing.fingerprint() + twin.told();
    }

    /** Has upstream's metadata served, some files left out; the end of what is told of that. */
    private String without(List<Generation.Item> leftOut, String dir, Generation newest, Repomd repomd) {
        Set<String> hrefs = new HashSet<>();
        leftOut.forEach(item -> hrefs.add(item.href()));
        List<Repomd.Data> records = repomd.records().stream()
                .filter(data -> !hrefs.contains(data.location().path()))
                .toList();
        List<Generation.Item> items = newest.header().records().stream()
                .filter(item -> !hrefs.contains(item.href()))
                .toList();
        return sealed(dir, newest, RepomdWriter.write(repomd, records), items);
    }

    /** Has upstream's metadata served, signed by us where nobody else has; the end of what is told of that. */
    private String asItIs(String dir, Generation newest) {
        if (newest.isSigned()) {
            SealedTwins.Sealed twin = twins.of(dir, newest, this::key);
            docs.unseal(dir, twin.twin());
            return twin.told();
        }
        OwnKey signing = key();
        Generation served =
                new Generation(newest.header(), newest.repomd(), signing.sign(newest.repomd()), signing.publicKey());
        return sealed(dir, served, signing);
    }

    private OwnKey key() {
        OwnKey known = key;
        if (known == null) {
            known = OwnKey.of(keyFile);
            key = known;
        }
        return known;
    }

    private static boolean isLeftOut(String type) {
        return LEFT_OUT.contains(type) || type.endsWith("_db") || type.endsWith("_zck");
    }

    private Held held(String dir, Generation newest) throws IOException {
        View view = store.view();
        Set<Long> offsets = new HashSet<>();
        Set<String> pkgids = new HashSet<>();
        long[] listed = {0};
        PackageTable.Draft table = new PackageTable.Draft();
        Generation.Item primary = newest.header().records().stream()
                .filter(item -> item.type().equals("primary"))
                .findFirst()
                .orElseThrow();
        String title = "the held primary of /" + dir;
        OpenBlob blob = records.open(dir, primary);
        try (InputStream in = Decompressed.open(new BlobInput(blob.channel()), title, DOCUMENT_BYTES_MAX)) {
            PrimaryReader.Summary summary = PrimaryReader.read(in, title, one -> {
                table.add(one);
                Expectation promised = Expectation.of(one.checksum()).withSize(one.sizeBytes());
                ArtifactKey file = docs.fileKey(dir + one.location().path());
                if (view.lookup(file)
                        .filter(entry -> HeldFiles.fits(store, view, entry, promised))
                        .isPresent()) {
                    offsets.add(one.elementOffset());
                    pkgids.add(one.checksum().hex());
                }
            });
            listed[0] = summary.packages() + summary.skippedCount();
        } finally {
            blob.release();
        }
        if (!PackageTable.isThere(view, docs.packagesKey(newest.header().packages()))) {
            // an index that had to be made anew has them no more
            table.put(store, docs.packagesKey(newest.header().packages()));
        }
        return new Held(offsets, pkgids, listed[0]);
    }

    private Repomd.Data filtered(String dir, Repomd.Data data, Generation.Item item, Held held) throws IOException {
        Predicate<PackageElements> keeps = data.type().equals("primary")
                ? elements -> held.offsets().contains(elements.elementOffset())
                : elements ->
                        held.pkgids().contains(String.valueOf(elements.pkgid()).toLowerCase(Locale.ROOT));
        return records.filtered(dir, data, item, keeps, held.offsets().size());
    }

    /** A file as every client can read it: yum 3 of EL7 knows no zstd, and no groups but those that gzip packs or nobody. */
    private Repomd.Data readable(String dir, Repomd.Data data, Generation.Item item) throws IOException {
        String name = data.location().path();
        boolean isGroup = data.type().equals("group") && (name.endsWith(".xz") || name.endsWith(".bz2"));
        return (name.endsWith(".zst") || isGroup) && RecordWriter.canBeGzip(data)
                ? records.gzip(dir, data, item)
                : data;
    }
}
