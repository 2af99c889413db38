package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.yum.HostedExtras.Extra;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
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

    /** So many things are told at once. */
    private static final int TOLD_MAX = 20;

    /** The directory that it is of: the repository itself. */
    private static final String ROOT = "";

    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final HostedPackages packages;
    private final HostedExtras extras;
    private final HostedTrees trees;
    private final RecordWriter records;
    private final Path keyFile;
    private final Clock clock;
    private @Nullable OwnKey key;
    private boolean hasDatabases = true;
    /** What was said already. */
    private final Set<String> told = new HashSet<>();

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
            HostedExtras extras,
            HostedTrees trees,
            Path keyFile,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.packages = packages;
        this.extras = extras;
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
        List<Extra> beside = extras.all(store.view());
        String state = state(all, beside);
        Kept kept = directories.docs().kept(store.view(), ROOT, false).orElse(null);
        if (kept != null && state.equals(kept.newest().header().etag()) && isThere(kept.newest())) {
            return false;
        }
        Instant now = Instant.now(clock);
        boolean done = false;
        try {
            Generation generation = generation(all, beside, state, now, kept == null ? null : kept.newest());
            directories.replace(ROOT, generation, packages.arriving(store.view(), all), now);
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
        tell(all, beside);
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
            directories.delete(unlisted, packages::isUnwanted);
        } catch (FetchException e) {
            // the store is being frozen: the next time
            log.debug("{}: {}", repository, e.getMessage());
        }
    }

    private Generation generation(
            List<Hosted> all, List<Extra> beside, String state, Instant now, @Nullable Generation before)
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
        data.addAll(extras.write(beside, records, ROOT, seconds));
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

    /** Says what an operator may not have meant, once. */
    private void tell(List<Hosted> all, List<Extra> beside) {
        Set<String> now = new LinkedHashSet<>(HostedExtras.unused(beside));
        now.addAll(sameNames(all));
        now.stream()
                .filter(one -> !told.contains(one))
                .limit(TOLD_MAX)
                .forEach(one -> log.warn("{}: {}", repository, one));
        told.clear();
        told.addAll(now);
    }

    /** Packages of the same name, version and architecture, of which clients take any. */
    private static List<String> sameNames(List<Hosted> all) {
        Map<Nevra, Hosted> first = new HashMap<>();
        List<String> same = new ArrayList<>();
        for (Hosted one : all) {
            Hosted other = first.putIfAbsent(one.nevra(), one);
            if (other != null && same.size() < TOLD_MAX) {
                same.add(other.path() + " and " + one.path() + " are both " + one.nevra()
                        + ", and a client takes either; delete one of them if they differ");
            }
        }
        return same;
    }

    /** What tells which packages there are, each at its place, and what beside them, from any others. */
    private static String state(List<Hosted> all, List<Extra> beside) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        for (Hosted one : all) {
            digest.update((one.sha256().hex() + " " + one.seconds() + " " + one.path() + "\n").getBytes(UTF_8));
        }
        for (Extra one : beside) {
            digest.update((one.sha256().hex() + " " + one.path() + "\n").getBytes(UTF_8));
        }
        return "packages:" + HexFormat.of().formatHex(digest.digest());
    }
}
