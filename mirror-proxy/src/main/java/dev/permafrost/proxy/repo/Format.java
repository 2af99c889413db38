package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import java.util.function.Supplier;
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
     * What somebody wishes for who asks for that path where nothing is fetched, and does not get it; null where nobody could have it. Quick.
     */
    default @Nullable String wish(String path) {
        return null;
    }

    /**
     * Finds out what there is to fetch so that a {@linkplain #wish wish} comes true, asking upstream what it has by now. Errs with a {@link
     * dev.permafrost.store.model.StoreException} where nothing fits it.
     *
     * @param view what is live, whenever it is asked for
     */
    default Mono<SyncPlan> grant(String wish, Supplier<View> view) {
        return Mono.error(new FetchException(FailureKind.BAD_REQUEST, "nothing can be fetched for this repository"));
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
