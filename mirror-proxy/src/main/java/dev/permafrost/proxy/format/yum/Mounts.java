package dev.permafrost.proxy.format.yum;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which upstream has what lies at a path. A segment of a mount that begins with a dollar, such as {@code $releasever}, stands for any one
 * segment, and for the same in the upstream's URL.
 */
final class Mounts {
    private final List<Mount> all;

    private record Mount(List<String> segments, List<String> urls) {
        /** The more it says of a path, the earlier it is asked. */
        long weight() {
            return segments.size() * 1000L
                    + segments.stream().filter(segment -> !isVariable(segment)).count();
        }
    }

    /**
     * Where something lies.
     *
     * @param mount what its path begins with, ending in a slash, or empty
     * @param bases where upstream has that, each ending in a slash, in the order in which they are asked
     */
    record Place(String mount, List<URI> bases) {
        /** Where upstream has what lies at that path. */
        List<URI> urls(String path) {
            String rest = UrlPath.encoded(path.substring(mount.length()));
            return bases.stream().map(base -> URI.create(base + rest)).toList();
        }
    }

    /**
     * Mounts.
     *
     * @param mounts base URLs by the path that they are at, both ending in a slash but for the empty path
     */
    Mounts(Map<String, List<URI>> mounts) {
        List<Mount> list = new ArrayList<>();
        mounts.forEach((path, urls) -> list.add(
                new Mount(segments(path), urls.stream().map(URI::toString).toList())));
        list.sort(Comparator.comparingLong(Mount::weight).reversed());
        this.all = List.copyOf(list);
    }

    /** Where a path lies; null where no mount has it. */
    @Nullable Place of(String path) {
        for (Mount mount : all) {
            Place place = place(mount, path);
            if (place != null) {
                return place;
            }
        }
        return null;
    }

    private static @Nullable Place place(Mount mount, String path) {
        Map<String, String> values = new HashMap<>();
        int at = 0;
        for (String segment : mount.segments()) {
            int slash = path.indexOf('/', at);
            if (slash < 0) {
                return null;
            }
            String found = path.substring(at, slash);
            boolean fits = isVariable(segment)
                    ? !found.isEmpty() && found.equals(values.getOrDefault(segment, found))
                    : found.equals(segment);
            if (!fits) {
                return null;
            }
            values.put(segment, found);
            at = slash + 1;
        }
        return new Place(
                path.substring(0, at),
                mount.urls().stream()
                        .map(url -> URI.create(filled(url, values)))
                        .toList());
    }

    private static String filled(String url, Map<String, String> values) {
        List<String> segments = new ArrayList<>();
        for (String segment : url.split("/", -1)) {
            segments.add(isVariable(segment) ? UrlPath.encoded(values.getOrDefault(segment, segment)) : segment);
        }
        return String.join("/", segments);
    }

    /** Where they are, as the configuration has it. */
    @Override
    public String toString() {
        return all.stream()
                .map(mount -> mount.segments().isEmpty() ? "all of it" : String.join("/", mount.segments()) + "/")
                .sorted()
                .collect(Collectors.joining(", "));
    }

    static boolean isVariable(String segment) {
        return segment.length() > 1 && segment.charAt(0) == '$';
    }

    private static List<String> segments(String path) {
        return path.isEmpty()
                ? List.of()
                : List.of(path.substring(0, path.length() - 1).split("/", -1));
    }
}
