package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.Listings;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Compares the lists of repositories of RPMs, and finds what in them nobody needs. Which there are, the store knows itself. */
public final class YumListings implements Listings {
    private final MirrorStore store;
    private final boolean fetches;

    /**
     * Of a store.
     *
     * @param fetches whether what is not held can be fetched
     */
    public YumListings(MirrorStore store, boolean fetches) {
        this.store = store;
        this.fetches = fetches;
    }

    /**
     * Result: {@code from} and {@code to}, each {@code repository}, {@code directory}, {@code generation} (how many before the newest),
     * {@code revision}, {@code made-at} and {@code packages}; and of each kind of change ({@code added}, {@code removed}, {@code upgraded},
     * {@code downgraded}, {@code rebuilt}, {@code old-added}, {@code old-removed}) how many there are, as {@code added-count}, and the first
     * {@value ListDiff#TOLD_MAX}, by name: {@code package} (name and architecture), {@code from} and {@code to}.
     */
    @Override
    public Map<String, Object> diff(Chosen from, Chosen to) {
        return with(from, before -> with(to, after -> diff(before, after)));
    }

    private static Map<String, Object> diff(ListChooser.Choice from, ListChooser.Choice to) {
        ListDiff diff = new ListDiff(
                from.lists().modular(from.dir(), from.generation()), to.lists().modular(to.dir(), to.generation()));
        from.lists().packages(from.dir(), from.generation(), diff::before);
        to.lists().packages(to.dir(), to.generation(), diff::after);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("from", told(from, diff.before()));
        result.put("to", told(to, diff.after()));
        diff.changes().forEach((kind, changes) -> {
            String name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
            result.put(name + "-count", (long) changes.size());
            result.put(
                    name,
                    changes.stream()
                            .limit(ListDiff.TOLD_MAX)
                            .map(ListDiff.Change::told)
                            .toList());
        });
        return result;
    }

    private static Map<String, Object> told(ListChooser.Choice choice, long packages) {
        Map<String, Object> told = choice.told();
        told.put("packages", packages);
        return told;
    }

    /** Does something with the list that is meant, of this store or of another one, which is open meanwhile. */
    private Map<String, Object> with(Chosen chosen, Function<ListChooser.Choice, Map<String, Object>> what) {
        if (chosen.snapshot().isEmpty() && chosen.data().isEmpty()) {
            return retained(store, view -> what.apply(new ListChooser(store, !fetches).one(view, chosen.repository())));
        }
        Path root = chosen.data().isEmpty() ? store.root() : Path.of(chosen.data());
        if (!root.isAbsolute()) {
            throw ListChooser.bad("the folder of another store must be an absolute path here, not " + root);
        }
        Optional<SnapshotId> snapshot =
                chosen.snapshot().isEmpty() ? Optional.empty() : Optional.of(new SnapshotId(chosen.snapshot()));
        try (MirrorStore other = MirrorStore.openFrozen(MirrorStore.Options.of(root), snapshot)) {
            return retained(other, view -> what.apply(new ListChooser(other, true).one(view, chosen.repository())));
        }
    }

    private static Map<String, Object> retained(MirrorStore of, Function<View, Map<String, Object>> what) {
        View view = of.view();
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is stopping; ask again");
        }
        try {
            return what.apply(view);
        } finally {
            view.release();
        }
    }

    /**
     * Result: {@code directories}, each {@code repository}, {@code directory}, {@code generation}, {@code revision}, {@code made-at},
     * {@code packages}, and of {@code superseded} and {@code duplicates} the first {@value ListDiff#TOLD_MAX}, with {@code -count},
     * {@code -bytes} (as listed) and {@code -held-bytes} (of that, what is held). One superseded: {@code package}, {@code by}, {@code path},
     * {@code bytes}, {@code held}. One duplicate: {@code package}, {@code copies}: each {@code path}, {@code checksum}, {@code bytes},
     * {@code held}; their bytes are those of all copies but the first, and of those alone that nothing newer takes the place of.
     */
    @Override
    public Map<String, Object> duplicates(String repository) {
        return retained(store, view -> {
            List<Object> directories = new ArrayList<>();
            new ListChooser(store, !fetches)
                    .all(view, repository)
                    .forEach(choice -> directories.add(new Spares(view, choice).told()));
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("directories", directories);
            return result;
        });
    }

    /** What nobody needs of one directory. */
    private static final class Spares {
        private final View view;
        private final ListChooser.Choice choice;
        private final SpareFinder finder;
        private final List<Object> superseded = new ArrayList<>();
        private long supersededCount;
        private long supersededBytes;
        private long supersededHeldBytes;
        private long duplicateBytes;
        private long duplicateHeldBytes;

        Spares(View view, ListChooser.Choice choice) {
            this.view = view;
            this.choice = choice;
            this.finder = new SpareFinder(choice.lists().modular(choice.dir(), choice.generation()));
        }

        Map<String, Object> told() {
            choice.lists().packages(choice.dir(), choice.generation(), finder::first);
            choice.lists().packages(choice.dir(), choice.generation(), one -> finder.second(one, this::add));
            Map<String, Object> told = YumListings.told(choice, finder.listed());
            told.put("superseded-count", supersededCount);
            told.put("superseded-bytes", supersededBytes);
            told.put("superseded-held-bytes", supersededHeldBytes);
            told.put("superseded", superseded);
            Map<Nevra, List<ListedPackage>> duplicates = finder.duplicates();
            List<Object> all = new ArrayList<>();
            duplicates.forEach((nevra, copies) -> {
                Map<String, Object> one = copies(nevra, copies);
                if (all.size() < ListDiff.TOLD_MAX) {
                    all.add(one);
                }
            });
            told.put("duplicates-count", (long) duplicates.size());
            told.put("duplicates-bytes", duplicateBytes);
            told.put("duplicates-held-bytes", duplicateHeldBytes);
            told.put("duplicates", all);
            return told;
        }

        private void add(SpareFinder.Superseded one) {
            Optional<Entry> held = held(one.listed());
            supersededCount++;
            supersededBytes += Math.max(0, one.listed().sizeBytes());
            supersededHeldBytes += held.map(Entry::sizeBytes).orElse(0L);
            if (superseded.size() < ListDiff.TOLD_MAX) {
                Map<String, Object> told = new LinkedHashMap<>();
                told.put("package", one.listed().nevra().toString());
                told.put("by", one.by().toString());
                told.putAll(file(one.listed(), held.isPresent()));
                superseded.add(told);
            }
        }

        private Map<String, Object> copies(Nevra nevra, List<ListedPackage> copies) {
            Set<String> paths = new HashSet<>();
            // what has the same bytes is held once
            Set<Digest> blobs = new HashSet<>();
            boolean counts = finder.newer(nevra) == null;
            List<Object> told = new ArrayList<>();
            for (ListedPackage copy : copies) {
                Optional<Entry> held = held(copy);
                boolean isExtra = !paths.isEmpty();
                boolean isNewPath = paths.add(copy.location().path());
                boolean isNewBlob = held.isPresent() && blobs.add(held.get().digest());
                if (counts && isExtra && isNewPath) {
                    duplicateBytes += Math.max(0, copy.sizeBytes());
                    duplicateHeldBytes +=
                            isNewBlob && blobs.size() > 1 ? held.get().sizeBytes() : 0;
                }
                told.add(file(copy, held.isPresent()));
            }
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("package", nevra.toString());
            one.put("copies", told);
            return one;
        }

        private Optional<Entry> held(ListedPackage listed) {
            return view.lookup(
                    choice.docs().fileKey(choice.dir() + listed.location().path()));
        }

        private static Map<String, Object> file(ListedPackage listed, boolean isHeld) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("path", listed.location().path());
            told.put("checksum", listed.checksum().toString());
            told.put("bytes", Math.max(0, listed.sizeBytes()));
            told.put("held", isHeld);
            return told;
        }
    }
}
