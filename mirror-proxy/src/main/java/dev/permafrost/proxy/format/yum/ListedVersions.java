package dev.permafrost.proxy.format.yum;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All versions that a list has of some packages: which of them are older and newer, and which belong to modules. */
final class ListedVersions {
    private final Map<String, Version> byPath = new HashMap<>();
    /** By name and architecture. */
    private final Map<String, List<Version>> byPackage = new HashMap<>();

    /**
     * A package that is listed.
     *
     * @param isModular whether a stream of modules names it: clients see it where that stream is enabled, and it makes no other old
     */
    record Version(Nevra nevra, boolean isModular) {}

    private ListedVersions() {}

    /**
     * Reads those of packages whose name is wanted. Blocks.
     *
     * @throws dev.permafrost.store.model.StoreException where the list can't be read
     */
    static ListedVersions read(GenerationLists lists, String dir, Generation generation, Predicate<String> wanted) {
        Set<String> modular = lists.modular(dir, generation);
        ListedVersions versions = new ListedVersions();
        lists.packages(dir, generation, listed -> {
            Nevra nevra = listed.nevra();
            if (wanted.test(nevra.name())) {
                Version version = new Version(nevra, modular.contains(nevra.toString()));
                versions.byPath.putIfAbsent(listed.location().path(), version);
                versions.byPackage
                        .computeIfAbsent(nevra.nameAndArch(), key -> new ArrayList<>())
                        .add(version);
            }
        });
        versions.byPackage.values().forEach(all -> all.sort(Comparator.comparing(Version::nevra, Nevra.BY_AGE)));
        return versions;
    }

    /** What is listed at a path below the directory; null where that is nothing that was wanted. */
    @Nullable Version at(String path) {
        return byPath.get(path);
    }

    /** Those of the same name and architecture that are newer and in no module, the newest first. */
    List<Nevra> newer(Nevra than) {
        return plain(than, age -> age > 0);
    }

    /** Those of the same name and architecture that are older and in no module, the newest first. */
    List<Nevra> older(Nevra than) {
        return plain(than, age -> age < 0);
    }

    /** All of that name, the newest of each architecture first. */
    List<Version> called(String name) {
        List<Version> all = new ArrayList<>();
        byPackage.values().stream()
                .filter(versions -> versions.get(0).nevra().name().equals(name))
                .sorted(Comparator.comparing(versions -> versions.get(0).nevra().arch()))
                .forEach(versions -> {
                    for (int i = versions.size() - 1; i >= 0; i--) {
                        all.add(versions.get(i));
                    }
                });
        return all;
    }

    private List<Nevra> plain(Nevra than, Predicate<Integer> age) {
        List<Nevra> all = new ArrayList<>();
        List<Version> versions = byPackage.getOrDefault(than.nameAndArch(), List.of());
        for (int i = versions.size() - 1; i >= 0; i--) {
            Version one = versions.get(i);
            if (!one.isModular() && age.test(Nevra.BY_AGE.compare(one.nevra(), than))) {
                all.add(one.nevra());
            }
        }
        return all;
    }
}
