package dev.permafrost.proxy.repo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What lies where in a repository of RPMs.
 *
 * @param path the path that it answers at, beginning and ending in a slash; what follows its last segment without a variable is part of
 *     each mount; empty for its name
 * @param mounts where packages come from, by the path below that they are at, which ends in a slash; a segment that begins with a dollar
 *     stands for any one segment, and for the same in the URL
 * @param keys what clients are told to check packages by: URLs, or paths of this server that begin with a slash
 * @param mirrorsTtl for how long a list of mirrors is good before it is asked for again; 1 h
 * @param signers files of keys: metadata is taken only when one of them has signed it; none, and then nobody needs to
 * @param packageSigners files of keys by which packages are checked that are fetched ahead of need, where that is wished; none
 */
public record YumConfig(
        String path,
        Map<String, List<Source>> mounts,
        List<String> keys,
        Duration mirrorsTtl,
        List<Path> signers,
        List<Path> packageSigners) {
    /** Copies all. */
    public YumConfig {
        Map<String, List<Source>> copy = new LinkedHashMap<>();
        mounts.forEach((at, sources) -> copy.put(at, List.copyOf(sources)));
        mounts = Collections.unmodifiableMap(copy);
        keys = List.copyOf(keys);
        signers = List.copyOf(signers);
        packageSigners = List.copyOf(packageSigners);
    }

    /** What a URL is of that packages come from. */
    public enum Kind {
        /** The folder that they are below. */
        PLACE,
        /** A document that says who has them, and which metadata is the right one. */
        METALINK,
        /** A text that says who has them. */
        MIRRORLIST
    }

    /**
     * Where packages come from.
     *
     * @param url of a place, with a slash at its end; of a list, as it is written
     */
    public record Source(Kind kind, URI url) {
        /** A folder, with a slash at its end. */
        public static Source place(URI url) {
            return new Source(Kind.PLACE, url);
        }

        /** Whether it says where packages are, and has none itself. */
        public boolean isList() {
            return kind != Kind.PLACE;
        }
    }

    /** That of a repository that is not one of RPMs, or has its upstream at its root. */
    public static YumConfig none() {
        return new YumConfig("", Map.of(), List.of(), Duration.ofHours(1), List.of(), List.of());
    }

    /** Whether any of its mounts has a list of mirrors, which may be anybody's. */
    public boolean hasLists() {
        return mounts.values().stream().flatMap(List::stream).anyMatch(Source::isList);
    }
}
