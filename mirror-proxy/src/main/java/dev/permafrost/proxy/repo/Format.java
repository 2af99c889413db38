package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A kind of repository: it answers requests from a view of the store, by values. */
public interface Format {
    /** Answers a GET or HEAD. Errs only by a fault of ours; whatever else goes wrong is a {@link Reply.Failed}. */
    Mono<Reply> handle(RequestHead request, View view);

    /** Is told that clients can ask from now on: the time for work ahead of need. Quick. */
    default void begin(View view) {}

    /** What a request for that path asks for, whatever the answer will be. Quick: it is asked for each request. */
    default RequestKind kind(String path) {
        return RequestKind.OTHER;
    }

    /**
     * What a POST to that path with a body of that media type does; null where none is taken. Quick.
     *
     * @param contentType the value of the Content-Type field, null without one
     */
    default @Nullable Posting posting(String path, @Nullable String contentType) {
        return null;
    }

    /** Answers a POST that is {@linkplain #posting taken}, from somebody who may do it. Errs as {@link #handle} does. */
    default Mono<Reply> post(RequestHead request, RequestBody body, View view) {
        throw new IllegalStateException("this format takes no POST");
    }

    /** Whether a file can be put to that path, and deleted there, by somebody who may write. Quick. */
    default boolean isWritable(String path) {
        return false;
    }

    /** Answers a PUT to a path that {@link #isWritable is writable}, from somebody who may write. Errs as {@link #handle} does. */
    default Mono<Reply> put(RequestHead request, RequestBody body, View view) {
        throw new IllegalStateException("this format takes no PUT");
    }

    /** Answers a DELETE of a path that {@link #isWritable is writable}, from somebody who may write. Errs as {@link #handle} does. */
    default Mono<Reply> delete(RequestHead request, View view) {
        throw new IllegalStateException("this format takes no DELETE");
    }
}
