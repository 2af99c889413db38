package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.proxy.repo.Syncing;
import dev.permafrost.proxy.sync.SyncLimits;
import dev.permafrost.proxy.sync.SyncProgress;
import dev.permafrost.proxy.sync.SyncReport;
import dev.permafrost.proxy.sync.SyncRun;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what repositories have, ahead of need: plans, looks whether it fits on the disk, and has it done.
 *
 * <p>Arguments: {@code repositories}, one a line, each with {@code /} and a part of it where not all is meant; {@code plan-only} for no
 * more than the plan; {@code ignore-space} to begin though it does not fit; {@code connections}, {@code per-host}, {@code bytes-per-second}; all others are wishes that the format understands.
 *
 * <p>Result: {@code plans}, a list of {@code of}, {@code listed}, {@code wanted}, {@code held}, {@code held-bytes}, {@code fetch}, {@code
 * fetch-bytes}, {@code gone}, {@code changes} where it is known what upstream lists otherwise than when it was synced last ({@code since},
 * {@code added}, {@code changed}, {@code removed}, and of each how many, as {@code added-count}), and {@code failure} where there is one; {@code fetch}, {@code fetch-bytes}, {@code free-bytes}, {@code fits};
 * and where more was done than planned {@code fetched}, {@code fetched-bytes}, {@code received-bytes}, {@code seconds}, {@code deleted}, {@code
 * failed} (a number), {@code not-tried}, {@code ended} (why, where it ended early) and {@code failures}, each with {@code name} and {@code reason}.
 */
final class SyncVerb implements Verb {
    private static final int NAMED_MAX = 1000;

    private final MirrorStore store;
    private final Map<String, Syncing> syncings;

    SyncVerb(MirrorStore store, Map<String, Syncing> syncings) {
        this.store = store;
        this.syncings = Map.copyOf(syncings);
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        Map<String, String> wishes = new TreeMap<>(arguments);
        SyncLimits limits = limits(wishes);
        boolean planOnly = wishes.remove("plan-only") != null;
        boolean ignoresSpace = wishes.remove("ignore-space") != null;
        Map<String, List<String>> repositories = repositories(wishes.remove("repositories"));
        List<SyncPlan> plans = new ArrayList<>();
        repositories.forEach((name, parts) -> {
            progress.progress("asking for what " + name + " has", plans.size(), 0);
            plans.addAll(SyncRun.plans(syncing(name), parts, wishes));
        });
        Map<String, Object> result = new LinkedHashMap<>();
        boolean fits = describe(plans, result);
        if (planOnly) {
            return result;
        }
        if (!fits && !ignoresSpace) {
            throw new StoreException(
                    FailureKind.DISK_FULL,
                    "what is to be fetched has " + result.get("fetch-bytes") + " bytes, and " + store.root()
                            + " has room for "
                            + result.get("free-bytes")
                            + "; free some, or want less: see --plan-only, --newest-only, --arch and"
                            + " --exclude; --ignore-space begins all the same");
        }
        progress.progress(
                "to fetch: " + result.get("fetch") + " files, " + result.get("fetch-bytes") + " bytes; "
                        + plans.stream().mapToLong(SyncPlan::held).sum() + " files are held",
                0,
                0);
        run(plans, limits, progress, result);
        return result;
    }

    static SyncLimits limits(Map<String, String> arguments) {
        SyncLimits usual = SyncLimits.defaults();
        long connections = number(arguments.remove("connections"), "--connections", usual.connections());
        long perHost = number(arguments.remove("per-host"), "--per-host", usual.connectionsPerHost());
        long rate = number(arguments.remove("bytes-per-second"), "--limit-rate", 0);
        if (connections < 1 || connections > SyncLimits.CONNECTIONS_MAX || perHost < 1) {
            throw bad("--connections and --per-host take numbers from 1 to " + SyncLimits.CONNECTIONS_MAX);
        }
        if (rate < 0 || (rate > 0 && rate < SyncLimits.BYTES_PER_SECOND_MIN)) {
            throw bad("--limit-rate takes " + (SyncLimits.BYTES_PER_SECOND_MIN >> 10)
                    + " KiB a second or more; slower, a fetch looks as if upstream had fallen silent");
        }
        return new SyncLimits(
                (int) connections,
                (int) Math.min(perHost, SyncLimits.CONNECTIONS_MAX),
                rate,
                usual.retriesMax(),
                usual.retryAfter(),
                usual.hostFailuresMax());
    }

    private static long number(@Nullable String text, String option, long otherwise) {
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, option + " is no number: " + text, e);
        }
    }

    /** The parts of each repository that are meant; none for all of it. */
    private Map<String, List<String>> repositories(@Nullable String lines) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        if (lines == null || lines.isBlank()) {
            new TreeSet<>(syncings.keySet()).forEach(name -> all.put(name, List.of()));
        } else {
            lines.lines().forEach(line -> {
                int slash = line.indexOf('/');
                List<String> parts =
                        all.computeIfAbsent(slash < 0 ? line : line.substring(0, slash), name -> new ArrayList<>());
                if (slash >= 0) {
                    parts.add(line.substring(slash + 1));
                }
            });
        }
        if (all.isEmpty()) {
            throw bad(
                    "there is no repository of RPMs with an upstream here, or nothing is fetched, since this is offline or"
                            + " frozen; docs/RPM.md shows how one is written");
        }
        return all;
    }

    private Syncing syncing(String name) {
        Syncing syncing = syncings.get(name);
        if (syncing == null) {
            throw bad("there is no repository '" + name + "' of RPMs with an upstream; there are: "
                    + String.join(", ", new TreeSet<>(syncings.keySet())));
        }
        return syncing;
    }

    /** Tells of plans; whether what they say fits on the disk. */
    boolean describe(List<SyncPlan> plans, Map<String, Object> result) {
        List<Object> told = new ArrayList<>();
        for (SyncPlan plan : plans) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("of", plan.of());
            one.put("listed", plan.listed());
            one.put("wanted", plan.wanted());
            one.put("held", plan.held());
            one.put("held-bytes", plan.heldBytes());
            one.put("fetch", plan.fetches());
            one.put("fetch-bytes", plan.fetchBytes());
            one.put("gone", plan.gone().stream().limit(NAMED_MAX).toList());
            one.put("gone-count", plan.gone().size());
            SyncPlan.Changes changes = plan.changes();
            if (changes != null) {
                one.put("changes", told(changes));
            }
            StoreException failure = plan.failure();
            if (failure != null) {
                one.put("failure", String.valueOf(failure.getMessage()));
            }
            told.add(one);
        }
        long bytes = plans.stream().mapToLong(SyncPlan::fetchBytes).sum();
        long free = store.roomBytes();
        result.put("plans", told);
        result.put("fetch", plans.stream().mapToLong(SyncPlan::fetches).sum());
        result.put("fetch-bytes", bytes);
        result.put("free-bytes", free);
        result.put("fits", bytes <= free);
        return bytes <= free;
    }

    private static Map<String, Object> told(SyncPlan.Changes changes) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("since", changes.since().toString());
        Map.of("added", changes.added(), "changed", changes.changed(), "removed", changes.removed())
                .forEach((kind, names) -> {
                    told.put(kind + "-count", (long) names.size());
                    told.put(kind, names.stream().limit(NAMED_MAX).toList());
                });
        return told;
    }

    /** Fetches what plans want, and says how that went. */
    static void run(List<SyncPlan> plans, SyncLimits limits, ProgressSink progress, Map<String, Object> result) {
        List<SyncItem> items = new ArrayList<>();
        plans.forEach(plan -> items.addAll(plan.items()));
        long start = System.nanoTime();
        SyncReport report = SyncRun.of(items, limits, now -> tell(now, progress));
        List<Object> failures = new ArrayList<>();
        long failed = report.failed();
        for (SyncPlan plan : plans) {
            StoreException failure = plan.failure();
            if (failure != null) {
                failures.add(Map.of("name", plan.of(), "reason", String.valueOf(failure.getMessage())));
                failed++;
            }
        }
        report.failures().forEach(one -> failures.add(Map.of("name", one.name(), "reason", one.reason())));
        long deleted = 0;
        String ended = report.ended();
        if (ended == null) {
            for (SyncPlan plan : plans) {
                deleted += plan.ending().getAsLong();
            }
        } else {
            result.put("ended", ended);
        }
        result.put("fetched", report.held());
        result.put("fetched-bytes", report.heldBytes());
        result.put("received-bytes", report.receivedBytes());
        result.put("seconds", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) / 1000.0);
        result.put("deleted", deleted);
        result.put("failed", failed);
        result.put("not-tried", report.notTried());
        result.put("failures", failures);
    }

    private static void tell(SyncProgress now, ProgressSink progress) {
        progress.progress(now.filesOver() + " of " + now.files() + " files", now.bytesOver(), Math.max(1, now.bytes()));
    }

    private static StoreException bad(String why) {
        return new StoreException(FailureKind.BAD_REQUEST, why);
    }
}
