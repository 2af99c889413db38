package dev.permafrost.proxy.repo;

import java.util.Map;

/** Compares what repositories list, and finds what of it nobody needs. Everything blocks, for as long as there is to read. */
public interface Listings {
    /**
     * What has changed between two lists: texts, numbers, and lists and maps of them.
     *
     * @throws dev.permafrost.store.model.StoreException of kind BAD_REQUEST for what is none
     */
    Map<String, Object> diff(Chosen from, Chosen to);

    /**
     * Packages that are listed more than once, or that something newer takes the place of.
     *
     * @param repository the repository, or a directory below it
     * @throws dev.permafrost.store.model.StoreException of kind BAD_REQUEST for what is none
     */
    Map<String, Object> duplicates(String repository);

    /**
     * A list that is meant.
     *
     * @param repository its repository or a directory below it, and how many generations before the newest, behind an {@code @}
     * @param snapshot the name of the snapshot that it is in; empty for the live one, or where there is none, for the current one
     * @param data the folder of the store that it is in, absolute; empty for this one
     */
    record Chosen(String repository, String snapshot, String data) {}
}
