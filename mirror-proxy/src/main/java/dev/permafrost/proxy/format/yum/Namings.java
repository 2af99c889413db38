package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Which lists of which generations name files. Blocks. */
final class Namings {
    private final String repository;
    private final GenerationDocs docs;

    Namings(String repository, GenerationDocs docs) {
        this.repository = repository;
        this.docs = docs;
    }

    /**
     * A list of a generation.
     *
     * @param type what it is, such as {@code primary}
     * @param isNewest whether its generation is
     * @param table what it names
     */
    record ListOf(String dir, Generation generation, String type, boolean isNewest, DocKey table) {}

    /** That a list names a file, and what it says of it. */
    record Naming(ListOf list, PackageTable.Listed listed) {}

    /** Which lists name the file at a path, the nearest directory's first. */
    List<Naming> of(View view, Map<String, Kept> known, String path) {
        List<Naming> all = new ArrayList<>();
        new TreeMap<>(known).descendingMap().forEach((dir, kept) -> {
            if (path.startsWith(dir)) {
                lists(dir, kept)
                        .forEach(list -> PackageTable.find(view, list.table(), path.substring(dir.length()))
                                .ifPresent(listed -> all.add(new Naming(list, listed))));
            }
        });
        return all;
    }

    /** Looks for files in all lists, and among what is held and listed no more. */
    void find(View view, Map<String, Kept> known, Predicate<String> matches, Map<String, List<Naming>> files) {
        known.forEach((dir, kept) -> lists(dir, kept)
                .forEach(list -> PackageTable.each(view, list.table(), listed -> {
                    if (matches.test(listed.path())) {
                        files.computeIfAbsent(dir + listed.path(), path -> new ArrayList<>())
                                .add(new Naming(list, listed));
                    }
                })));
        view.catalog().entries(repository, "", (key, entry) -> {
            if (!Repodata.isBelow(key.key()) && !HostedPackages.isWaiting(key.key()) && matches.test(key.key())) {
                files.computeIfAbsent(key.key(), path -> new ArrayList<>());
            }
        });
    }

    /** The lists of a directory, those of the newest generation first. */
    private List<ListOf> lists(String dir, Kept kept) {
        List<ListOf> all = new ArrayList<>();
        for (Generation one : kept.all()) {
            boolean isNewest = one.equals(kept.newest());
            all.add(new ListOf(
                    dir, one, "primary", isNewest, docs.packagesKey(one.header().packages())));
            one.header().records().stream()
                    .filter(record -> DeltaReader.TYPES.contains(record.type()))
                    .forEach(record -> all.add(new ListOf(
                            dir,
                            one,
                            record.type(),
                            isNewest,
                            docs.packagesKey(GenerationDocs.packages(dir, record.checksum())))));
        }
        return all;
    }
}
