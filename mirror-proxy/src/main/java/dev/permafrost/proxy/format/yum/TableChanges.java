package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.Digest;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What one list names and another does not, by paths. Blocks. */
final class TableChanges {
    private TableChanges() {}

    /**
     * Compares two tables, in memory for the paths of the first.
     *
     * @param since when the first was the newest
     */
    static SyncPlan.Changes of(View view, DocKey before, DocKey after, Instant since) {
        if (before.equals(after)) {
            return new SyncPlan.Changes(since, List.of(), List.of(), List.of());
        }
        Map<String, Digest> old = new HashMap<>();
        PackageTable.each(view, before, listed -> old.put(listed.path(), listed.checksum()));
        TreeSet<String> added = new TreeSet<>();
        TreeSet<String> changed = new TreeSet<>();
        PackageTable.each(view, after, listed -> {
            Digest was = old.remove(listed.path());
            if (was == null) {
                added.add(listed.path());
            } else if (was.algorithm() == listed.checksum().algorithm() && !was.equals(listed.checksum())) {
                changed.add(listed.path());
            }
        });
        return new SyncPlan.Changes(
                since, List.copyOf(added), List.copyOf(changed), List.copyOf(new TreeSet<>(old.keySet())));
    }
}
