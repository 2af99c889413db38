package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Document;
import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.format.yum.SmallFiles.Got;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.Taking;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folders that have metadata of their own, as reposync and createrepo leave them: it is served as it is, signature and all, once all that it
 * says has been found to be so. Blocks.
 */
final class HostedTrees {
    private static final Logger log = LoggerFactory.getLogger(HostedTrees.class);

    /** What stands in place of upstream's entity tag. */
    private static final String TREE = "tree";

    private static final String REPOMD = "repomd.xml";
    private static final Set<String> NAMES = Set.of(REPOMD, REPOMD + ".asc", REPOMD + ".key");
    private static final long DOCUMENT_BYTES_MAX = 4L << 30;
    private static final int FAULTS_TOLD = 3;
    private static final byte[] NONE = new byte[0];

    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final HostedPackages packages;
    private final PackageTaking taking;
    private final Clock clock;

    /** Takes a package of a folder, if it has not been. */
    interface PackageTaking {
        Published take(Path file, Publishing how, String by);
    }

    HostedTrees(
            String repository,
            MirrorStore store,
            Directories directories,
            HostedPackages packages,
            PackageTaking taking,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.packages = packages;
        this.taking = taking;
        this.clock = clock;
    }

    /** Whether a file says what metadata of a tree there is, by its name and that of its folder. */
    static boolean isOne(Path file) {
        Path folder = file.getParent();
        return folder != null
                && NAMES.contains(String.valueOf(file.getFileName()))
                && String.valueOf(folder.getFileName()).equals("repodata");
    }

    /** The {@code repomd.xml} that a file {@link #isOne belongs to}. */
    static Path repomd(Path file) {
        return file.resolveSibling(REPOMD);
    }

    /** The directories that have metadata of their own, empty or ending in a slash. */
    Set<String> dirs() {
        Set<String> dirs = new HashSet<>();
        directories.docs().each(store.view(), (dir, kept) -> {
            if (TREE.equals(kept.newest().header().etag())) {
                dirs.add(dir);
            }
        });
        return dirs;
    }

    /** The directory of a tree's {@code repomd.xml}. */
    static String dir(Path repomd, Publishing how) {
        String path = how.folder().relativize(repomd).toString();
        return path.substring(0, path.length() - Repodata.REPOMD.length());
    }

    /**
     * Has a tree served as it is now, if all that its metadata says is so.
     *
     * @return SHA-256 of its {@code repomd.xml}, and whether that was not served before
     * @throws RefusedUploadException where something is not so; what was served before is then served on
     */
    Taken take(Path repomd, Publishing how, String by) throws IOException, RefusedUploadException {
        String dir = dir(repomd, how);
        String title = "/" + dir + Repodata.REPOMD;
        Generation draft = draft(repomd, dir, title);
        Kept kept = directories.docs().kept(store.view(), dir, false).orElse(null);
        if (kept != null && isSame(kept.newest(), draft)) {
            return new Taken(draft.id(), false);
        }
        boolean done = false;
        try {
            for (Generation.Item item : draft.header().records()) {
                record(dir, item, repomd, title);
            }
            Map<ArtifactKey, ArtifactKey> arriving = new HashMap<>();
            PackageTable.Draft table = listed(dir, draft, repomd, title, how, by, arriving);
            table.put(store, directories.docs().packagesKey(draft.header().packages()));
            directories.replace(dir, draft, arriving, Instant.now(clock));
            done = true;
            log.info("{}: {} is served as it is: it lists {} packages", repository, title, table.size());
            return new Taken(draft.id(), true);
        } finally {
            if (!done) {
                directories.tidy(dir, List.of());
            }
        }
    }

    /** A tree that is served. */
    record Taken(Digest repomd, boolean isNew) {}

    /** Has a tree's metadata served no more: what is left of it is packages. */
    void drop(String dir) {
        directories.drop(dir);
        log.info("{}: the metadata of /{} is gone, and its packages are listed with the others", repository, dir);
    }

    private static boolean isSame(Generation one, Generation other) {
        return one.id().equals(other.id())
                && TREE.equals(one.header().etag())
                && Arrays.equals(one.signature(), other.signature())
                && Arrays.equals(one.key(), other.key());
    }

    private Generation draft(Path file, String dir, String title) throws IOException, RefusedUploadException {
        byte[] bytes = small(file);
        URI nowhere = URI.create("file:/");
        try {
            return Repodata.generation(
                    dir,
                    "",
                    new Got.Bytes(nowhere, bytes, new Document(nowhere, null, TREE, null)),
                    Repomd.read(bytes, title),
                    GenerationBuild.sha256(bytes),
                    smallOrNone(file.resolveSibling(REPOMD + ".asc")),
                    smallOrNone(file.resolveSibling(REPOMD + ".key")),
                    Instant.now(clock));
        } catch (StoreException e) {
            throw new RefusedUploadException(String.valueOf(e.getMessage()));
        }
    }

    private static byte[] smallOrNone(Path file) throws IOException, RefusedUploadException {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? small(file) : NONE;
    }

    private static byte[] small(Path file) throws IOException, RefusedUploadException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new RefusedUploadException(file.getFileName() + " is no file, but a link or a folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Repomd.DOCUMENT_BYTES_MAX + 1);
            if (bytes.length > Repomd.DOCUMENT_BYTES_MAX) {
                throw new RefusedUploadException(
                        file.getFileName() + " is longer than " + Repomd.DOCUMENT_BYTES_MAX + " bytes");
            }
            return bytes;
        }
    }

    /** Takes a file that {@code repomd.xml} names. */
    private void record(String dir, Generation.Item item, Path repomd, String title)
            throws IOException, RefusedUploadException {
        String what = title + " names " + item.upstreamHref();
        if (item.elsewhere() != null) {
            throw new RefusedUploadException(what + " at " + item.elsewhere() + ", and not in the folder");
        }
        ArtifactKey key = directories.docs().recordKey(dir, item);
        if (isHeld(key, item.expectation())) {
            return;
        }
        Path file = repomd.resolveSibling(item.upstreamHref().substring(Repodata.FOLDER.length()));
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new RefusedUploadException(what + ", which is not there");
        }
        Incoming incoming = store.begin(key, item.expectation().algorithms());
        try {
            incoming.staged().take(file, Taking.CLONE);
            incoming.commit(item.expectation(), "");
        } catch (StoreException e) {
            if (e.kind() != FailureKind.DIGEST_MISMATCH && e.kind() != FailureKind.LENGTH_MISMATCH) {
                throw e;
            }
            throw new RefusedUploadException(what + ", which is another file: " + e.getMessage());
        } finally {
            incoming.discard();
        }
    }

    private boolean isHeld(ArtifactKey key, Expectation promised) {
        return store.view()
                .lookup(key)
                .filter(entry -> HeldFiles.fits(store, store.view(), entry, promised))
                .isPresent();
    }

    /**
     * The packages of a tree, all of which are held then.
     *
     * @param arriving takes where those are to move that wait, by where that is
     */
    private PackageTable.Draft listed(
            String dir,
            Generation draft,
            Path repomd,
            String title,
            Publishing how,
            String by,
            Map<ArtifactKey, ArtifactKey> arriving)
            throws IOException, RefusedUploadException {
        Generation.Item primary = draft.header().records().stream()
                .filter(item -> item.type().equals("primary"))
                .findFirst()
                .orElseThrow();
        PackageTable.Draft table = new PackageTable.Draft();
        List<String> faults = new ArrayList<>();
        Path top = repomd.resolve("../..").normalize();
        try (OpenBlob blob = store.open(store.view()
                        .lookup(directories.docs().recordKey(dir, primary))
                        .orElseThrow());
                InputStream in = Decompressed.open(
                        new BlobInput(blob.channel()), "the primary of " + title, DOCUMENT_BYTES_MAX)) {
            PrimaryReader.Summary summary = PrimaryReader.read(in, "the primary of " + title, one -> {
                table.add(one);
                String fault = fault(dir, one, top, how, by, arriving);
                if (!fault.isEmpty()) {
                    faults.add(faults.size() < FAULTS_TOLD ? one.location().path() + " " + fault : "");
                }
            });
            summary.skipped().forEach(faults::add);
        } catch (StoreException e) {
            if (e.kind() != FailureKind.UPSTREAM_INVALID && e.kind() != FailureKind.UPSTREAM_TOO_LARGE) {
                throw e;
            }
            throw new RefusedUploadException(String.valueOf(e.getMessage()));
        }
        if (!faults.isEmpty()) {
            throw new RefusedUploadException(title + " does not fit the folder in " + faults.size() + " packages: "
                    + String.join("; ", faults.subList(0, Math.min(FAULTS_TOLD, faults.size())))
                    + "; complete it, or run createrepo");
        }
        return table;
    }

    /** What is wrong with a package that is listed; empty for nothing. */
    private String fault(
            String dir,
            ListedPackage one,
            Path top,
            Publishing how,
            String by,
            Map<ArtifactKey, ArtifactKey> arriving) {
        if (one.location().base() != null) {
            return "is at " + one.location().base() + ", and not in the folder";
        }
        Expectation promised = Expectation.of(one.checksum()).withSize(one.sizeBytes());
        String path = dir + one.location().path();
        Path file = top.resolve(one.location().path());
        if (isHere(path, promised, arriving)) {
            return "";
        }
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return "is not there";
            }
            if (one.sizeBytes() >= 0 && Files.size(file) != one.sizeBytes()) {
                return "has " + Files.size(file) + " bytes, and is listed with " + one.sizeBytes();
            }
            Published taken = taking.take(file, how, by);
            if (taken.outcome() != Published.Outcome.HERE) {
                return "is not taken: " + taken.text();
            }
            return isHere(path, promised, arriving) ? "" : "is another file: it is listed with " + one.checksum();
        } catch (IOException e) {
            return "can't be read: " + e.getMessage();
        }
    }

    /** Whether a package is at its path, or waits to be there, which is noted then. */
    private boolean isHere(String path, Expectation promised, Map<ArtifactKey, ArtifactKey> arriving) {
        ArtifactKey key = directories.docs().fileKey(path);
        if (isHeld(key, promised)) {
            return true;
        }
        ArtifactKey waiting =
                packages.find(store.view(), path).map(packages::waitingKey).orElse(null);
        boolean waits = waiting != null && isHeld(waiting, promised);
        if (waits) {
            arriving.put(waiting, key);
        }
        return waits;
    }
}
