package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Reply;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A page of the server's own that takes work off the event loops, such as what it has measured. */
@FunctionalInterface
public interface OwnAnswer {
    /**
     * Does the work; an error is answered like a format's.
     *
     * @param accept the Accept field, null without one
     */
    Mono<Reply> answer(@Nullable String accept);
}
