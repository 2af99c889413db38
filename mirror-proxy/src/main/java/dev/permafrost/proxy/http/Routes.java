package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Format;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which repository a path belongs to: {@code /-/…} is ours, then the repository whose name is the first segment, then the
 * default one, which answers at the root too.
 *
 * @param repositories by name
 * @param defaultRepository the one that answers at the root
 */
public record Routes(Map<String, Format> repositories, Format defaultRepository) {
    /** Where everything of the server's own lies. */
    static final String OWN = "/-/";

    /** Copies the map. */
    public Routes {
        repositories = Map.copyOf(repositories);
    }

    /** A format and the path below its mount. */
    record Match(Format format, String path) {}

    /** The repository that answers a decoded path; null for one of the server's own. */
    @Nullable Match match(String path) {
        if (path.startsWith(OWN)) {
            return null;
        }
        int slash = path.indexOf('/', 1);
        if (slash > 0) {
            Format named = repositories.get(path.substring(1, slash));
            if (named != null) {
                return new Match(named, path.substring(slash + 1));
            }
        }
        return new Match(defaultRepository, path.substring(1));
    }
}
