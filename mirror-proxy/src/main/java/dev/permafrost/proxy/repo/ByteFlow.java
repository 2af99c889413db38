package dev.permafrost.proxy.repo;

import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Is told of the bytes of a fetch as they come, and says how fast they may. Whoever has something fetched and wants that puts one into
 * the context of the subscription; a fetch that somebody else has begun already goes its own way.
 */
@FunctionalInterface
public interface ByteFlow {
    /** As fast as they come, and nobody is told. */
    ByteFlow FREE = bytes -> 0;

    /** Is told of bytes that have been taken; for how many nanoseconds no more are to be. Quick, and called by many threads in turn. */
    long taken(int bytes);

    /** The one of a subscription. */
    static ByteFlow of(ContextView subscription) {
        return subscription.hasKey(ByteFlow.class) ? subscription.get(ByteFlow.class) : FREE;
    }

    /** A subscription's context with this one in it. */
    default Context in(Context subscription) {
        return subscription.put(ByteFlow.class, this);
    }
}
