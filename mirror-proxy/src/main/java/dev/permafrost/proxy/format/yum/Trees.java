package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Trees to install from: what their {@code .treeinfo} says of a file that no list of packages has. */
final class Trees {
    private static final int PARSED_MAX = 20;
    private static final Duration PARSED_TTL = Duration.ofHours(1);
    private static final int DOUBTS_MAX = 10_000;
    /** Folders whose documents upstream is asked for: a path may go through any number of folders called images. */
    private static final int ASKED_MAX = 3;

    private final Directories directories;
    private final Upkeep upkeep;
    private final YumReplies replies;
    private final Blocking blocking;
    private final Duration wait;
    private final Recall<Digest, Map<String, Digest>> parsed = Recall.ofEntries(PARSED_MAX, PARSED_TTL);
    /** Documents of which a file was not as they say. */
    private final Recall<String, Boolean> doubted = Recall.ofEntries(DOUBTS_MAX, PARSED_TTL);

    /** Documents that somebody waits for, or has waited for and they have not come yet. */
    private final ConcurrentMap<Asked, Mono<Map<String, Digest>>> asked = new ConcurrentHashMap<>();

    /** A document, who is asked for it, and in which snapshot it is looked for first; empty for the live store. */
    private record Asked(String snapshot, FileRequest request, List<URI> bases) {}

    /**
     * Trees of a repository.
     *
     * @param wait for how long all documents together are waited for that may say something of a file
     */
    Trees(Directories directories, Upkeep upkeep, YumReplies replies, Blocking blocking, Duration wait) {
        this.directories = directories;
        this.upkeep = upkeep;
        this.replies = replies;
        this.blocking = blocking;
        this.wait = wait;
    }

    /** A document that may say something, and what the file is called in it. */
    private record Candidate(String info, String file) {}

    /**
     * What a document, or several, have said of a file.
     *
     * @param digest what it has to be; null where that is not said
     * @param failure why a document that may say it could not be had; null where all could
     */
    private record Said(@Nullable Digest digest, @Nullable StoreException failure) {
        static final Said NOTHING = new Said(null, null);

        /** The first digest counts, and the first failure where there is none. */
        Said or(Said next) {
            return digest != null || (next.digest == null && failure != null) ? this : next;
        }
    }

    /**
     * What a file has to be; nothing where no tree says it. Errs with a {@link StoreException} where a document that may say it does not
     * come, or not in time, and none of before is held: that is not to be taken for one that is not there.
     *
     * @param dirs the folders above it, the nearest first
     * @param requests what to ask for a document at a path; the second word is whether it may be out of date
     */
    Mono<Expectation> expectation(
            View view,
            Mounts.Place place,
            String path,
            List<String> dirs,
            BiFunction<String, Boolean, FileRequest> requests) {
        if (TreeInfo.isOne(path)) {
            return Mono.just(Expectation.NOTHING);
        }
        long deadline = System.nanoTime() + wait.toNanos();
        return blocking.call(() -> candidates(view, path, dirs))
                .flatMapIterable(all -> all)
                .concatMap(candidate -> said(view, place, candidate, requests, deadline), 1)
                .takeUntil(said -> said.digest() != null)
                .reduce(Said.NOTHING, Said::or)
                .flatMap(said -> {
                    StoreException failure = said.failure();
                    return failure == null ? Mono.just(expectation(said)) : Mono.error(failure);
                });
    }

    private static Expectation expectation(Said said) {
        Digest digest = said.digest();
        return digest == null ? Expectation.NOTHING : Expectation.of(digest);
    }

    /** A file was not as its tree says: the document is asked for at the next occasion. */
    void doubt(List<String> dirs) {
        dirs.forEach(dir -> TreeInfo.NAMES.forEach(name -> doubted.put(dir + name, true)));
    }

    /** Those that are held, and those that upstream may have. Blocks. */
    private List<Candidate> candidates(View view, String path, List<String> dirs) {
        List<Candidate> all = new ArrayList<>();
        int asked = 0;
        for (String dir : dirs) {
            String file = path.substring(dir.length());
            int slash = file.indexOf('/');
            boolean isBooted = slash > 0 && TreeInfo.BOOTED.contains(file.substring(0, slash)) && asked < ASKED_MAX;
            // what is booted is in .treeinfo, and what else is in a tree in the other one
            boolean isExtra = !isBooted && asked < ASKED_MAX && isTree(view, dir);
            asked += isBooted || isExtra ? 1 : 0;
            for (String name : TreeInfo.NAMES) {
                boolean isWorthAsking = name.endsWith(".json") ? isExtra : isBooted;
                if ((isWorthAsking && upkeep.fetches(view)) || isHeld(view, dir + name)) {
                    all.add(new Candidate(dir + name, file));
                }
            }
        }
        return all;
    }

    /** Whether something is known of a folder that trees to install from have. */
    private boolean isTree(View view, String dir) {
        return directories.known(view, dir).kept() != null
                || TreeInfo.NAMES.stream().anyMatch(name -> isHeld(view, dir + name));
    }

    private boolean isHeld(View view, String path) {
        return view.lookup(directories.docs().fileKey(path)).isPresent();
    }

    private Mono<Said> said(
            View view,
            Mounts.Place place,
            Candidate candidate,
            BiFunction<String, Boolean, FileRequest> requests,
            long deadline) {
        boolean isDoubted = doubted.get(candidate.info()) != null;
        FileRequest request = requests.apply(candidate.info(), !isDoubted);
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        return asked(view, place, candidate.info(), request)
                .map(files -> new Said(files.get(candidate.file()), null))
                .timeout(left, Mono.error(() -> late(candidate)))
                .onErrorResume(
                        StoreException.class,
                        e -> replies.held(view, request)
                                .flatMap(held -> read(held, candidate.info()))
                                .map(files -> new Said(files.get(candidate.file()), null))
                                .defaultIfEmpty(new Said(null, e)))
                .onErrorResume(StoreException.class, e -> Mono.just(new Said(null, e)));
    }

    /**
     * What a document says, asked for once for all who wait for it; nothing where there is none. It goes on by itself when nobody waits
     * any more, and drops what it has opened.
     */
    private Mono<Map<String, Digest>> asked(View view, Mounts.Place place, String info, FileRequest request) {
        return asked.computeIfAbsent(
                new Asked(view.snapshot().map(Object::toString).orElse(""), request, place.bases()),
                key -> replies.whole(view, request, place.urls(info))
                        .doOnNext(held -> doubted.forget(info))
                        .flatMap(held -> read(held, info))
                        .defaultIfEmpty(Map.of())
                        .doOnTerminate(() -> asked.remove(key))
                        .cache());
    }

    private StoreException late(Candidate candidate) {
        return new FetchException(
                FailureKind.UPSTREAM_TIMEOUT,
                candidate.info() + ", which may say what " + candidate.file() + " has to be, has not come within "
                        + wait.toSeconds() + " s; try again");
    }

    private Mono<Map<String, Digest>> read(Reply.Held held, String info) {
        return blocking.call(() -> files(held, info));
    }

    private Map<String, Digest> files(Reply.Held held, String info) throws IOException {
        try {
            Digest blob = held.blob().digest();
            Map<String, Digest> files = parsed.get(blob);
            if (files == null) {
                try (InputStream in = new BlobInput(held.blob().channel())) {
                    files = TreeInfo.read(info, in.readNBytes(TreeInfo.BYTES_MAX));
                }
                parsed.put(blob, files);
            }
            return files;
        } finally {
            held.drop();
        }
    }
}
