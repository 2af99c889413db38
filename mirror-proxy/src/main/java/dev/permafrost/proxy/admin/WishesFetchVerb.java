package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.proxy.sync.SyncLimits;
import dev.permafrost.proxy.sync.SyncRun;
import dev.permafrost.proxy.wishes.SignedWishes;
import dev.permafrost.proxy.wishes.Wish;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.Keyring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import reactor.core.publisher.Mono;

/**
 * Fetches what clients of a site without a line asked for in vain, as a list says that was carried from there.
 *
 * <p>Arguments: {@code file}, that list, an absolute path; {@code keys}, the folder of the keys by which its signature is checked, or {@code
 * untrusted}; {@code connections}, {@code per-host}, {@code bytes-per-second}; {@code plan-only}. Result: {@code signer}, {@code signer-key}
 * (where it was checked), {@code wishes} (how many), and what {@link SyncVerb} says, with a plan for each wish.
 */
public final class WishesFetchVerb implements Verb {
    /** What it is called. */
    public static final String NAME = "wishes-fetch";

    private final MirrorStore store;
    private final Map<String, Format> formats;
    private final SyncVerb sync;

    /** Of the repositories that have an upstream, by name. */
    public WishesFetchVerb(MirrorStore store, Map<String, Format> formats) {
        this.store = store;
        this.formats = Map.copyOf(formats);
        this.sync = new SyncVerb(store, Map.of());
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        SyncLimits limits = SyncVerb.limits(new TreeMap<>(arguments));
        if (formats.isEmpty()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "nothing is fetched here: this is offline or frozen, or no repository has an upstream; take the file to the"
                            + " site that has a line");
        }
        SignedWishes list = SignedWishes.read(
                path(arguments, "file"),
                arguments.containsKey("untrusted") ? null : Keyring.in(path(arguments, "keys")));
        progress.progress("looking for what is meant by " + list.wishes().size() + " wishes", 0, 0);
        List<SyncPlan> plans = distinct(
                SyncRun.granted(list.wishes().stream().map(this::granted).toList()));
        Map<String, Object> result = new LinkedHashMap<>();
        list.signer().ifPresent(signer -> {
            result.put("signer", signer.name());
            result.put("signer-key", signer.fingerprint());
        });
        result.put("wishes", list.wishes().size());
        sync.describe(plans, result);
        if (!arguments.containsKey("plan-only")) {
            progress.progress("to ask for: " + result.get("fetch") + " files", 0, 0);
            SyncVerb.run(plans, limits, progress, result);
        }
        return result;
    }

    private Mono<SyncPlan> granted(Wish wish) {
        String title = wish.repository() + ": " + wish.what();
        Format format = formats.get(wish.repository());
        return format == null
                ? Mono.just(SyncPlan.failed(
                        title,
                        new StoreException(
                                FailureKind.BAD_REQUEST,
                                "there is no repository '" + wish.repository() + "' with an upstream here; there are: "
                                        + String.join(", ", new TreeSet<>(formats.keySet())))))
                : format.grant(wish.what(), store::view)
                        .onErrorResume(StoreException.class, e -> Mono.just(SyncPlan.failed(title, e)));
    }

    /** What several wishes mean is fetched for the first of them. */
    private static List<SyncPlan> distinct(List<SyncPlan> plans) {
        Set<String> seen = new HashSet<>();
        List<SyncPlan> distinct = new ArrayList<>();
        for (SyncPlan plan : plans) {
            List<SyncItem> items =
                    plan.items().stream().filter(item -> seen.add(item.name())).toList();
            distinct.add(new SyncPlan(
                    plan.of(),
                    plan.listed(),
                    plan.wanted(),
                    plan.held(),
                    plan.heldBytes(),
                    items,
                    plan.changes(),
                    plan.gone(),
                    plan.ending(),
                    plan.failure()));
        }
        return distinct;
    }

    private static Path path(Map<String, String> arguments, String name) {
        Path path = Path.of(arguments.getOrDefault(name, ""));
        if (!path.isAbsolute()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, "'" + name + "' must be an absolute path here, not '" + path + "'");
        }
        return path;
    }
}
