package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.yum.HostedPackages.Hosted;
import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a generation of the packages that a repository is the origin of: lists packed by gzip, and SQLite of them, which all clients from
 * yum 3 on read, signed by a key of ours. What it says which packages it is of stands in place of upstream's entity tag. Blocks.
 */
final class HostedMetadata {
    private static final Logger log = LoggerFactory.getLogger(HostedMetadata.class);

    /** The directory that it is of: the repository itself. */
    private static final String ROOT = "";

    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final HostedPackages packages;
    private final HostedTrees trees;
    private final RecordWriter records;
    private final Path keyFile;
    private final Clock clock;
    private @Nullable OwnKey key;
    private boolean hasDatabases = true;

    /**
     * What makes them for a repository.
     *
     * @param keyFile where the key lies that signs; made when it is first wanted
     */
    HostedMetadata(
            String repository,
            MirrorStore store,
            Directories directories,
            HostedPackages packages,
            HostedTrees trees,
            Path keyFile,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.packages = packages;
        this.trees = trees;
        this.records = new RecordWriter(store, directories.docs());
        this.keyFile = keyFile;
        this.clock = clock;
    }

    /**
     * Makes one of the packages that are in no tree, unless the newest is of these, or the whole is a tree; one at a time.
     *
     * @return whether there is a new one
     */
    synchronized boolean make() {
        Set<String> dirs = trees.dirs();
        if (dirs.contains(ROOT)) {
            return false;
        }
        List<Hosted> all = packages.all(store.view());
        all.removeIf(one -> dirs.stream().anyMatch(one.path()::startsWith));
        String state = state(all);
        Kept kept = directories.docs().kept(store.view(), ROOT, false).orElse(null);
        if (kept != null && state.equals(kept.newest().header().etag()) && isThere(kept.newest())) {
            return false;
        }
        Instant now = Instant.now(clock);
        boolean done = false;
        try {
            Generation generation = generation(all, state, now, kept == null ? null : kept.newest());
            if (kept != null) {
                // it was the newest until now, and somebody may have begun to read it
                directories.confirm(ROOT, kept, kept.newest().header().confirmed(now, null, null));
            }
            directories.become(ROOT, generation);
            done = true;
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED, "the metadata of " + repository + " can't be made: " + e.getMessage(), e);
        } finally {
            if (!done) {
                tidy();
            }
        }
        log.info("{}: new metadata lists {} packages", repository, all.size());
        sweep();
        return true;
    }

    /** Whether all that it names is held: what was lost is made anew. */
    private boolean isThere(Generation newest) {
        GenerationDocs docs = directories.docs();
        return PackageTable.isThere(
                        store.view(), docs.packagesKey(newest.header().packages()))
                && newest.header().records().stream()
                        .allMatch(item -> store.view()
                                .lookup(docs.recordKey(ROOT, item))
                                .filter(store::isThere)
                                .isPresent());
    }

    private void tidy() {
        try {
            directories.tidy(ROOT, List.of());
        } catch (RuntimeException e) {
            log.warn("{}: what was made of new metadata stays until the next: {}", repository, e.toString());
        }
    }

    private void sweep() {
        List<ArtifactKey> unlisted = packages.unlisted(store.view());
        try {
            directories.delete(unlisted);
        } catch (FetchException e) {
            // the store is being frozen: the next time
            log.debug("{}: {}", repository, e.getMessage());
        }
    }

    private Generation generation(List<Hosted> all, String state, Instant now, @Nullable Generation before)
            throws IOException {
        // yum takes none that is older than what it has
        long seconds = Math.max(
                now.getEpochSecond(), before == null ? 0 : before.header().newest() + 1);
        Map<PackageList, Repomd.Data> lists = new EnumMap<>(PackageList.class);
        for (PackageList list : PackageList.values()) {
            lists.put(list, records.written(ROOT, list.type(), seconds, out -> {
                out.write(list.head(all.size()));
                for (Hosted one : all) {
                    out.write(packages.element(one, list));
                }
                out.write(list.tail());
            }));
        }
        Digest primary = Objects.requireNonNull(lists.get(PackageList.PRIMARY)).checksum();
        List<Repomd.Data> data = new ArrayList<>(lists.values());
        data.addAll(databases(lists));
        Repomd like = new Repomd(
                Long.toString(seconds), new Repomd.Tags(List.of(), List.of(), List.of()), List.of(), List.of());
        byte[] document = RepomdWriter.write(like, data);
        PackageTable.Draft table = new PackageTable.Draft();
        all.forEach(one -> table.add(one.path(), one.sha256(), one.sizeBytes(), null));
        Generation.Header header = new Generation.Header(
                GenerationBuild.sha256(document),
                "",
                state,
                null,
                now,
                seconds,
                GenerationDocs.packages(ROOT, primary),
                data.stream().map(RecordWriter::item).toList());
        OwnKey signing = key();
        table.put(store, directories.docs().packagesKey(header.packages()));
        return new Generation(header, document, signing.sign(document), signing.publicKey());
    }

    /** SQLite of the lists; none where one of them can't be made, since yum reads lists as well. */
    private List<Repomd.Data> databases(Map<PackageList, Repomd.Data> lists) throws IOException {
        List<Repomd.Data> databases = new ArrayList<>();
        try {
            for (Map.Entry<PackageList, Repomd.Data> one : lists.entrySet()) {
                DatabaseKind kind = DatabaseKind.valueOf(one.getKey().name());
                databases.add(records.database(ROOT, kind, one.getValue(), RecordWriter.item(one.getValue())));
            }
            hasDatabases = true;
            return databases;
        } catch (StoreException | LinkageError e) {
            if (e instanceof StoreException failure && failure.kind().equals(FailureKind.DISK_FULL)) {
                throw failure;
            }
            if (hasDatabases) {
                hasDatabases = false;
                log.warn("{}: there is no SQLite of the lists, and yum reads these: {}", repository, e.toString());
            }
            return List.of();
        }
    }

    private OwnKey key() {
        OwnKey known = key;
        if (known == null) {
            known = OwnKey.of(keyFile);
            key = known;
            log.info("{}: metadata is signed by {}", repository, known.fingerprint());
        }
        return known;
    }

    /** What tells which packages there are, each at its place, from any others. */
    private static String state(List<Hosted> all) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        for (Hosted one : all) {
            digest.update((one.sha256().hex() + " " + one.seconds() + " " + one.path() + "\n").getBytes(UTF_8));
        }
        return "packages:" + HexFormat.of().formatHex(digest.digest());
    }
}
