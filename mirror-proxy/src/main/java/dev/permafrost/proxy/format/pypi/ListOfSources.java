package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The projects of a repository that is made of others: upstream's list of those that have one, and what is known here of the rest,
 * each name once. Without serial numbers, since those of different origins count different things.
 */
final class ListOfSources implements LocalRootPages.Maker {
    private final Sources sources;
    private final Map<ProjectSource, LongSupplier> changes;

    /**
     * Of these.
     *
     * @param changes how often each of those has changed that say so
     */
    ListOfSources(Sources sources, Map<ProjectSource, LongSupplier> changes) {
        this.sources = sources;
        this.changes = Map.copyOf(changes);
    }

    @Override
    public Object stamp(View view) {
        List<Object> stamp = new ArrayList<>();
        for (ProjectSource source : sources.all()) {
            LongSupplier ours = changes.get(source);
            stamp.add(
                    view.heldOnly()
                            ? view.lastChange()
                            : ours != null
                                    ? ours.getAsLong()
                                    : source.docs()
                                            .rootHeader(view)
                                            .<Object>map(ListOfSources::stamp)
                                            .orElseGet(view::lastChange));
        }
        return stamp;
    }

    /** When it was confirmed last, does not make it another. */
    private static Object stamp(RootList.Header header) {
        return Arrays.asList(
                header.index(), header.etag(), header.lastModified(), header.lastSerial(), header.projectsCount());
    }

    @Override
    public RootList.Stored list(View view, Runnable goesOn) {
        List<Part> parts = new ArrayList<>();
        for (ProjectSource source : sources.all()) {
            RootList.Stored upstreams = view.heldOnly() || changes.containsKey(source)
                    ? null
                    : source.docs().root(view).orElse(null);
            parts.add(new Part(
                    source,
                    upstreams == null
                            ? new ListOfOne(source.docs(), source.admission(), false).list(view, goesOn)
                            : upstreams));
        }
        // the longest last, whose names need not be remembered
        parts.sort(Comparator.comparingInt(part -> part.list().header().projectsCount()));
        Set<ProjectName> seen = new HashSet<>();
        RootList.Writer all = new RootList.Writer();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            boolean last = i == parts.size() - 1;
            for (Listed listed : part.list().projects()) {
                goesOn.run();
                ProjectName project = listed.name();
                if (sources.mayHave(part.source(), project) && (last ? !seen.contains(project) : seen.add(project))) {
                    all.add(new Listed(project, -1));
                }
            }
        }
        RootList.Header header = new RootList.Header(-1, null, null, Instant.EPOCH, all.count(), null);
        return new RootList.Stored(header, all.rows(header));
    }

    private record Part(ProjectSource source, RootList.Stored list) {}
}
