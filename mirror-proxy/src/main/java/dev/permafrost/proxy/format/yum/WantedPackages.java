package dev.permafrost.proxy.format.yum;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects from a list of packages those that are wanted: what fits a filter, and of that the newest where no more is wanted. */
final class WantedPackages {
    private final PackageFilter filter;
    private final boolean newestOnly;
    private final Set<String> modular;
    private final List<Wanted> all = new ArrayList<>();
    /** The newest of each name and architecture that no module has. */
    private final Map<String, Nevra> newest = new HashMap<>();

    private long listed;

    /**
     * A package that is wanted.
     *
     * @param nevra null where nothing is to be told by it any more
     */
    private record Wanted(@Nullable Nevra nevra, PackageTable.Listed listed) {}

    /**
     * A collection.
     *
     * @param newestOnly whether of each name and architecture the newest alone is wanted; of several that are equally new, all
     * @param modular packages of modules, as {@link Nevra#toString} has them: those are wanted whatever their age, so that each stream
     *     stays whole, and none of them makes another package old
     */
    WantedPackages(PackageFilter filter, boolean newestOnly, Set<String> modular) {
        this.filter = filter;
        this.newestOnly = newestOnly;
        this.modular = modular;
    }

    void add(ListedPackage one) {
        listed++;
        Nevra nevra = one.nevra();
        if (!filter.wants(nevra)) {
            return;
        }
        boolean competes = newestOnly && !modular.contains(nevra.toString());
        all.add(new Wanted(
                competes ? nevra : null,
                new PackageTable.Listed(
                        one.location().path(),
                        one.checksum(),
                        one.sizeBytes(),
                        one.location().base())));
        if (competes) {
            newest.merge(
                    nevra.nameAndArch(), nevra, (before, now) -> Nevra.BY_AGE.compare(now, before) > 0 ? now : before);
        }
    }

    /** How many packages were shown. */
    long listed() {
        return listed;
    }

    /** Those that something newer takes the place of, each with that. */
    Map<PackageTable.Listed, PackageTable.Listed> superseded() {
        Map<String, PackageTable.Listed> by = new HashMap<>();
        all.stream()
                .filter(one -> one.nevra() != null && isNewest(one))
                .forEach(one -> by.putIfAbsent(nameAndArch(one), one.listed()));
        Map<PackageTable.Listed, PackageTable.Listed> superseded = new LinkedHashMap<>();
        all.stream()
                .filter(one -> !isNewest(one))
                .forEach(one -> superseded.put(one.listed(), Objects.requireNonNull(by.get(nameAndArch(one)))));
        return superseded;
    }

    private static String nameAndArch(Wanted one) {
        return Objects.requireNonNull(one.nevra()).nameAndArch();
    }

    /** Those that are wanted, in the order of the list. */
    List<PackageTable.Listed> wanted() {
        return all.stream().filter(this::isNewest).map(Wanted::listed).toList();
    }

    private boolean isNewest(Wanted one) {
        Nevra nevra = one.nevra();
        Nevra best = nevra == null ? null : newest.get(nevra.nameAndArch());
        return nevra == null || best == null || Nevra.BY_AGE.compare(nevra, best) == 0;
    }
}
