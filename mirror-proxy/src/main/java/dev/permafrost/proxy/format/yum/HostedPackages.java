package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.rpm.BadRpmException;
import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.rpm.PackageXml;
import dev.permafrost.proxy.format.yum.rpm.RpmHead;
import dev.permafrost.proxy.format.yum.rpm.RpmPackage;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/*
 * A row for each package is what the repository is to have. Its bytes are an entry at its path, as a mirrored package's are; they stay when
 * the row goes, for those who have read a list of before, until no generation lists them. What the lists say of it is read of its header once,
 * and kept beside: that can be had again from the bytes, so it is in no journal.
 */
/** The packages of a repository that is the origin of them: what is to be listed. Blocks. */
final class HostedPackages {
    /** As many entries of a changelog as createrepo_c lists. */
    private static final int CHANGES_MAX = 10;

    private static final String KIND = "yum-hosted";
    private static final String ELEMENTS = "yum-hosted-elements";
    private static final String WHAT = "hosted package";
    private static final int VERSION = 1;
    private static final int HEADER_BUFFER_BYTES = 64 << 10;

    private final String repository;
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final Clock clock;

    /**
     * A package.
     *
     * @param path where it is, below the repository
     * @param sha256 of its bytes
     * @param seconds when it was added, since 1970
     */
    record Hosted(String path, Nevra nevra, Digest sha256, long sizeBytes, long seconds) {
        /** The order of lists: by the names of files, then by their folders. */
        static final Comparator<Hosted> ORDER =
                Comparator.comparing(Hosted::filename).thenComparing(Hosted::path);

        private String filename() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        private byte[] encoded() {
            return new RowWriter(VERSION)
                    .text(nevra.name())
                    .number(nevra.epoch())
                    .text(nevra.version())
                    .text(nevra.release())
                    .text(nevra.arch())
                    .digest(sha256)
                    .number(sizeBytes)
                    .number(seconds)
                    .bytes();
        }

        private static Hosted decoded(String path, byte[] bytes) {
            RowReader row = new RowReader(WHAT, bytes, VERSION);
            Nevra nevra = new Nevra(row.text(), row.number(), row.text(), row.text(), row.text());
            Hosted hosted = new Hosted(path, nevra, row.digest(), row.number(), row.number());
            row.end();
            return hosted;
        }
    }

    /**
     * What came of a package that is added.
     *
     * @param isNew whether it was not there with the same bytes
     * @param text the same in words
     */
    record Added(boolean isNew, String text) {}

    HostedPackages(String repository, MirrorStore store, GenerationDocs docs, Clock clock) {
        this.repository = repository;
        this.store = store;
        this.docs = docs;
        this.clock = clock;
    }

    /** Begins to take in the package that is to be at that path. */
    Incoming begin(String path) {
        return store.begin(docs.fileKey(path), Set.of());
    }

    /** The package at a path. */
    Optional<Hosted> find(View view, String path) {
        return view.catalog().docHead(key(path)).map(row -> Hosted.decoded(path, row));
    }

    /** All packages that are held, in the order of lists: some 600 bytes of memory for each. */
    List<Hosted> all(View view) {
        List<Hosted> all = new ArrayList<>();
        view.catalog().docs(repository, KIND, (path, row) -> all.add(Hosted.decoded(path, row.get())));
        all.removeIf(one -> view.lookup(docs.fileKey(one.path()))
                .filter(entry -> entry.digest().equals(one.sha256()))
                .isEmpty());
        all.sort(Hosted.ORDER);
        return all;
    }

    /**
     * Adds a package whose bytes are all there.
     *
     * @param replaces whether it may take the place of the one that is there, by its SHA-256
     * @param by who adds it, for the record
     * @throws RefusedUploadException if it is no whole RPM, or if there is another at its path
     */
    Added add(Incoming incoming, Predicate<Digest> replaces, String by) throws RefusedUploadException {
        String path = incoming.key().key();
        PackageXml[] elements = new PackageXml[1];
        Hosted[] added = new Hosted[1];
        try (FileChannel file = incoming.staged().inspect()) {
            RpmPackage rpm = header(file, path);
            incoming.commit(Expectation.NOTHING, by, blob -> {
                Hosted now = hosted(path, rpm, blob);
                Hosted before = find(store.view(), path).orElse(null);
                require(before, now, replaces);
                added[0] = now;
                elements[0] = elements(rpm, now);
                Map<DocKey, List<byte[]>> rows = new HashMap<>();
                if (before != null) {
                    rows.put(elementsKey(before), List.of());
                }
                rows.put(key(path), List.of(now.encoded()));
                return new Amendment(rows, Map.of(), Set.of());
            });
        } catch (NotTakenException e) {
            if (e.isSame()) {
                return new Added(false, path + " is here already, with the same bytes");
            }
            throw e.why();
        } catch (IOException e) {
            throw new StoreException(FailureKind.DISK_FAILED, path + ", which is coming, can't be read: " + e, e);
        }
        put(Objects.requireNonNull(added[0]), Objects.requireNonNull(elements[0]));
        return new Added(true, path + " is here");
    }

    private void require(@Nullable Hosted before, Hosted now, Predicate<Digest> replaces) {
        if (before == null) {
            return;
        }
        boolean same = before.sha256().equals(now.sha256());
        if (same
                && store.view()
                        .lookup(docs.fileKey(now.path()))
                        .filter(store::isThere)
                        .isPresent()) {
            throw new NotTakenException(null);
        }
        if (!same && !replaces.test(before.sha256())) {
            throw new NotTakenException(new RefusedUploadException(
                    Reason.CONFLICT,
                    "File already exists: " + now.path() + " is here with other bytes (" + before.sha256() + ", not "
                            + now.sha256() + "); give the new one another release, or delete the old one first"));
        }
    }

    /** Something in the midst of a commit that has it not made. */
    private static final class NotTakenException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient @Nullable RefusedUploadException refused;

        /** Null where the same is there already. */
        NotTakenException(@Nullable RefusedUploadException refused) {
            super(null, refused, false, false);
            this.refused = refused;
        }

        boolean isSame() {
            return refused == null;
        }

        RefusedUploadException why() {
            return Objects.requireNonNull(refused);
        }
    }

    private static RpmPackage header(FileChannel file, String path) throws IOException, RefusedUploadException {
        try {
            RpmPackage rpm = read(file, path);
            if (rpm.fileBytes() > file.size()) {
                throw new RefusedUploadException(path + " is cut off: it has " + file.size()
                        + " bytes, and says that it has " + rpm.fileBytes() + "; send all of it");
            }
            return rpm;
        } catch (BadRpmException e) {
            throw new RefusedUploadException(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            throw odd(path, e);
        }
    }

    private static RpmPackage read(FileChannel file, String path) throws IOException, BadRpmException {
        // the channel stays open, since a header may be read from it later
        InputStream in = new BufferedInputStream(new BlobInput(file), HEADER_BUFFER_BYTES);
        return RpmHead.read(in, file.size(), path);
    }

    private Hosted hosted(String path, RpmPackage rpm, CommittedBlob blob) {
        try {
            Nevra nevra = new Nevra(rpm.name(), rpm.epoch(), rpm.version(), rpm.release(), rpm.arch());
            return new Hosted(
                    path,
                    nevra,
                    blob.digest(),
                    blob.sizeBytes(),
                    Instant.now(clock).getEpochSecond());
        } catch (BadRpmException e) {
            throw new NotTakenException(new RefusedUploadException(String.valueOf(e.getMessage())));
        }
    }

    private static PackageXml elements(RpmPackage rpm, Hosted hosted) {
        try {
            return xml(rpm, hosted);
        } catch (BadRpmException e) {
            throw new NotTakenException(new RefusedUploadException(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            throw new NotTakenException(odd(hosted.path(), e));
        }
    }

    private static PackageXml xml(RpmPackage rpm, Hosted hosted) throws BadRpmException {
        return PackageXml.of(
                rpm,
                new PackageXml.Listing(
                        hosted.path(),
                        null,
                        hosted.sha256().algorithm().label(),
                        hosted.sha256().hex(),
                        hosted.sizeBytes(),
                        hosted.seconds(),
                        CHANGES_MAX));
    }

    private static RefusedUploadException odd(String path, RuntimeException e) {
        return new RefusedUploadException(path + " is odd in a way that was not foreseen ("
                + PlainText.quoted(e.toString()) + "); it can't be listed");
    }

    /** What a list says of a package. */
    byte[] element(Hosted hosted, PackageList list) throws IOException {
        Optional<byte[]> known = store.view().catalog().docChunk(elementsKey(hosted), chunk(list));
        return known.isPresent() ? known.get() : list.of(readAgain(hosted));
    }

    private static int chunk(PackageList list) {
        return switch (list) {
            case PRIMARY -> 0;
            case FILELISTS -> 1;
            case OTHER -> 2;
        };
    }

    private PackageXml readAgain(Hosted hosted) throws IOException {
        // what the entry says may be of a later one
        Entry entry = new Entry(hosted.sha256(), hosted.sizeBytes(), Verification.NONE, Instant.EPOCH, "");
        try (OpenBlob blob = store.open(entry)) {
            PackageXml xml = xml(read(blob.channel(), hosted.path()), hosted);
            put(hosted, xml);
            return xml;
        } catch (BadRpmException e) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    hosted.path() + " was listed, and can't be any more: " + e.getMessage() + "; delete it",
                    e);
        }
    }

    private void put(Hosted hosted, PackageXml xml) {
        store.putDoc(elementsKey(hosted), List.of(xml.primary(), xml.filelists(), xml.other()));
    }

    /** Has a package listed no more, if it is still that one, and says whether it was; its bytes stay as long as a generation lists them. */
    boolean delete(Hosted hosted) {
        boolean[] done = {false};
        store.amend(() -> {
            done[0] = find(store.view(), hosted.path()).filter(hosted::equals).isPresent();
            return done[0]
                    ? new Amendment(
                            Map.of(key(hosted.path()), List.of(), elementsKey(hosted), List.of()), Map.of(), Set.of())
                    : Amendment.NOTHING;
        });
        return done[0];
    }

    /** The entries of packages that are to be listed no more, and that no generation lists that clients may be reading. */
    List<ArtifactKey> unlisted(View view) {
        Map<String, Kept> kept = new HashMap<>();
        docs.each(view, kept::put);
        Set<ArtifactKey> gone = new HashSet<>();
        view.catalog().entries(repository, "", (key, entry) -> {
            String path = key.key();
            if (YumFiles.isPackage(path)
                    && !Repodata.isBelow(path)
                    && find(view, path).isEmpty()
                    && !isListed(view, kept, path)) {
                gone.add(key);
            }
        });
        return List.copyOf(gone);
    }

    private boolean isListed(View view, Map<String, Kept> kept, String path) {
        return YumFiles.above("", path).stream()
                .filter(kept::containsKey)
                .anyMatch(dir -> Objects.requireNonNull(kept.get(dir)).all().stream()
                        .flatMap(one -> docs.tables(dir, one.header()).stream())
                        .anyMatch(table -> PackageTable.find(view, table, path.substring(dir.length()))
                                .isPresent()));
    }

    private DocKey key(String path) {
        return new DocKey(repository, KIND, path);
    }

    private DocKey elementsKey(Hosted hosted) {
        return new DocKey(repository, ELEMENTS, hosted.sha256().hex() + "/" + hosted.path());
    }
}
