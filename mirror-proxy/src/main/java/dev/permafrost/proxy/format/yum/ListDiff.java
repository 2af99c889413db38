package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares two lists of packages, each shown once: what is the same in both takes no memory of the second. Packages of modules are compared
 * each by itself, as those of one stream are neither newer nor older than those of another.
 */
final class ListDiff {
    /** Most that is told one by one of what has changed in the same way. */
    static final int TOLD_MAX = 100_000;

    private final Set<String> modularBefore;
    private final Set<String> modularAfter;
    private final Map<String, Changes> byName = new HashMap<>();
    private long before;
    private long after;

    /** A package. */
    private record Item(Nevra nevra, Digest checksum) {
        /** Whether it is the same package; checksums of different kinds are not compared. */
        boolean isSame(ListedPackage other) {
            return nevra.equals(other.nevra())
                    && (checksum.algorithm() != other.checksum().algorithm() || checksum.equals(other.checksum()));
        }
    }

    /** What has become of the packages of one name and architecture. */
    private static final class Changes {
        /** Those of before that have not been found again. */
        private final List<Item> went = new ArrayList<>(1);

        private List<Item> came = List.of();
        private @Nullable Nevra newestBefore;
        private @Nullable Nevra newestAfter;

        void came(Item item) {
            if (came.isEmpty()) {
                came = new ArrayList<>(1);
            }
            came.add(item);
        }

        boolean isAny() {
            return !went.isEmpty() || !came.isEmpty();
        }
    }

    /**
     * A comparison.
     *
     * @param modularBefore packages of modules in the first list, as {@link Nevra#toString} has them
     * @param modularAfter the same of the second
     */
    ListDiff(Set<String> modularBefore, Set<String> modularAfter) {
        this.modularBefore = modularBefore;
        this.modularAfter = modularAfter;
    }

    /** Takes a package of the first list; all of them come before those of the second. */
    void before(ListedPackage listed) {
        before++;
        Nevra nevra = listed.nevra();
        Changes changes = byName.computeIfAbsent(nevra.nameAndArch(), key -> new Changes());
        changes.went.add(new Item(nevra, listed.checksum()));
        if (isPlain(nevra, modularBefore)) {
            changes.newestBefore = newer(changes.newestBefore, nevra);
        }
    }

    /** Takes a package of the second list. */
    void after(ListedPackage listed) {
        after++;
        Nevra nevra = listed.nevra();
        Changes changes = byName.computeIfAbsent(nevra.nameAndArch(), key -> new Changes());
        for (Iterator<Item> left = changes.went.iterator(); left.hasNext(); ) {
            Item item = left.next();
            if (item.isSame(listed)) {
                left.remove();
                // which is in memory already
                nevra = item.nevra();
                if (isPlain(nevra, modularAfter)) {
                    changes.newestAfter = newer(changes.newestAfter, nevra);
                }
                return;
            }
        }
        changes.came(new Item(nevra, listed.checksum()));
        if (isPlain(nevra, modularAfter)) {
            changes.newestAfter = newer(changes.newestAfter, nevra);
        }
    }

    private static boolean isPlain(Nevra nevra, Set<String> modular) {
        return modular.isEmpty() || !modular.contains(nevra.toString());
    }

    private static Nevra newer(@Nullable Nevra known, Nevra other) {
        return known == null || Nevra.BY_AGE.compare(other, known) > 0 ? other : known;
    }

    /** How a package has changed. */
    enum Kind {
        /** Nothing of that name and architecture was there; or it is of a module. */
        ADDED,
        /** Nothing of that name and architecture is there any more; or it is of a module. */
        REMOVED,
        /** The newest is newer than the newest was. */
        UPGRADED,
        /** The newest is older than the newest was. */
        DOWNGRADED,
        /** The same version has another checksum. */
        REBUILT,
        /** One that is not the newest is there as well. */
        OLD_ADDED,
        /** One that is not the newest is there no more. */
        OLD_REMOVED
    }

    /**
     * A change.
     *
     * @param from what was there; null where there was nothing
     * @param to what is there; null where there is nothing
     */
    record Change(@Nullable Nevra from, @Nullable Nevra to) {
        Map<String, Object> told() {
            Map<String, Object> told = new LinkedHashMap<>();
            Nevra any = to == null ? from : to;
            told.put("package", any == null ? "" : any.nameAndArch());
            if (from != null) {
                told.put("from", from.toString());
            }
            if (to != null) {
                told.put("to", to.toString());
            }
            return told;
        }
    }

    /** All changes by their kinds, in the order of names. */
    Map<Kind, List<Change>> changes() {
        Map<Kind, List<Change>> all = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            all.put(kind, new ArrayList<>());
        }
        Map<String, Changes> changed = new TreeMap<>();
        byName.forEach((name, changes) -> {
            if (changes.isAny()) {
                changed.put(name, changes);
            }
        });
        changed.values().forEach(one -> add(one, all));
        return all;
    }

    private void add(Changes one, Map<Kind, List<Change>> all) {
        Nevra from = one.newestBefore;
        Nevra to = one.newestAfter;
        int age = from == null || to == null ? 0 : Nevra.BY_AGE.compare(to, from);
        if (age != 0) {
            put(all, age > 0 ? Kind.UPGRADED : Kind.DOWNGRADED, from, to);
        }
        List<Item> went = new ArrayList<>(one.went);
        for (Item item : one.came) {
            Nevra nevra = item.nevra();
            if (remove(went, nevra)) {
                put(all, Kind.REBUILT, nevra, nevra);
            } else if (from == null || !isPlain(nevra, modularAfter)) {
                put(all, Kind.ADDED, null, nevra);
            } else if (age == 0 || !nevra.equals(to)) {
                put(all, Kind.OLD_ADDED, null, nevra);
            }
        }
        for (Item item : went) {
            Nevra nevra = item.nevra();
            if (to == null || !isPlain(nevra, modularBefore)) {
                put(all, Kind.REMOVED, nevra, null);
            } else if (age == 0 || !nevra.equals(from)) {
                put(all, Kind.OLD_REMOVED, nevra, null);
            }
        }
    }

    private static boolean remove(List<Item> items, Nevra nevra) {
        for (Iterator<Item> left = items.iterator(); left.hasNext(); ) {
            if (left.next().nevra().equals(nevra)) {
                left.remove();
                return true;
            }
        }
        return false;
    }

    private static void put(Map<Kind, List<Change>> all, Kind kind, @Nullable Nevra from, @Nullable Nevra to) {
        all.getOrDefault(kind, new ArrayList<>()).add(new Change(from, to));
    }

    /** How many packages the first list has. */
    long before() {
        return before;
    }

    /** How many packages the second list has. */
    long after() {
        return after;
    }
}
