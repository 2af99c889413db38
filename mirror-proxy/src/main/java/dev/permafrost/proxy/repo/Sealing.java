package dev.permafrost.proxy.repo;

import java.util.List;

/** Has a repository's metadata say what is held, for whoever is served where nothing is fetched. */
public interface Sealing {
    /**
     * Makes it so, in the live index, before a snapshot is taken of it. Blocks, for as long as there is to read.
     *
     * @return what there is to tell the operator, one line each
     * @throws dev.permafrost.store.model.StoreException where it can't be done
     */
    List<String> seal();
}
