package dev.permafrost.proxy.repo;

import reactor.core.publisher.Mono;

/** One file of a plan. */
public interface SyncItem {
    /** What it is called in a report, such as its path. */
    String name();

    /** The host that is asked for it first; "" where nobody is. */
    String host();

    /** How many bytes are to come; 0 for a file that is held and only to be looked at, -1 where that is not known. */
    long sizeBytes();

    /**
     * Has it fetched, as a client that asks for it does, and proved. Errs with a {@link dev.permafrost.store.model.StoreException} where it
     * can't be had or must not be kept. Its bytes come by the {@link ByteFlow} of the subscription.
     */
    Mono<Void> hold();
}
