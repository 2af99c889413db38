package dev.permafrost.proxy.http;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which repository a path belongs to: {@code /-/…} is ours, then the repository that the Host is for, then the one that has the longest
 * path that it begins with, then the one whose name is the first segment, then the default one, which answers at the root too.
 *
 * @param hosts the names of repositories that are at the root of a host, by its name in lower case, without a port
 * @param repositories by name
 * @param paths the names of repositories that are at a path of their own, by that path, which begins and ends in a slash
 * @param defaultRepository the name of the one that answers at the root
 * @param snapshots the repositories as they were, below {@code /-/snapshots/}
 */
public record Routes(
        Map<String, String> hosts,
        Map<String, Mount> repositories,
        Map<String, String> paths,
        String defaultRepository,
        SnapshotRoutes snapshots) {
    /** Where everything of the server's own lies. */
    static final String OWN = "/-/";

    private static final String SNAPSHOTS = "/-/snapshots/";

    /** Copies the maps; the longest path comes first. */
    public Routes {
        hosts = Map.copyOf(hosts);
        repositories = Map.copyOf(repositories);
        Map<String, String> sorted = new LinkedHashMap<>();
        paths.entrySet().stream()
                .sorted(Comparator.comparing(path -> -path.getKey().length()))
                .forEach(path -> sorted.put(path.getKey(), path.getValue()));
        paths = Collections.unmodifiableMap(sorted);
    }

    /** Routes where no repository has a path of its own. */
    public Routes(Map<String, String> hosts, Map<String, Mount> repositories, String defaultRepository) {
        this(hosts, repositories, Map.of(), defaultRepository, SnapshotRoutes.NONE);
    }

    /**
     * A repository, and the path below it.
     *
     * @param atRootToo whether it was found by its name, and is at the root of the server too
     */
    record Match(Mount mount, String path, boolean atRootToo) {}

    /** Whether it depends on the Host. */
    boolean byHost() {
        return !hosts.isEmpty();
    }

    /**
     * The repository that answers a decoded path; null for one of the server's own.
     *
     * @param host the Host field, null without one
     */
    @Nullable Match match(@Nullable String host, String path) {
        if (path.startsWith(OWN)) {
            return path.startsWith(SNAPSHOTS) ? inSnapshot(path.substring(SNAPSHOTS.length())) : null;
        }
        if (host != null) {
            String atRoot = hosts.get(withoutPort(host).toLowerCase(Locale.ROOT));
            if (atRoot != null) {
                return below(atRoot, path.substring(1));
            }
        }
        for (Map.Entry<String, String> at : paths.entrySet()) {
            if (path.startsWith(at.getKey())) {
                return below(at.getValue(), path.substring(at.getKey().length()));
            }
        }
        int slash = path.indexOf('/', 1);
        String first = slash > 0 ? path.substring(1, slash) : path.substring(1);
        Mount named = repositories.get(first);
        if (named != null) {
            return new Match(named, slash > 0 ? path.substring(slash + 1) : "", first.equals(defaultRepository));
        }
        return below(defaultRepository, path.substring(1));
    }

    /** The repository of a snapshot; null where none is named. */
    private @Nullable Match inSnapshot(String path) {
        int snapshotEnd = path.indexOf('/');
        if (snapshotEnd <= 0) {
            return null;
        }
        int end = path.indexOf('/', snapshotEnd + 1);
        String repository = path.substring(snapshotEnd + 1, end < 0 ? path.length() : end);
        Mount mount = snapshots.find(path.substring(0, snapshotEnd), repository);
        return mount == null ? null : new Match(mount, end < 0 ? "" : path.substring(end + 1), false);
    }

    private Match below(String repository, String path) {
        return new Match(Objects.requireNonNull(repositories.get(repository)), path, false);
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }
}
