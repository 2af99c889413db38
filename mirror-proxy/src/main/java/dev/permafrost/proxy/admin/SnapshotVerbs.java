package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.Withdrawals;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.snapshot.SnapshotSize;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.snapshot.SoleBlobs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What can be done with snapshots. Each takes its snapshot as {@code name}. */
public final class SnapshotVerbs {
    /** Name of the verb that lists them. */
    public static final String LIST = "snapshot-list";

    /** Name of the verb that tells of one. */
    public static final String SHOW = "snapshot-show";

    /** Name of the verb that compares two. */
    public static final String DIFF = "snapshot-diff";

    /** Name of the verb that deletes one. */
    public static final String DROP = "snapshot-drop";

    /** Name of the verb that keeps one from being deleted. */
    public static final String PIN = "snapshot-pin";

    /** Name of the verb that takes that back. */
    public static final String UNPIN = "snapshot-unpin";

    /** Name of the verb that makes one the current one. */
    public static final String ROLLBACK = "rollback";

    /** Most changes that are named of each kind. */
    public static final int NAMED_MAX = 1000;

    private static final long CACHE_BYTES = 16L << 20;

    private final MirrorStore store;
    private final SnapshotReaders readers;
    private final Withdrawals withdrawals;

    SnapshotVerbs(MirrorStore store, SnapshotReaders readers, Withdrawals withdrawals) {
        this.store = store;
        this.readers = readers;
        this.withdrawals = withdrawals;
    }

    Map<String, Verb> all() {
        return Map.of(
                LIST, this::list,
                SHOW, this::show,
                DIFF, this::diff,
                DROP, this::drop,
                PIN, this::pin,
                UNPIN, this::unpin,
                ROLLBACK, this::rollback);
    }

    /** What a snapshot says of itself: {@code name}, {@code created-at}, {@code entries}, {@code blobs}, {@code blob-bytes}, {@code unproved}. */
    public static Map<String, Object> describe(SnapshotManifest manifest) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", manifest.id().name());
        described.put("created-at", manifest.createdAt().toString());
        described.put("entries", manifest.entries());
        described.put("blobs", manifest.blobs());
        described.put("blob-bytes", manifest.blobBytes());
        described.put("unproved", manifest.unproved());
        return described;
    }

    /** {@link #describe}, and {@code current}, {@code pinned}, {@code own-bytes} and {@code shared-bytes} of its index. */
    private Map<String, Object> tell(SnapshotManifest manifest) {
        Snapshots snapshots = store.snapshots();
        Map<String, Object> told = describe(manifest);
        told.put("current", snapshots.current().filter(manifest.id()::equals).isPresent());
        told.put("pinned", snapshots.isPinned(manifest.id()));
        SnapshotSize size = snapshots.size(manifest.id());
        told.put("own-bytes", size.ownBytes());
        told.put("shared-bytes", size.sharedBytes());
        return told;
    }

    /** Lists them, oldest first. Result: {@code snapshots}, each as {@link #tell} says. */
    private Map<String, Object> list(Map<String, String> arguments, ProgressSink progress) {
        List<Object> all = new ArrayList<>();
        store.snapshots().list().forEach(manifest -> all.add(tell(manifest)));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("snapshots", all);
        return result;
    }

    /**
     * Tells of one. Result: as {@link #tell} says; {@code repositories}, each {@code repository}, {@code entries} and {@code bytes}; and, of
     * its blobs, {@code sole-blobs} and {@code sole-bytes}: those that neither the live index nor any other snapshot has.
     */
    private Map<String, Object> show(Map<String, String> arguments, ProgressSink progress) {
        SnapshotId id = id(arguments, "name");
        Map<String, Object> result = tell(store.snapshots().manifest(id));
        Map<String, long[]> sums = new LinkedHashMap<>();
        with(
                id,
                view -> view.catalog().entries((key, entry) -> {
                    long[] sum = sums.computeIfAbsent(key.repository(), name -> new long[2]);
                    sum[0]++;
                    sum[1] += entry.sizeBytes();
                }));
        List<Object> repositories = new ArrayList<>();
        sums.forEach((name, sum) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("repository", name);
            one.put("entries", sum[0]);
            one.put("bytes", sum[1]);
            repositories.add(one);
        });
        result.put("repositories", repositories);
        SoleBlobs sole = store.soleBlobs(id);
        result.put("sole-blobs", sole.blobs());
        result.put("sole-bytes", sole.bytes());
        return result;
    }

    /**
     * Compares two. Arguments: {@code from} and {@code to}, each a snapshot, or absent for what is live. Result: {@code from}, {@code to}; of each
     * kind of change ({@code added}, {@code removed}, {@code changed}, {@code yanked}, {@code unyanked}) a map of {@code count}, {@code bytes} (of
     * the files; of those that are changed, of what they are now) and {@code files}, the first {@value #NAMED_MAX}, each {@code repository}, {@code
     * key} and {@code bytes}.
     */
    private Map<String, Object> diff(Map<String, String> arguments, ProgressSink progress) {
        Map<String, Changes> kinds = new LinkedHashMap<>();
        List.of("added", "removed", "changed", "yanked", "unyanked").forEach(kind -> kinds.put(kind, new Changes()));
        with(
                side(arguments, "from"),
                before -> with(side(arguments, "to"), after -> {
                    progress.progress("comparing", 0, 0);
                    after.changes(before, (key, was, is) -> {
                        String kind = was == null ? "added" : is == null ? "removed" : "changed";
                        add(kinds, kind, key.repository(), key.key(), is == null ? was : is);
                    });
                    withdrawals.between(
                            before,
                            after,
                            (repository, project, file, isYanked) -> add(
                                    kinds, isYanked ? "yanked" : "unyanked", repository, project + "/" + file, null));
                }));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("from", arguments.getOrDefault("from", "live"));
        result.put("to", arguments.getOrDefault("to", "live"));
        kinds.forEach((kind, changes) -> result.put(kind, changes.told()));
        return result;
    }

    private static void add(
            Map<String, Changes> kinds, String kind, String repository, String key, @Nullable Entry entry) {
        Changes changes = kinds.get(kind);
        if (changes != null) {
            changes.add(repository, key, entry == null ? 0 : entry.sizeBytes());
        }
    }

    /** Changes of one kind. */
    private static final class Changes {
        private final List<Object> files = new ArrayList<>();
        private long count;
        private long bytes;

        void add(String repository, String key, long sizeBytes) {
            count++;
            bytes += sizeBytes;
            if (files.size() < NAMED_MAX) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("repository", repository);
                one.put("key", key);
                one.put("bytes", sizeBytes);
                files.add(one);
            }
        }

        Map<String, Object> told() {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("count", count);
            told.put("bytes", bytes);
            told.put("files", files);
            return told;
        }
    }

    /** Deletes one, for good. Result: {@code name}, {@code freed-bytes}. */
    private Map<String, Object> drop(Map<String, String> arguments, ProgressSink progress) {
        SnapshotId id = id(arguments, "name");
        progress.progress("waiting for those who read " + id, 0, 0);
        try {
            if (!readers.leave(id)) {
                throw new StoreException(
                        FailureKind.STORE_LOCKED,
                        "clients are being served from snapshot '" + id
                                + "' at the moment; try again when they are not");
            }
            progress.progress("dropping " + id, 0, 0);
            long freed = size(id);
            store.snapshots().drop(id);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("name", id.name());
            result.put("freed-bytes", freed);
            return result;
        } finally {
            readers.comeBack(id);
        }
    }

    /** What it gives back; nobody is kept from dropping one that can't be read. */
    private long size(SnapshotId id) {
        try {
            return store.snapshots().size(id).ownBytes();
        } catch (StoreException e) {
            if (e.kind() == FailureKind.STORE_CORRUPT) {
                return 0;
            }
            throw e;
        }
    }

    /** Keeps one from being deleted. Result: {@code name}. */
    private Map<String, Object> pin(Map<String, String> arguments, ProgressSink progress) {
        SnapshotId id = id(arguments, "name");
        store.snapshots().pin(id);
        return Map.of("name", id.name());
    }

    /** Takes that back. Result: {@code name}. */
    private Map<String, Object> unpin(Map<String, String> arguments, ProgressSink progress) {
        SnapshotId id = id(arguments, "name");
        store.snapshots().unpin(id);
        return Map.of("name", id.name());
    }

    /** Makes one the current one. Result: {@code name}, {@code before} (empty where there was none), {@code is-older}. */
    private Map<String, Object> rollback(Map<String, String> arguments, ProgressSink progress) {
        SnapshotId id = id(arguments, "name");
        Snapshots snapshots = store.snapshots();
        Optional<SnapshotManifest> before = before(snapshots);
        SnapshotManifest now = snapshots.rollTo(id);
        readers.currentChanged();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("name", id.name());
        result.put("before", before.map(manifest -> manifest.id().name()).orElse(""));
        result.put(
                "is-older",
                before.filter(manifest -> now.createdAt().isBefore(manifest.createdAt()))
                        .isPresent());
        return result;
    }

    /** What was the current one; a name that can't be read, or that nothing has, is what this is the cure of. */
    private static Optional<SnapshotManifest> before(Snapshots snapshots) {
        try {
            return snapshots.current().map(snapshots::manifest);
        } catch (StoreException e) {
            return Optional.empty();
        }
    }

    private static SnapshotId id(Map<String, String> arguments, String key) {
        return new SnapshotId(arguments.getOrDefault(key, ""));
    }

    private static @Nullable SnapshotId side(Map<String, String> arguments, String key) {
        return arguments.containsKey(key) ? id(arguments, key) : null;
    }

    /** Something done with a view that is open meanwhile. */
    private interface Use {
        void of(View view);
    }

    private void with(@Nullable SnapshotId id, Use use) {
        if (id == null) {
            use(store.view(), use);
            return;
        }
        MirrorStore.Options options = MirrorStore.Options.of(store.root()).withCacheBytes(CACHE_BYTES);
        try (MirrorStore frozen = MirrorStore.openFrozen(options, Optional.of(id))) {
            use(frozen.view(), use);
        }
    }

    private static void use(View view, Use use) {
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is stopping; ask again");
        }
        try {
            use.of(view);
        } finally {
            view.release();
        }
    }
}
