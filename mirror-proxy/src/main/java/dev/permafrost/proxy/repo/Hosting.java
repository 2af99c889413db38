package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator may change in a repository that is the origin of its files. Blocks; each answer says what came of it. */
public interface Hosting {
    /** Whether a file may be one that is published, by its name: whether its last extension is that of a distribution, or a package. */
    boolean isPublishable(Path file);

    /** Whether a file belongs to another, or is none that anybody means to publish, by its name: nobody is told that it is not. */
    boolean isBeside(Path file);

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
     * Files of a folder are not there any more that were {@link #publish published}; each is named again until nothing is published of it.
     *
     * @param left how many files there are still
     * @return how many of them stay published
     */
    default int gone(Publishing how, Set<Path> files, int left, String by) {
        return files.size();
    }

    /** Has clients see what was published, and what is gone, where that is not seen at once. */
    default void complete() {}

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

    /**
     * Deletes files that something newer takes the place of; their paths.
     *
     * @throws StoreException of kind BAD_REQUEST where that can't be told
     */
    default List<String> deleteSuperseded(String by) {
        throw new StoreException(
                FailureKind.BAD_REQUEST,
                "only of packages of RPM can be told which are superseded; delete versions by permafrost delete");
    }
}
