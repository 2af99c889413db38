package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;
import reactor.core.publisher.Mono;

/** A kind of repository: it answers requests from a view of the store, by values. */
public interface Format {
    /** Answers a GET or HEAD. Errs only by a fault of ours; whatever else goes wrong is a {@link Reply.Failed}. */
    Mono<Reply> handle(RequestHead request, View view);

    /** What a request for that path asks for, whatever the answer will be. Quick: it is asked for each request. */
    default RequestKind kind(String path) {
        return RequestKind.OTHER;
    }
}
