package dev.permafrost.proxy.format.yum;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds in a list what nobody needs: packages that are there more than once, and those that something newer of the same name and architecture
 * takes the place of. Those of modules are all needed, as each stream stays whole, and make no other old. The list is shown twice.
 */
final class SpareFinder {
    private final Set<String> modular;
    private final Set<Nevra> seen = new HashSet<>();
    private final Map<Nevra, List<ListedPackage>> twice = new HashMap<>();
    /** The newest of each name and architecture that no module has. */
    private final Map<String, Nevra> newest = new HashMap<>();

    private long listed;

    /**
     * A search.
     *
     * @param modular packages of modules, as {@link Nevra#toString} has them
     */
    SpareFinder(Set<String> modular) {
        this.modular = modular;
    }

    /**
     * A package that something newer takes the place of.
     *
     * @param by that
     */
    record Superseded(ListedPackage listed, Nevra by) {}

    /** Takes a package, the first time. */
    void first(ListedPackage one) {
        listed++;
        Nevra nevra = one.nevra();
        if (!seen.add(nevra)) {
            twice.putIfAbsent(nevra, new ArrayList<>());
        }
        if (isPlain(nevra)) {
            newest.merge(
                    nevra.nameAndArch(), nevra, (before, now) -> Nevra.BY_AGE.compare(now, before) > 0 ? now : before);
        }
    }

    /**
     * Takes a package, the second time.
     *
     * @param to is given what something newer takes the place of
     */
    void second(ListedPackage one, Consumer<Superseded> to) {
        Nevra nevra = one.nevra();
        List<ListedPackage> copies = twice.get(nevra);
        if (copies != null) {
            copies.add(one);
        }
        Nevra by = newer(nevra);
        if (by != null) {
            to.accept(new Superseded(one, by));
        }
    }

    /** The newest of the same name and architecture, if that is newer; null where nothing takes its place. */
    @Nullable Nevra newer(Nevra nevra) {
        Nevra by = isPlain(nevra) ? newest.get(nevra.nameAndArch()) : null;
        return by != null && Nevra.BY_AGE.compare(nevra, by) < 0 ? by : null;
    }

    private boolean isPlain(Nevra nevra) {
        return modular.isEmpty() || !modular.contains(nevra.toString());
    }

    /** How many packages were shown. */
    long listed() {
        return listed;
    }

    /** What is there more than once, each time in the order of the list, by name. */
    Map<Nevra, List<ListedPackage>> duplicates() {
        Map<Nevra, List<ListedPackage>> sorted = new LinkedHashMap<>();
        twice.entrySet().stream()
                .sorted((a, b) -> a.getKey().toString().compareTo(b.getKey().toString()))
                .forEach(one -> sorted.put(one.getKey(), one.getValue()));
        return sorted;
    }
}
