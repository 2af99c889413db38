package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What an operator may change in a repository that is the origin of its files. Blocks; each answer says what came of it. */
public interface Hosting {
    /**
     * Takes in a file from a folder.
     *
     * @throws StoreException of kind BAD_REQUEST or STORE_EXISTS, and why, for a file that is not taken
     */
    String publish(Path file, String by);

    /**
     * Withdraws a version, or takes that back (PEP 592).
     *
     * @param reason why, "" for no reason given; null to take it back
     * @throws StoreException of kind STORE_MISSING if there is no such version
     */
    String yank(String project, String version, @Nullable String reason, String by);

    /**
     * Deletes a version and its files for good.
     *
     * @throws StoreException of kind STORE_MISSING if there is no such version
     */
    String delete(String project, String version, String by);
}
