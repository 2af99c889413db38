package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Format;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which repository a path belongs to: {@code /-/…} is ours, then the repository that the Host is for, then the one whose name
 * is the first segment, then the default one, which answers at the root too.
 *
 * @param hosts repositories that are at the root of a host, by its name in lower case, without a port
 * @param repositories by name
 * @param defaultRepository the one that answers at the root
 */
public record Routes(Map<String, Format> hosts, Map<String, Format> repositories, Format defaultRepository) {
    /** Where everything of the server's own lies. */
    static final String OWN = "/-/";

    /** Copies the maps. */
    public Routes {
        hosts = Map.copyOf(hosts);
        repositories = Map.copyOf(repositories);
    }

    /** A format and the path below its mount. */
    record Match(Format format, String path) {}

    /**
     * The repository that answers a decoded path; null for one of the server's own.
     *
     * @param host the Host field, null without one
     */
    @Nullable Match match(@Nullable String host, String path) {
        if (path.startsWith(OWN)) {
            return null;
        }
        if (host != null && !hosts.isEmpty()) {
            Format atRoot = hosts.get(withoutPort(host).toLowerCase(Locale.ROOT));
            if (atRoot != null) {
                return new Match(atRoot, path.substring(1));
            }
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

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }
}
