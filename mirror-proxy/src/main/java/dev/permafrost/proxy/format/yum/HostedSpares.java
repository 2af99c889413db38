package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.MirrorStore;
import java.util.ArrayList;
import java.util.List;

/** Takes packages out of a repository of one's own that something newer takes the place of. Blocks. */
final class HostedSpares {
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final HostedPackages packages;

    HostedSpares(MirrorStore store, GenerationDocs docs, HostedPackages packages) {
        this.store = store;
        this.docs = docs;
        this.packages = packages;
    }

    /**
     * Takes out those of a directory whose metadata is of now: those alone that are still what it lists.
     *
     * @return their paths, in the order of the list
     */
    List<String> delete(String dir) {
        Kept kept = docs.kept(store.view(), dir, false).orElse(null);
        if (kept == null) {
            return List.of();
        }
        GenerationLists lists = new GenerationLists(store, docs);
        SpareFinder finder = new SpareFinder(lists.modular(dir, kept.newest()));
        lists.packages(dir, kept.newest(), finder::first);
        List<ListedPackage> superseded = new ArrayList<>();
        lists.packages(dir, kept.newest(), one -> finder.second(one, found -> superseded.add(found.listed())));
        return superseded.stream()
                .filter(one -> packages.find(store.view(), dir + one.location().path())
                        .filter(hosted -> hosted.sha256().equals(one.checksum()))
                        .filter(packages::delete)
                        .isPresent())
                .map(one -> dir + one.location().path())
                .toList();
    }
}
