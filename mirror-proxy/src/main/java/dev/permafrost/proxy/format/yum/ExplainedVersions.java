package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Tells of packages which older and newer ones the newest lists of their directories have. Each list is read once. */
final class ExplainedVersions {
    /** Most versions that are told one by one. */
    private static final int VERSIONS_MAX = 20;

    private final Map<String, ListedVersions> byDir = new TreeMap<>();
    private final Map<String, Object> unreadable = new TreeMap<>();

    /**
     * Reads lists. One that can't be read is noted, and the others are told of. Blocks.
     *
     * @param names the names of packages that are to be told of, by directory
     */
    ExplainedVersions(GenerationLists lists, Map<String, Kept> known, Map<String, Set<String>> names) {
        names.forEach((dir, wanted) -> {
            Kept kept = known.get(dir);
            if (kept == null) {
                return;
            }
            try {
                byDir.put(dir, ListedVersions.read(lists, dir, kept.newest(), wanted::contains));
            } catch (StoreException e) {
                unreadable.put("/" + dir, String.valueOf(e.getMessage()));
            }
        });
    }

    /** Why lists could not be read, by their directories. */
    Map<String, Object> unreadable() {
        return unreadable;
    }

    /**
     * Adds to what is told of a file: {@code package} (as {@link Nevra#toString} has it), {@code modular} (whether a stream of modules
     * names it), and {@code newer} and {@code older}, the newest first, with {@code newer-count} and {@code older-count}.
     *
     * @param path below the directory
     */
    void tell(Map<String, Object> told, String dir, String path) {
        ListedVersions versions = byDir.get(dir);
        if (versions == null) {
            return;
        }
        ListedVersions.Version version = versions.at(path);
        if (version == null) {
            // listed no more: its file's name tells what it is, but for the epoch
            version = Nevra.parse(path.substring(path.lastIndexOf('/') + 1))
                    .map(nevra -> new ListedVersions.Version(nevra, false))
                    .orElse(null);
        }
        if (version != null) {
            told.put("package", version.nevra().toString());
            told.put("modular", version.isModular());
            put(told, "newer", versions.newer(version.nevra()));
            put(told, "older", versions.older(version.nevra()));
        }
    }

    private static void put(Map<String, Object> told, String key, List<Nevra> all) {
        told.put(key, all.stream().limit(VERSIONS_MAX).map(Nevra::toString).toList());
        told.put(key + "-count", (long) all.size());
    }

    /**
     * What there is in place of something that no list names: of the first of these names that some list has, each {@code package},
     * {@code directory} and {@code modular}.
     */
    List<Map<String, Object>> called(List<String> names) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (String name : names) {
            byDir.forEach((dir, versions) -> versions.called(name).stream()
                    .limit(VERSIONS_MAX)
                    .forEach(version -> {
                        Map<String, Object> one = new LinkedHashMap<>();
                        one.put("package", version.nevra().toString());
                        one.put("directory", "/" + dir);
                        one.put("modular", version.isModular());
                        all.add(one);
                    }));
            if (!all.isEmpty()) {
                break;
            }
        }
        return all;
    }
}
