package dev.permafrost.proxy.repo;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What lies where in a repository of RPMs.
 *
 * @param path the path that it answers at, beginning and ending in a slash; what follows its last segment without a variable is part of
 *     each mount; empty for its name
 * @param mounts base URLs by the path below that they are at, both ending in a slash; a segment that begins with a dollar stands for any
 *     one segment, and for the same in the URL
 * @param keys what clients are told to check packages by: URLs, or paths of this server that begin with a slash
 */
public record YumConfig(String path, Map<String, List<URI>> mounts, List<String> keys) {
    /** Copies all. */
    public YumConfig {
        Map<String, List<URI>> copy = new LinkedHashMap<>();
        mounts.forEach((at, urls) -> copy.put(at, List.copyOf(urls)));
        mounts = java.util.Collections.unmodifiableMap(copy);
        keys = List.copyOf(keys);
    }

    /** That of a repository that is not one of RPMs, or has its upstream at its root. */
    public static YumConfig none() {
        return new YumConfig("", Map.of(), List.of());
    }
}
