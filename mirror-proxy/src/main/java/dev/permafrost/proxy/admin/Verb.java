package dev.permafrost.proxy.admin;

import java.util.Map;

/** Something that can be asked of the process that owns the store. */
@FunctionalInterface
public interface Verb {
    /**
     * Does it, and answers with what a caller wants to know: texts, numbers, truths, and lists and maps of them. Blocks.
     *
     * @param arguments by name, as the caller gave them
     * @throws dev.permafrost.store.model.StoreException with the kind that the caller shall see
     */
    Map<String, Object> run(Map<String, String> arguments, ProgressSink progress);
}
