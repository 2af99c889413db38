package dev.permafrost.proxy.repo;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells what a repository has of a project or a package, and why it serves it or not. */
@FunctionalInterface
public interface Explains {
    /**
     * Tells it: texts, numbers, truths, and lists and maps of them. Blocks.
     *
     * @param project its name in any spelling, or whatever else the format takes
     * @param version of the files to tell of; null for those of all versions
     * @throws dev.permafrost.store.model.StoreException of kind BAD_REQUEST for what can't be a name
     */
    Map<String, Object> explain(String project, @Nullable String version);
}
