package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Answers with files: from memory where they were served a moment ago, else as they are held, else from whichever place has them. */
final class YumReplies {
    private static final int RESOLVED_MAX = 100_000;
    private static final Duration RESOLVED_TTL = Duration.ofSeconds(60);

    private final ReadThrough files;
    private final SmallFiles.@Nullable Health health;
    private final LongSupplier changes;
    private final Recall<Key, Resolved> resolved = Recall.ofEntries(RESOLVED_MAX, RESOLVED_TTL);

    private record Key(String view, String path) {
        static Key of(View view, String path) {
            return new Key(view.snapshot().map(Object::toString).orElse(""), path);
        }
    }

    /** What a path was found to be, when so many generations had been replaced. */
    private record Resolved(Digest digest, FileHead head, long change) {}

    /**
     * Replies of a repository.
     *
     * @param health which places can be reached; null where nothing is fetched
     * @param changes a number that is another one whenever a path may mean another file
     */
    YumReplies(ReadThrough files, SmallFiles.@Nullable Health health, LongSupplier changes) {
        this.files = files;
        this.health = health;
        this.changes = changes;
    }

    long changes() {
        return changes.getAsLong();
    }

    /** The file at a path, if it was served a moment ago and is open; null where it takes more to tell. */
    @Nullable Reply now(View view, String path) {
        Resolved known = resolved.get(Key.of(view, path));
        return known == null || known.change() != changes.getAsLong()
                ? null
                : files.heldNow(known.digest(), known.head());
    }

    /**
     * Answers with a file.
     *
     * @param path by which it was asked for
     * @param request what it is, but for its URL
     * @param urls where it may be, in the order in which they are asked; without any, it is what is held
     * @param change {@link #changes} from before it was found what the path means
     */
    Mono<Reply> file(View view, String path, FileRequest request, List<URI> urls, long change) {
        List<URI> inOrder = health == null ? urls : health.inOrder(urls);
        Mono<Reply> answer = urls.isEmpty() ? files.held(view, request) : next(view, request, inOrder, 0);
        return answer.doOnNext(reply -> remember(Key.of(view, path), reply, change));
    }

    /**
     * A file once it is here as a whole; empty where it is not held, and one place at least has said that there is none. The reply is to
     * be dropped. Errs with a {@link FetchException} where it is not held, and no place could say.
     */
    Mono<Reply.Held> whole(View view, FileRequest request, List<URI> urls) {
        return whole(view, request, health == null ? urls : health.inOrder(urls), 0, new Answers(false, null));
    }

    /**
     * What the places have said so far that don't have a file.
     *
     * @param isAbsent whether one has said that there is none
     * @param failure what went wrong with the last that could not say; null where all could
     */
    private record Answers(boolean isAbsent, Reply.@Nullable Failed failure) {
        Answers and(Reply reply) {
            return reply instanceof Reply.Failed failed && !isNo(failed)
                    ? new Answers(isAbsent, failed)
                    : new Answers(isAbsent || !(reply instanceof Reply.Growing), failure);
        }

        /** What is longer than any such file is something else, such as a page that stands for whatever is missing. */
        private static boolean isNo(Reply.Failed failed) {
            return failed.isDenied() || failed.kind() == FailureKind.UPSTREAM_TOO_LARGE;
        }
    }

    private Mono<Reply.Held> whole(View view, FileRequest request, List<URI> urls, int at, Answers answers) {
        // who is known to be out of reach is not waited for when others have answered
        if (at == urls.size() || (answers.isAbsent() && health != null && health.isDown(urls.get(at)))) {
            Reply.Failed failure = answers.isAbsent() ? null : answers.failure();
            return held(view, request)
                    .switchIfEmpty(
                            failure == null
                                    ? Mono.empty()
                                    : Mono.error(new FetchException(failure.kind(), failure.message())));
        }
        URI url = urls.get(at);
        return files.whole(view, request.at(url)).flatMap(reply -> {
            note(url, reply);
            if (reply instanceof Reply.Held one) {
                return Mono.just(one);
            }
            reply.drop();
            Mono<Reply.Held> next = Mono.defer(() -> whole(view, request, urls, at + 1, answers.and(reply)));
            // one that is out of date as soon as it has come is on its way again
            return reply instanceof Reply.Growing ? held(view, request).switchIfEmpty(next) : next;
        });
    }

    /** A file as it is held, whatever upstream has by now; empty where none is. */
    Mono<Reply.Held> held(View view, FileRequest request) {
        return files.held(view, request).ofType(Reply.Held.class).map(YumReplies::stale);
    }

    private static Reply.Held stale(Reply.Held held) {
        FileHead head = held.head();
        return new Reply.Held(
                held.blob(),
                new FileHead(
                        head.contentType(), head.etag(), head.lastModified(), head.cacheControl(), CacheOutcome.STALE));
    }

    private Mono<Reply> next(View view, FileRequest request, List<URI> urls, int at) {
        URI url = urls.get(at);
        return files.file(view, request.at(url)).flatMap(reply -> {
            note(url, reply);
            boolean elsewhere = at + 1 < urls.size() && !view.heldOnly() && isWorthAnother(reply);
            return elsewhere ? next(view, request, urls, at + 1) : Mono.just(reply);
        });
    }

    private void note(URI url, Reply reply) {
        if (health != null && reply instanceof Reply.Failed failed) {
            health.note(url, failed.kind());
        }
    }

    private static boolean isWorthAnother(Reply reply) {
        return reply instanceof Reply.NotFound
                || (reply instanceof Reply.Failed failed
                        && failed.kind() != FailureKind.INTERNAL
                        && failed.kind() != FailureKind.OVERLOADED
                        && failed.kind() != FailureKind.SHUTTING_DOWN);
    }

    private void remember(Key key, Reply reply, long change) {
        if (reply instanceof Reply.Held held) {
            FileHead head = held.head();
            FileHead hit = new FileHead(
                    head.contentType(), head.etag(), head.lastModified(), head.cacheControl(), CacheOutcome.HIT);
            resolved.put(key, new Resolved(held.blob().digest(), hit, change));
        }
    }
}
