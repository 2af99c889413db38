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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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

    DirectoryPlanner(
            String repository, MirrorStore store, Directories directories, YumReplies replies, Blocking blocking) {
        this.repository = repository;
        this.store = store;
        this.directories = directories;
        this.lists = new GenerationLists(store, directories.docs());
        this.replies = replies;
        this.blocking = blocking;
    }

    /**
     * What is wanted.
     *
     * @param newestOnly whether nothing is that something newer takes the place of
     * @param deletes whether what is listed no more is to go
     * @param signers by whom packages have to be signed; null for nobody
     */
    record Wish(
            PackageFilter filter,
            boolean newestOnly,
            boolean deletes,
            @Nullable PackageSigners signers) {}

    /** Plans it. Blocks. */
    SyncPlan plan(String dir, Mounts.Place place, Generation newest, Wish wish) {
        WantedPackages packages = new WantedPackages(
                wish.filter(), wish.newestOnly(), wish.newestOnly() ? lists.modular(dir, newest) : Set.of());
        lists.packages(dir, newest, packages::add);
        View view = directories.live();
        PackageItem.Source source = new PackageItem.Source(dir, place, directories, replies, blocking, wish.signers());
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
            Entry entry = view.lookup(directories.docs().fileKey(dir + listed.path()))
                    .filter(one -> HeldFiles.known(view, one, listed.expectation()) == HeldFiles.Fit.YES)
                    .filter(store::isThere)
                    .orElse(null);
            if (entry != null) {
                held++;
                heldBytes += entry.sizeBytes();
            }
            if (entry == null || wish.signers() != null) {
                items.add(new PackageItem(source, listed, entry != null));
            }
        }
        List<ArtifactKey> gone = wish.deletes() ? gone(view, dir, newest) : List.of();
        return new SyncPlan(
                title(repository, dir),
                packages.listed(),
                wanted,
                held,
                heldBytes,
                items,
                gone.stream().map(ArtifactKey::key).toList(),
                () -> directories.delete(gone),
                null);
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
