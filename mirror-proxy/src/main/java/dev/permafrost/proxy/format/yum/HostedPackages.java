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
import org.jspecify.annotations.Nullable;

/*
 * A row for each package is what the repository is to have. Its bytes are an entry at its path, as a mirrored package's are. Where others are
 * there already, which metadata may list, the new ones wait under a key of their own: the generation that lists them moves them to the path,
 * in the amendment that makes it the newest, so that whatever is listed is there at each moment, in each snapshot, and after each crash.
 * Bytes stay when their row goes, until no generation lists them that somebody may be reading. What the lists say of a package is read of its
 * header once, and kept beside: that can be had again from the bytes, so it is in no journal.
 */
/** The packages of a repository that is the origin of them: what is to be listed. Blocks. */
final class HostedPackages implements HostedFiles {
    /** As many entries of a changelog as createrepo_c lists. */
    private static final int CHANGES_MAX = 10;

    private static final String KIND = "yum-hosted";
    private static final String ELEMENTS = "yum-hosted-elements";
    private static final String WHAT = "hosted package";
    /** Before the SHA-256 and the path of what waits; no path that a package may have begins so. */
    private static final String WAITING = ".waiting/";

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
     * What came of a file that is added.
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

    @Override
    public Incoming begin(String path) {
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
        all.removeIf(one -> !isAt(view, docs.fileKey(one.path()), one) && !isAt(view, waitingKey(one), one));
        all.sort(Hosted.ORDER);
        return all;
    }

    private static boolean isAt(View view, ArtifactKey key, Hosted hosted) {
        return view.lookup(key)
                .filter(entry -> entry.digest().equals(hosted.sha256()))
                .isPresent();
    }

    /** Where those of these packages are to move that are not at their paths yet, by where they wait. */
    Map<ArtifactKey, ArtifactKey> arriving(View view, List<Hosted> listed) {
        Map<ArtifactKey, ArtifactKey> arriving = new HashMap<>();
        for (Hosted one : listed) {
            ArtifactKey path = docs.fileKey(one.path());
            if (!isAt(view, path, one)) {
                arriving.put(waitingKey(one), path);
            }
        }
        return arriving;
    }

    /** Where the bytes of a package wait, whether they do or not. */
    ArtifactKey waitingKey(Hosted hosted) {
        return docs.fileKey(WAITING + hosted.sha256().hex() + "/" + hosted.path());
    }

    /** Whether what is held under a key is not there yet, for clients. */
    static boolean isWaiting(String key) {
        return key.startsWith(WAITING);
    }

    @Override
    public Added add(Incoming incoming, Replaces replaces, String by) throws RefusedUploadException {
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
                return new Amendment(rows, Map.of(place(now), blob), Set.of());
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

    /** Where the bytes of a package are to be as long as metadata may list others at its path. */
    private ArtifactKey place(Hosted now) {
        ArtifactKey path = docs.fileKey(now.path());
        return store.view()
                        .lookup(path)
                        .filter(there -> !there.digest().equals(now.sha256()))
                        .isPresent()
                ? waitingKey(now)
                : path;
    }

    private void require(@Nullable Hosted before, Hosted now, Replaces replaces) {
        if (before == null) {
            return;
        }
        boolean same = before.sha256().equals(now.sha256());
        if (same && (isThere(docs.fileKey(now.path()), now) || isThere(waitingKey(now), now))) {
            throw new NotTakenException(null);
        }
        if (!same && !replaces.test(before.sha256())) {
            throw new NotTakenException(new RefusedUploadException(
                    Reason.CONFLICT,
                    "File already exists: " + now.path() + " is here with other bytes (" + before.sha256() + ", not "
                            + now.sha256() + "); give the new one another release, or delete the old one first"));
        }
    }

    private boolean isThere(ArtifactKey key, Hosted hosted) {
        return store.view()
                .lookup(key)
                .filter(entry -> entry.digest().equals(hosted.sha256()) && store.isThere(entry))
                .isPresent();
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
        Instant now = Instant.now(clock);
        Set<ArtifactKey> gone = new HashSet<>();
        view.catalog().entries(repository, "", (key, entry) -> {
            String path = key.key();
            if (YumFiles.isPackage(path)
                    && !Repodata.isBelow(path)
                    && isUnwanted(key)
                    && (isWaiting(path) || !isListed(view, kept, path, now))) {
                gone.add(key);
            }
        });
        return List.copyOf(gone);
    }

    /** Whether the bytes of a package are of none that is to be listed. */
    boolean isUnwanted(ArtifactKey key) {
        String path = key.key();
        if (!isWaiting(path)) {
            return find(store.view(), path).isEmpty();
        }
        String rest = path.substring(path.indexOf('/', WAITING.length()) + 1);
        return find(store.view(), rest)
                .filter(hosted -> waitingKey(hosted).equals(key))
                .isEmpty();
    }

    private boolean isListed(View view, Map<String, Kept> kept, String path, Instant now) {
        return YumFiles.above("", path).stream()
                .filter(kept::containsKey)
                .anyMatch(dir -> Objects.requireNonNull(kept.get(dir)).read(now).stream()
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
