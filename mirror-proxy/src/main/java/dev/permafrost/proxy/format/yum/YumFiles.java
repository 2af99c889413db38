package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.Scrutiny;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Answers for packages, which are proved by the newest generation that lists them, and for what lies beside them: trees to install from,
 * keys, images, of which nothing is known before they come.
 */
final class YumFiles {
    static final String CACHE_CONTROL = "max-age=600, public";
    private static final URI NOWHERE = URI.create("about:blank");

    private final Directories directories;
    private final Upkeep upkeep;
    private final YumReplies replies;
    private final Blocking blocking;
    private final Trees trees;
    private final Duration ttl;
    private final Clock clock;

    /**
     * What a path has been found to be.
     *
     * @param dir the directory of the repository that it is in; null where none is known
     * @param newest that directory's newest whole generation; null where none is whole
     * @param listed what is said of it; null where it is not listed
     */
    private record Located(@Nullable String dir, @Nullable Generation newest, PackageTable.@Nullable Listed listed) {}

    /**
     * Files of a repository.
     *
     * @param ttl for how long one that is not listed is good before upstream is asked whether it is another
     * @param wait for how long what may say what such a file has to be is waited for
     */
    YumFiles(
            Directories directories,
            Upkeep upkeep,
            YumReplies replies,
            Blocking blocking,
            Duration ttl,
            Duration wait,
            Clock clock) {
        this.directories = directories;
        this.upkeep = upkeep;
        this.replies = replies;
        this.blocking = blocking;
        this.trees = new Trees(directories, upkeep, replies, blocking, wait);
        this.ttl = ttl;
        this.clock = clock;
    }

    /** Answers with the file at a path that is not below {@code repodata/}. */
    Mono<Reply> answer(View view, Mounts.Place place, String path) {
        Reply now = replies.now(view, path);
        if (now != null) {
            return Mono.just(now);
        }
        long change = replies.changes();
        return located(view, place, path)
                .flatMap(located -> served(view, place, path, located, change)
                        .flatMap(reply -> isReplaced(place, located, reply)
                                ? blocking.call(() -> locate(view, place, path, true))
                                        .flatMap(latest -> served(view, place, path, latest, change))
                                : Mono.just(reply)))
                .onErrorResume(
                        StoreException.class,
                        e -> Mono.just(new Reply.Failed(e.kind(), String.valueOf(e.getMessage()))));
    }

    /** Whether a package of our own is not what a list said a moment ago: there is a newer list then. */
    private static boolean isReplaced(Mounts.Place place, Located located, Reply reply) {
        return isOwn(place) && located.listed() != null && reply instanceof Reply.NotFound;
    }

    private static boolean isOwn(Mounts.Place place) {
        return place.sources().isEmpty();
    }

    /** Upstream has a file no more, or otherwise than its list says: the list is asked for at the next occasion. */
    Mono<Void> doubt(FileRequest request) {
        String path = request.key().key();
        if (TreeInfo.isOne(path) || Repodata.isBelow(path)) {
            // that a tree has no such list is how it mostly is
            return Mono.empty();
        }
        return blocking.call(() -> {
            if (!isPackage(path)) {
                if (!request.expectation().digests().isEmpty()) {
                    trees.doubt(above("", path));
                }
                return null;
            }
            for (String dir : above("", path)) {
                Directories.Known known = directories.now(directories.live(), dir);
                if (known != null && known.kept() != null) {
                    upkeep.doubt(dir);
                    break;
                }
            }
            return null;
        });
    }

    /** Whether it is served only where a list names it. */
    static boolean isPackage(String path) {
        return path.endsWith(".rpm") || path.endsWith(".drpm");
    }

    private Mono<Located> located(View view, Mounts.Place place, String path) {
        return blocking.call(() -> locate(view, place, path)).flatMap(located -> {
            if (located.listed() != null || !isPackage(path) || !upkeep.fetches(view)) {
                return Mono.just(located);
            }
            Generation newest = located.newest();
            String dir = located.dir();
            if (dir != null) {
                // a package of today, and a list of before; or a list that is on its way
                return newest == null || upkeep.isWorthAsking(newest)
                        ? upkeep.listed(view, place, dir)
                                .onErrorComplete(StoreException.class)
                                .then(blocking.call(() -> locate(view, place, path)))
                                .flatMap(now -> newest == null ? anew(view, place, path, dir, now) : Mono.just(now))
                        : Mono.just(located);
            }
            return discovered(view, place, path, above(place.mount(), path).iterator())
                    .defaultIfEmpty(located);
        });
    }

    /** A package may have been added since the first list was asked for that is on its way: then the one after that has it. */
    private Mono<Located> anew(View view, Mounts.Place place, String path, String dir, Located located) {
        return located.listed() != null
                ? Mono.just(located)
                : upkeep.listedAnew(view, place, dir).then(blocking.call(() -> locate(view, place, path)));
    }

    /** Looks for the repository that a package is in, from its own folder upwards. */
    private Mono<Located> discovered(View view, Mounts.Place place, String path, Iterator<String> dirs) {
        if (!dirs.hasNext()) {
            return Mono.empty();
        }
        String dir = dirs.next();
        Mono<Located> here = upkeep.listed(view, place, dir)
                // some answer so where there is nothing
                .onErrorResume(
                        StoreException.class,
                        e -> e.kind() == FailureKind.UPSTREAM_STATUS ? Mono.empty() : Mono.error(e))
                .then(blocking.call(() -> locate(view, place, path)))
                .filter(located -> located.dir() != null)
                .flatMap(located -> located.newest() == null
                        ? anew(view, place, path, String.valueOf(located.dir()), located)
                        : Mono.just(located));
        return upkeep.isAbsent(dir)
                ? discovered(view, place, path, dirs)
                : here.switchIfEmpty(Mono.defer(() -> discovered(view, place, path, dirs)));
    }

    private Mono<Reply> served(View view, Mounts.Place place, String path, Located located, long change) {
        PackageTable.Listed listed = located.listed();
        // one of our own is there once it is listed
        if (listed == null && (located.dir() != null || isOwn(place)) && isPackage(path)) {
            Reply none = new Reply.NotFound(
                    view.heldOnly()
                            ? path + " is not held here"
                            : "the repository at /" + (located.dir() == null ? "" : located.dir())
                                    + " lists no such package",
                    CacheOutcome.NEGATIVE);
            return Mono.just(none);
        }
        List<URI> urls = urls(place, path, listed);
        if (listed != null) {
            return replies.file(view, path, request(path, urls, listed.expectation(), null), urls, change);
        }
        return trees.expectation(
                        view,
                        place,
                        path,
                        above(place.mount(), path),
                        (info, isTrusted) -> request(
                                info,
                                place.urls(info),
                                Expectation.NOTHING,
                                isTrusted ? ttl : Duration.ZERO,
                                TreeInfo.ANY))
                .flatMap(expectation -> replies.file(
                        view,
                        path,
                        request(path, urls, expectation, expectation.digests().isEmpty() ? ttl : null),
                        urls,
                        change))
                // what it has to be can't be told: nothing new is given to anybody
                .onErrorResume(
                        StoreException.class,
                        e -> replies.held(view, request(path, urls, Expectation.NOTHING, null))
                                .<Reply>map(held -> held)
                                .switchIfEmpty(Mono.error(e)));
    }

    /** What to ask of upstream; null for what stays as it is. */
    private FileRequest request(String path, List<URI> urls, Expectation expectation, @Nullable Duration goodFor) {
        return request(path, urls, expectation, goodFor, null);
    }

    private FileRequest request(
            String path,
            List<URI> urls,
            Expectation expectation,
            @Nullable Duration goodFor,
            @Nullable Scrutiny scrutiny) {
        return new FileRequest(
                directories.docs().fileKey(path),
                urls.isEmpty() ? NOWHERE : urls.get(0),
                expectation,
                Repodata.contentType(path),
                CACHE_CONTROL,
                goodFor,
                scrutiny);
    }

    /** Where upstream has a file, of which that is said. */
    static List<URI> urls(Mounts.Place place, String path, PackageTable.@Nullable Listed listed) {
        String base = listed == null ? null : listed.base();
        if (listed == null || base == null) {
            return place.urls(path);
        }
        return List.of(URI.create((base.endsWith("/") ? base : base + "/") + UrlPath.encoded(listed.path())));
    }

    /** Looks for a path in the lists of the directories above it. Blocks. */
    private Located locate(View view, Mounts.Place place, String path) {
        return locate(view, place, path, false);
    }

    /**
     * The same.
     *
     * @param anew whether what is remembered of the directories does not count
     */
    private Located locate(View view, Mounts.Place place, String path, boolean anew) {
        String nearest = null;
        Generation newest = null;
        for (String dir : above(place.mount(), path)) {
            Kept kept = anew
                    ? directories.docs().kept(view, dir).orElse(null)
                    : directories.known(view, dir).kept();
            List<Generation> all = new ArrayList<>(kept == null ? List.of() : counting(place, kept));
            // of what is being fetched too, its list may be here
            all.addAll(upkeep.forming(view, dir));
            if (!all.isEmpty() && nearest == null) {
                nearest = dir;
                newest = kept == null ? null : kept.newest();
            }
            for (Generation one : all) {
                for (DocKey table : directories.docs().tables(dir, one.header())) {
                    PackageTable.Listed listed = PackageTable.find(view, table, path.substring(dir.length()))
                            .orElse(null);
                    if (listed != null) {
                        return new Located(dir, null, listed);
                    }
                }
            }
        }
        return new Located(nearest, newest, null);
    }

    /** The generations whose packages are served: what was taken out of a repository of our own is gone once nobody reads the old list. */
    private List<Generation> counting(Mounts.Place place, Kept kept) {
        return isOwn(place) ? kept.read(Instant.now(clock)) : kept.all();
    }

    /** The directories above a file, the nearest first, down to that of its mount. */
    static List<String> above(String mount, String path) {
        List<String> dirs = new ArrayList<>();
        for (int slash = path.lastIndexOf('/'); slash >= mount.length() - 1; slash = path.lastIndexOf('/', slash - 1)) {
            dirs.add(path.substring(0, slash + 1));
            if (slash <= 0) {
                break;
            }
        }
        return dirs;
    }
}
