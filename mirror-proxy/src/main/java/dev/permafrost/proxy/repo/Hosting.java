package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an operator may change in a repository that is the origin of its files. Blocks; each answer says what came of it. */
public interface Hosting {
    /** Whether a file of that name may be one that is published: whether its last extension is that of a distribution. */
    boolean isPublishable(String filename);

    /**
     * Takes in a file from a folder. What was looked at before, and has not changed since, is not read again, even if this is
     * another process.
     *
     * @throws StoreException of kind BAD_REQUEST if it can't be read
     */
    Published publish(Path file, Publishing how, String by);

    /** The files in a folder, and in those below, that the repository has because they were {@link #publish published}. */
    List<Path> published(Path folder);

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
