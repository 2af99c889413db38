package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The files of a repository that is made of others. A file is served by the source that has it on the project's page, and by no
 * other: nobody gets what no page lists.
 */
final class SourcedFiles {
    private static final int REMEMBERED_MAX = 100_000;
    private static final Duration REMEMBERED_TTL = Duration.ofSeconds(60);
    private static final int COUNTERS = 1024;

    private final Sources sources;
    private final Map<ProjectSource, ProjectFiles> files;
    private final Blocking blocking;
    private final Recall<Key, Found> remembered = Recall.ofEntries(REMEMBERED_MAX, REMEMBERED_TTL);
    /** Searches under way, each shared by all who ask meanwhile. */
    private final ConcurrentMap<Key, Mono<Found>> searches = new ConcurrentHashMap<>();
    /** Each grows with the changes of some projects of ours, which may make them come from another source. */
    private final AtomicLongArray changes = new AtomicLongArray(COUNTERS);

    private record Key(String view, String path) {}

    /**
     * What a search has found.
     *
     * @param files those of the source; null where none has it
     * @param refusal the answer where nothing was found, and some name was refused
     * @param change how often its project had changed before
     */
    private record Found(
            @Nullable ProjectFiles files,
            ProjectDocs.@Nullable Located located,
            @Nullable Reply refusal,
            long change) {}

    /**
     * Of a repository.
     *
     * @param files those of each source
     */
    SourcedFiles(Sources sources, Map<ProjectSource, ProjectFiles> files, Blocking blocking) {
        this.sources = sources;
        this.files = Map.copyOf(files);
        this.blocking = blocking;
    }

    /** Answers with the file at a path below {@code packages/}. */
    Mono<Reply> file(View view, String path) {
        String snapshot = view.snapshot().map(Object::toString).orElse("");
        Reply now = heldNow(view, new Key(snapshot, path));
        if (now != null) {
            return Mono.just(now);
        }
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (!DistributionName.isSafe(name)) {
            return Mono.just(new Reply.NotFound("there is no file " + path));
        }
        return find(view, new Key(snapshot, ProjectFiles.withoutSuffix(path)))
                .flatMap(found -> answer(view, found, new Key(snapshot, path), name))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** A project of ours has changed in what is live. */
    void forget(ProjectName project) {
        changes.incrementAndGet(counter(project));
    }

    private static int counter(ProjectName project) {
        return Math.floorMod(project.hashCode(), COUNTERS);
    }

    private @Nullable Reply heldNow(View view, Key key) {
        Found known = remembered.get(key);
        if (known == null || known.files() == null || known.located() == null || !isCurrent(known, known.located())) {
            return null;
        }
        return known.files().heldNow(view, key.path());
    }

    private boolean isCurrent(Found found, ProjectDocs.Located located) {
        return found.change() == changes.get(counter(located.project()));
    }

    private Mono<Reply> answer(View view, Found found, Key key, String name) {
        ProjectFiles here = found.files();
        ProjectDocs.Located located = found.located();
        if (here == null || located == null) {
            Reply refusal = found.refusal();
            return Mono.just(refusal == null ? ProjectFiles.unlisted(view, name, CacheOutcome.NEGATIVE) : refusal);
        }
        return here.answer(view, located, key.path(), () -> isCurrent(found, located))
                .doOnNext(reply -> {
                    if (reply instanceof Reply.Held) {
                        remembered.put(key, found);
                    }
                });
    }

    /** Finds who has a file; a crowd that asks for the same at once makes one search. Leaving it does not stop it. */
    private Mono<Found> find(View view, Key key) {
        return Mono.defer(() -> {
            Mono<Found> there = searches.get(key);
            if (there != null) {
                return there;
            }
            Mono<Found> mine = blocking.call(() -> candidates(view, key.path()))
                    .flatMap(projects -> first(view, key.path(), projects.iterator(), null))
                    .doOnTerminate(() -> searches.remove(key))
                    .cache();
            Mono<Found> theirs = searches.putIfAbsent(key, mine);
            return theirs == null ? mine : theirs;
        });
    }

    /**
     * The projects that a file may belong to: first those whose pages list it, so that no other is asked for; then the others, but
     * where one is pinned for the pinned ones alone, since names beside it may be guesses that betray it. Blocks.
     */
    private List<ProjectName> candidates(View view, String path) {
        Set<ProjectName> all = new LinkedHashSet<>();
        sources.all().forEach(source -> all.addAll(source.docs().candidates(view, path)));
        if (all.size() < 2) {
            return List.copyOf(all);
        }
        List<ProjectName> listing = new ArrayList<>();
        List<ProjectName> others = new ArrayList<>();
        for (ProjectName project : all) {
            Offer stored = sources.stored(view, project);
            (stored != null && stored.find(path) != null ? listing : others).add(project);
        }
        if (others.stream().anyMatch(sources::isPinned)) {
            others.removeIf(project -> !sources.isPinned(project));
        }
        listing.addAll(others);
        return listing;
    }

    private Mono<Found> first(View view, String path, Iterator<ProjectName> projects, @Nullable Reply refusal) {
        if (!projects.hasNext()) {
            return Mono.just(new Found(null, null, refusal, 0));
        }
        ProjectName project = projects.next();
        long change = changes.get(counter(project));
        return sources.current(view, project).flatMap(choice -> {
            Reply refused = refusal == null && choice.instead() instanceof Reply.Refused ? choice.instead() : refusal;
            return located(view, path, project, choice)
                    .switchIfEmpty(Mono.defer(() -> renewed(view, path, project, choice)))
                    .map(found ->
                            new Found(Objects.requireNonNull(files.get(found.source())), found.located(), null, change))
                    .switchIfEmpty(Mono.defer(() -> first(view, path, projects, refused)));
        });
    }

    private Mono<Offer.Found> located(View view, String path, ProjectName project, Sources.Choice choice) {
        return blocking.call(() -> {
            Offer offer = choice.offer(view, project);
            return offer == null ? null : offer.find(path);
        });
    }

    /** A lock file may name what no stored page lists yet. */
    private Mono<Offer.Found> renewed(View view, String path, ProjectName project, Sources.Choice choice) {
        return Flux.fromIterable(choice.asked())
                .filter(ProjectSource.Standing::has)
                .concatMap(standing -> standing.source().renewed(view, project))
                .then(Mono.defer(() -> located(view, path, project, choice)));
    }
}
