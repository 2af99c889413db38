package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.StoreException;
import java.util.concurrent.Executor;
import reactor.core.publisher.Mono;

/** The body of a request, which comes only once somebody takes it, and only as fast as it is taken. */
public interface RequestBody {
    /** Its length in bytes as the request says it, -1 where it does not. */
    long lengthBytes();

    /**
     * Has the body moved to a sink, once.
     *
     * @param blocking where the sink is called
     * @return ends after the sink's last call; fails with what the sink threw, or with a {@link StoreException} if the client breaks
     *     off or is too slow
     */
    Mono<Void> drainTo(BodySink sink, Executor blocking);
}
