package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.fetch.Wishes;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;

/**
 * The files of a repository that is made of others. A file is served by the sources that its project is served from, and by no others:
 * nobody gets what no page lists.
 */
final class SourcedFiles {
    private static final int REMEMBERED_MAX = 100_000;
    private static final Duration REMEMBERED_TTL = Duration.ofSeconds(60);

    private final String repository;
    private final Sources sources;
    private final Map<ProjectSource, ProjectFiles> files;
    private final Blocking blocking;
    private final Wishes wishes;
    private final Recall<Key, Remembered> remembered = Recall.ofEntries(REMEMBERED_MAX, REMEMBERED_TTL);
    /** Grows with each change of what is ours, which may move a project from one source to another. */
    private final AtomicLong changes = new AtomicLong();

    private record Key(String view, String path) {}

    /** Where a file was found, before which change. */
    private record Remembered(ProjectFiles files, long change) {}

    /**
     * Of a repository.
     *
     * @param files those of each source
     */
    SourcedFiles(
            String repository,
            Sources sources,
            Map<ProjectSource, ProjectFiles> files,
            Blocking blocking,
            Wishes wishes) {
        this.repository = repository;
        this.sources = sources;
        this.files = Map.copyOf(files);
        this.blocking = blocking;
        this.wishes = wishes;
    }

    /** Answers with the file at a path below {@code packages/}. */
    Mono<Reply> file(View view, String path) {
        Key key = new Key(view.snapshot().map(Object::toString).orElse(""), path);
        Remembered known = remembered.get(key);
        if (known != null && known.change() == changes.get()) {
            Reply now = known.files().heldNow(view, path);
            if (now != null) {
                return Mono.just(now);
            }
        }
        if (!DistributionName.isSafe(path.substring(path.lastIndexOf('/') + 1))) {
            return Mono.just(new Reply.NotFound("there is no file " + path));
        }
        long change = changes.get();
        return blocking.call(() -> candidates(view, path))
                .flatMap(candidates -> ofProjects(view, path, candidates.iterator(), key, change))
                .switchIfEmpty(Mono.fromSupplier(() -> unknown(view, path)))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** Something of ours has changed in what is live. */
    void forget() {
        changes.incrementAndGet();
    }

    private Set<ProjectName> candidates(View view, String path) {
        String distribution =
                path.substring(0, path.length() - Companions.suffix(path).length());
        Set<ProjectName> all = new LinkedHashSet<>();
        sources.all().forEach(source -> all.addAll(source.docs().candidates(view, distribution)));
        return all;
    }

    private Mono<Reply> ofProjects(View view, String path, Iterator<ProjectName> candidates, Key key, long change) {
        if (!candidates.hasNext()) {
            return Mono.empty();
        }
        ProjectName project = candidates.next();
        return sources.lasting(view, project)
                .flatMap(choice -> {
                    if (choice.instead() instanceof Reply.Refused refused) {
                        return Mono.just(refused);
                    }
                    return ofSources(view, path, project, choice.standings().iterator(), key, change);
                })
                .switchIfEmpty(Mono.defer(() -> ofProjects(view, path, candidates, key, change)));
    }

    private Mono<Reply> ofSources(
            View view,
            String path,
            ProjectName project,
            Iterator<ProjectSource.Standing> standings,
            Key key,
            long change) {
        if (!standings.hasNext()) {
            return Mono.empty();
        }
        ProjectFiles here = files.get(standings.next().source());
        if (here == null) {
            throw new IllegalStateException("a source without files");
        }
        return here.file(view, path, project)
                .flatMap(reply -> {
                    if (reply instanceof Reply.NotFound && standings.hasNext()) {
                        return Mono.empty();
                    }
                    if (reply instanceof Reply.Held) {
                        remembered.put(key, new Remembered(here, change));
                    }
                    return Mono.just(reply);
                })
                .switchIfEmpty(Mono.defer(() -> ofSources(view, path, project, standings, key, change)));
    }

    private Reply unknown(View view, String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (view.heldOnly()) {
            wishes.missing(repository, name);
        }
        return ProjectFiles.unlisted(view, name, CacheOutcome.NEGATIVE);
    }
}
