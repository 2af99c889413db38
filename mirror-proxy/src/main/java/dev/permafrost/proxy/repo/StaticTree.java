package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import java.util.List;

/** Shows what a repository holds as files that any web server can serve to its clients. */
@FunctionalInterface
public interface StaticTree {
    /** Where the files go. Paths are below the repository, without a slash at either end. */
    interface Sink {
        /** Writes a page; whether it can lie at that path. */
        boolean page(String path, byte[] content);

        /** Puts a blob there; whether it can lie at that path. */
        boolean file(String path, Digest blob);
    }

    /**
     * Shows all of them, each page after what it links to. Blocks.
     *
     * @param view in which nothing is fetched
     * @return what was left out, and why, in words
     */
    List<String> write(View view, Sink sink);
}
