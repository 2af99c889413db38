package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out what there is to do so that what is wanted of a directory is held: what its newest generation lists, without what is here. */
final class DirectoryPlanner {
    private final String repository;
    private final MirrorStore store;
    private final Directories directories;
    private final GenerationLists lists;
    private final YumReplies replies;
    private final Blocking blocking;
    private final SyncMemory memory;
    private final Clock clock;

    DirectoryPlanner(
            String repository,
            MirrorStore store,
            Directories directories,
            YumReplies replies,
            Blocking blocking,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.lists = new GenerationLists(store, directories.docs());
        this.replies = replies;
        this.blocking = blocking;
        this.memory = new SyncMemory(repository, store);
        this.clock = clock;
    }

    /**
     * What is wanted.
     *
     * @param newestOnly whether nothing is that something newer takes the place of
     * @param deletes whether what is listed no more is to go
     * @param deletesSuperseded whether what something newer takes the place of is to go as well, once that is held
     * @param signers by whom packages have to be signed; null for nobody
     */
    record Wish(
            PackageFilter filter,
            boolean newestOnly,
            boolean deletes,
            boolean deletesSuperseded,
            @Nullable PackageSigners signers) {}

    /** Plans it. Blocks. */
    SyncPlan plan(String dir, Mounts.Place place, Generation newest, Wish wish) {
        WantedPackages packages = new WantedPackages(
                wish.filter(), wish.newestOnly(), wish.newestOnly() ? lists.modular(dir, newest) : Set.of());
        lists.packages(dir, newest, packages::add);
        View view = directories.live();
        PackageItem.Source source =
                new PackageItem.Source(dir, place, directories, replies, blocking, memory, wish.signers());
        List<SyncItem> items = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        long wanted = 0;
        long held = 0;
        long heldBytes = 0;
        for (PackageTable.Listed listed : packages.wanted()) {
            if (!seen.add(listed.path())) {
                // of several at one path the first counts
                continue;
            }
            wanted++;
            Entry entry = held(view, dir, listed);
            if (entry != null) {
                held++;
                heldBytes += entry.sizeBytes();
            }
            if (entry == null || !isSigned(view, dir + listed.path(), entry, wish.signers())) {
                items.add(new PackageItem(source, listed, entry != null));
            }
        }
        List<ArtifactKey> gone = new ArrayList<>(wish.deletes() ? gone(view, dir, newest) : List.of());
        Map<ArtifactKey, PackageTable.Listed> superseded =
                wish.deletesSuperseded() ? superseded(view, dir, packages, seen) : Map.of();
        gone.addAll(superseded.keySet());
        SyncMemory.Last last = new SyncMemory.Last(newest.id(), Instant.now(clock));
        return new SyncPlan(
                title(repository, dir),
                packages.listed(),
                wanted,
                held,
                heldBytes,
                items,
                changes(view, dir, newest),
                gone.stream().map(ArtifactKey::key).toList(),
                () -> {
                    memory.noteSynced(dir, last);
                    return deleted(dir, gone, superseded);
                },
                null);
    }

    /** A package that is held as it is listed; null where it is not. */
    private @Nullable Entry held(View view, String dir, PackageTable.Listed listed) {
        return view.lookup(directories.docs().fileKey(dir + listed.path()))
                .filter(one -> HeldFiles.known(view, one, listed.expectation()) == HeldFiles.Fit.YES)
                .filter(store::isThere)
                .orElse(null);
    }

    /** Whether nothing is to be found out of who has signed a package that is held. */
    private boolean isSigned(View view, String path, Entry entry, @Nullable PackageSigners signers) {
        return signers == null || memory.isSigned(view, path, entry.digest(), signers.id());
    }

    /** What has changed since the directory was synced last; null where that is not known any more. */
    private SyncPlan.@Nullable Changes changes(View view, String dir, Generation newest) {
        GenerationDocs docs = directories.docs();
        SyncMemory.Last last = memory.last(view, dir).orElse(null);
        Kept kept = docs.kept(view, dir, false).orElse(null);
        if (last == null || kept == null) {
            return null;
        }
        return kept.all().stream()
                .filter(one -> one.id().equals(last.generation()))
                .findFirst()
                .map(before -> TableChanges.of(
                        view,
                        docs.packagesKey(before.header().packages()),
                        docs.packagesKey(newest.header().packages()),
                        last.at()))
                .orElse(null);
    }

    /** Packages that are held and that something newer takes the place of, each with that; none at a path that is wanted. */
    private Map<ArtifactKey, PackageTable.Listed> superseded(
            View view, String dir, WantedPackages packages, Set<String> wanted) {
        Map<ArtifactKey, PackageTable.Listed> superseded = new LinkedHashMap<>();
        packages.superseded().forEach((listed, by) -> {
            ArtifactKey key = directories.docs().fileKey(dir + listed.path());
            if (!wanted.contains(listed.path()) && view.lookup(key).isPresent()) {
                superseded.put(key, by);
            }
        });
        return superseded;
    }

    /** Lets go of what is to go; what is superseded stays as long as what takes its place is not held. */
    private long deleted(String dir, List<ArtifactKey> gone, Map<ArtifactKey, PackageTable.Listed> superseded) {
        View view = directories.live();
        List<ArtifactKey> now = gone.stream()
                .filter(key -> {
                    PackageTable.Listed by = superseded.get(key);
                    return by == null || held(view, dir, by) != null;
                })
                .toList();
        directories.delete(now);
        now.forEach(key -> memory.forget(key.key()));
        return now.size();
    }

    /** What a directory is called in a report. */
    static String title(String repository, String dir) {
        return repository + ": /" + dir;
    }

    /** Packages that are held below a directory, and that neither its newest generation lists nor that of a directory within. */
    private List<ArtifactKey> gone(View view, String dir, Generation newest) {
        List<Listing> listings = new ArrayList<>();
        listings.add(new Listing(dir, newest));
        directories.docs().each(view, (other, kept) -> {
            if (!other.equals(dir) && (other.startsWith(dir) || dir.startsWith(other))) {
                listings.add(new Listing(other, kept.newest()));
            }
        });
        List<ArtifactKey> gone = new ArrayList<>();
        view.catalog().entries(repository, dir, (key, entry) -> {
            if (YumFiles.isPackage(key.key())
                    && !Repodata.isBelow(key.key())
                    && listings.stream().noneMatch(listing -> listing.names(view, directories.docs(), key.key()))) {
                gone.add(key);
            }
        });
        return gone;
    }

    /** A directory and what it lists. */
    private record Listing(String dir, Generation newest) {
        boolean names(View view, GenerationDocs docs, String path) {
            if (!path.startsWith(dir)) {
                return false;
            }
            for (DocKey table : docs.tables(dir, newest.header())) {
                if (PackageTable.find(view, table, path.substring(dir.length())).isPresent()) {
                    return true;
                }
            }
            return false;
        }
    }
}
