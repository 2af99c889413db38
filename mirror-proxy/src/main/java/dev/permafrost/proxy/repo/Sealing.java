package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;
import java.util.List;
import java.util.function.Predicate;

/** Has metadata of repositories say what is held, for whoever is served where nothing is fetched, and proves what a snapshot lists of them. */
public interface Sealing {
    /**
     * Makes it so, in the live index, before a snapshot is taken of it. Blocks, for as long as there is to read.
     *
     * @param repositories which of its repositories are meant, by name
     * @return what there is to tell the operator, one line each
     * @throws dev.permafrost.store.model.StoreException where it can't be done
     */
    default List<String> seal(Predicate<String> repositories) {
        return List.of();
    }

    /** The same of all of them. */
    default List<String> seal() {
        return seal(repository -> true);
    }

    /**
     * Looks whether all is there that pages and metadata of a snapshot name, and what upstream's name besides. Blocks, for as long as there
     * is to read.
     *
     * @param sealed the snapshot, as it will be served
     * @return of each of its repositories that have something in it
     */
    default List<RepositoryProof> prove(View sealed) {
        return List.of();
    }
}
