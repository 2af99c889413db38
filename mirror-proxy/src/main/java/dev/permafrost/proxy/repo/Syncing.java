package dev.permafrost.proxy.repo;

import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Has a repository's files fetched ahead of need. */
@FunctionalInterface
public interface Syncing {
    /**
     * Finds out what there is to do, asking upstream what it has by now. A part of which upstream can't say it is a plan that has failed.
     *
     * @param parts which parts of the repository; empty for all that can be known
     * @param wishes what of them is wanted, by the names that the format gives
     * @return errs with a {@link dev.permafrost.store.model.StoreException} of kind BAD_REQUEST for what it can't make sense of
     */
    Mono<List<SyncPlan>> plan(List<String> parts, Map<String, String> wishes);
}
