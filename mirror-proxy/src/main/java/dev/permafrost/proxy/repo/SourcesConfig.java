package dev.permafrost.proxy.repo;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The other repositories that one is made of.
 *
 * @param names theirs, in the order in which they are asked
 * @param merges whether a project has the files of all of them that have it, rather than of the first alone
 * @param pins patterns of projects' names by source: a name that fits one comes from the sources that it is pinned to, and no other is
 *     asked for it
 */
public record SourcesConfig(List<String> names, boolean merges, Map<String, List<String>> pins) {
    /** Copies all. */
    public SourcesConfig {
        names = List.copyOf(names);
        Map<String, List<String>> copy = new HashMap<>();
        pins.forEach((source, patterns) -> copy.put(source, List.copyOf(patterns)));
        pins = Map.copyOf(copy);
    }

    /** Those of a repository that stands for itself. */
    public static SourcesConfig none() {
        return new SourcesConfig(List.of(), false, Map.of());
    }

    /** Whether there are any. */
    public boolean any() {
        return !names.isEmpty();
    }
}
