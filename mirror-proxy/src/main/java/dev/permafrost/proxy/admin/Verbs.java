package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.repo.Explains;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Listings;
import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.Sealing;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.repo.Syncing;
import dev.permafrost.proxy.repo.Withdrawals;
import dev.permafrost.proxy.wishes.Wish;
import dev.permafrost.proxy.wishes.WishList;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.StoreStatus;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What can be asked of the process that owns a store: by the command line over the control socket, or in its own process where
 * no server runs. Results are maps whose keys are documented here.
 */
public final class Verbs {
    /** Name of the verb that seals a snapshot. */
    public static final String FREEZE = "freeze";

    /** Name of the verb that tells what the store holds. */
    public static final String STATUS = "status";

    /** Name of the verb that tells why a project's files are served or not. */
    public static final String EXPLAIN = "explain";

    /** Name of the verb that takes files in from a folder. */
    public static final String PUBLISH = "publish";

    /** Name of the verb that withdraws a version of a project, or takes that back. */
    public static final String YANK = "yank";

    /** Name of the verb that deletes a version of a project. */
    public static final String DELETE = "delete";

    /** Name of the verb that fetches what repositories have ahead of need. */
    public static final String SYNC = "sync";

    /** Name of the verb that compares two lists of packages. */
    public static final String DIFF = "repository-diff";

    /** Name of the verb that finds packages which nobody needs. */
    public static final String DUPLICATES = "repository-duplicates";

    /** Name of the verb that deletes what is superseded in a repository of one's own. */
    public static final String DELETE_SUPERSEDED = "delete-superseded";

    /** Name of the verb that deletes the files which nothing names. */
    public static final String GC = "gc";

    /** Name of the verb that reads all files again. */
    public static final String VERIFY = "verify";

    /** The verbs that change nothing, so that they can be asked of a frozen server too. */
    public static final Set<String> TELLING =
            Set.of(STATUS, EXPLAIN, DIFF, DUPLICATES, SnapshotVerbs.LIST, SnapshotVerbs.SHOW, SnapshotVerbs.DIFF);

    /** Name of the verb that takes a bundle in. */
    public static final String IMPORT = "import";

    static final String OPERATOR = "the operator";

    private static final int WISHES_SHOWN = 20;

    private final MirrorStore store;
    private final Map<String, ReadThrough> files;
    private final WishList wishes;
    private final Map<String, Explains> explains;
    private final Map<String, Hosting> hosting;
    private final FreezeVerb freeze;
    private final SnapshotVerbs snapshots;
    private final SyncVerb sync;
    private final Listings listings;

    /** The verbs of a store, of what a server is doing with it, and of its repositories by name. */
    public Verbs(
            MirrorStore store,
            Map<String, ReadThrough> files,
            WishList wishes,
            Map<String, Explains> explains,
            Map<String, Hosting> hosting,
            List<Sealing> sealings,
            Map<String, Syncing> syncings,
            Listings listings,
            Withdrawals withdrawals,
            SnapshotReaders readers,
            Standstill standstill) {
        this.store = store;
        this.files = Map.copyOf(files);
        this.wishes = wishes;
        this.explains = Map.copyOf(explains);
        this.hosting = Map.copyOf(hosting);
        this.freeze = new FreezeVerb(store, hosting, sealings, standstill, wishes);
        this.snapshots = new SnapshotVerbs(store, readers, withdrawals);
        this.sync = new SyncVerb(store, syncings);
        this.listings = listings;
    }

    /** The verbs of a store that no server has open, and of its repositories by name. */
    public static Verbs of(
            MirrorStore store,
            Map<String, Explains> explains,
            Map<String, Hosting> hosting,
            List<Sealing> sealings,
            Map<String, Syncing> syncings,
            Listings listings,
            Withdrawals withdrawals) {
        return new Verbs(
                store,
                Map.of(),
                new WishList(Clock.systemUTC()),
                explains,
                hosting,
                sealings,
                syncings,
                listings,
                withdrawals,
                SnapshotReaders.NONE,
                new Standstill());
    }

    /** A verb's result as JSON for people and programs. */
    public static String json(Map<String, Object> result) {
        return ControlMessages.pretty(result);
    }

    /** All of them by name. */
    public Map<String, Verb> all() {
        Map<String, Verb> all = new HashMap<>(Map.of(
                FREEZE, freeze,
                STATUS, this::status,
                EXPLAIN, this::explain,
                PUBLISH, this::publish,
                YANK, this::yank,
                DELETE, this::delete,
                SYNC, sync,
                DIFF, this::diff,
                DUPLICATES, this::duplicates));
        all.put(DELETE_SUPERSEDED, new DeleteSupersededVerb(this::hosted));
        all.put(IMPORT, new ImportVerb(store));
        all.put(GC, new GcVerb(store));
        all.put(VERIFY, new VerifyVerb(store));
        all.putAll(snapshots.all());
        return all;
    }

    /**
     * Tells what the store holds. Result: {@code data}, {@code serving}, {@code entries}, {@code blobs}, {@code blob-bytes},
     * {@code verified} (by way of proof), {@code suspended}, {@code free-bytes}, {@code fetching}, {@code snapshots},
     * {@code current}, {@code wishes} (the first of them), {@code wishes-count}.
     */
    private Map<String, Object> status(Map<String, String> arguments, ProgressSink progress) {
        StoreStatus status = store.status();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("data", status.data().toString());
        result.put("serving", status.serving().map(SnapshotId::name).orElse("live"));
        result.put(
                "entries", status.entries().values().stream().mapToLong(n -> n).sum());
        result.put("blobs", status.blobs());
        result.put("blob-bytes", status.blobBytes());
        Map<String, Object> verified = new LinkedHashMap<>();
        for (Verification how : Verification.values()) {
            verified.put(how.name().toLowerCase(Locale.ROOT), status.entries().getOrDefault(how, 0L));
        }
        result.put("verified", verified);
        result.put("suspended", status.suspended());
        result.put("free-bytes", status.freeBytes());
        result.put(
                "fetching",
                files.values().stream().mapToLong(ReadThrough::flights).sum());
        List<Object> snapshots = new ArrayList<>();
        status.snapshots().forEach(manifest -> snapshots.add(SnapshotVerbs.describe(manifest)));
        result.put("snapshots", snapshots);
        result.put("current", status.current().map(SnapshotId::name).orElse(""));
        List<Object> missing = new ArrayList<>();
        wishes.all().stream().limit(WISHES_SHOWN).map(Wish::title).forEach(missing::add);
        result.put("wishes", missing);
        result.put("wishes-count", wishes.size());
        return result;
    }

    /**
     * Tells why a project's files, or packages, are served or not. Arguments: {@code repository}, {@code project}, {@code version} (of
     * all where absent). Result: as the repository's {@link Explains} says.
     */
    private Map<String, Object> explain(Map<String, String> arguments, ProgressSink progress) {
        String repository = arguments.getOrDefault("repository", "");
        Explains asked = explains.get(repository);
        if (asked == null) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "there is no repository '" + repository + "'; there are: "
                            + String.join(", ", new TreeSet<>(explains.keySet())));
        }
        return asked.explain(arguments.getOrDefault("project", ""), arguments.get("version"));
    }

    /**
     * Compares two lists of packages. Arguments: {@code from} and {@code to}, each a repository or a directory below it; {@code
     * from-snapshot}, {@code from-data}, {@code to-snapshot}, {@code to-data}, where they are in others. Result: as {@link Listings} says.
     */
    private Map<String, Object> diff(Map<String, String> arguments, ProgressSink progress) {
        return listings.diff(chosen(arguments, "from"), chosen(arguments, "to"));
    }

    private static Listings.Chosen chosen(Map<String, String> arguments, String side) {
        return new Listings.Chosen(
                arguments.getOrDefault(side, ""),
                arguments.getOrDefault(side + "-snapshot", ""),
                arguments.getOrDefault(side + "-data", ""));
    }

    /**
     * Finds packages which nobody needs. Arguments: {@code repository}, or a directory below it. Result: as {@link Listings} says.
     */
    private Map<String, Object> duplicates(Map<String, String> arguments, ProgressSink progress) {
        return listings.duplicates(arguments.getOrDefault("repository", ""));
    }

    /**
     * Takes files in from a folder, those in its folders too. Arguments: {@code repository}; {@code folder}, an absolute path;
     * {@code link}, to link files where that is possible. Result: {@code taken}, a number; {@code unchanged}, how many of them were
     * looked at before; {@code refused}, texts that name a file and say why.
     */
    private Map<String, Object> publish(Map<String, String> arguments, ProgressSink progress) {
        Hosting hosted = hosted(arguments);
        Path folder = Path.of(arguments.getOrDefault("folder", ""));
        Publishing how = new Publishing(folder, arguments.containsKey("link"), true);
        List<Path> found;
        try {
            found = FolderFiles.below(folder);
        } catch (IOException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, folder + " can't be read: " + e.getMessage(), e);
        }
        List<Object> refused = new ArrayList<>();
        int taken = 0;
        int unchanged = 0;
        for (Path file : found) {
            progress.progress("publishing", taken + refused.size(), found.size());
            if (hosted.isBeside(file)) {
                continue;
            }
            String why;
            try {
                Published result = hosted.publish(file, how, OPERATOR);
                if (result.outcome() == Published.Outcome.HERE) {
                    taken++;
                    unchanged += result.anew() ? 0 : 1;
                    continue;
                }
                why = result.text();
            } catch (StoreException e) {
                if (e.kind() != FailureKind.BAD_REQUEST) {
                    throw e;
                }
                why = String.valueOf(e.getMessage());
            }
            refused.add(folder.relativize(file) + ": " + why);
        }
        hosted.complete();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("taken", taken);
        result.put("unchanged", unchanged);
        result.put("refused", refused);
        return result;
    }

    /**
     * Withdraws a version of a project. Arguments: {@code repository}, {@code project}, {@code version}, {@code reason}, or
     * {@code undo} to take it back. Result: {@code text}.
     */
    private Map<String, Object> yank(Map<String, String> arguments, ProgressSink progress) {
        String reason = arguments.containsKey("undo") ? null : arguments.getOrDefault("reason", "");
        return Map.of(
                "text",
                hosted(arguments)
                        .yank(
                                arguments.getOrDefault("project", ""),
                                arguments.getOrDefault("version", ""),
                                reason,
                                OPERATOR));
    }

    /** Deletes a version of a project. Arguments: {@code repository}, {@code project}, {@code version}. Result: {@code text}. */
    private Map<String, Object> delete(Map<String, String> arguments, ProgressSink progress) {
        return Map.of(
                "text",
                hosted(arguments)
                        .delete(
                                arguments.getOrDefault("project", ""),
                                arguments.getOrDefault("version", ""),
                                OPERATOR));
    }

    private Hosting hosted(Map<String, String> arguments) {
        String repository = arguments.getOrDefault("repository", "");
        Hosting asked = hosting.get(repository);
        if (asked == null) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "there is no repository '" + repository + "' whose files are its own; "
                            + (hosting.isEmpty()
                                    ? "all have an upstream: write one without into the configuration"
                                    : "there are: " + String.join(", ", new TreeSet<>(hosting.keySet()))));
        }
        return asked;
    }
}
