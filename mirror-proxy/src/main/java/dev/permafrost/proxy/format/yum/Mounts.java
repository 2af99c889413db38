package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which upstream has what lies at a path. A segment of a mount that begins with a dollar, such as {@code $releasever}, stands for any one
 * segment, and for the same in the upstream's URL.
 */
final class Mounts {
    private static final Pattern VARIABLE = Pattern.compile("\\$[A-Za-z_][A-Za-z0-9_]*");

    /** Most directories that variables stand for at once. */
    private static final int PATHS_MAX = 1000;

    private final List<Mount> all;

    private record Mount(List<String> segments, List<Source> sources) {
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
     * @param sources what the configuration says of it, without variables
     * @param bases where upstream has that, each ending in a slash, in the order in which they are asked
     * @param versions of the {@code repomd.xml} right below the mount, those that may be taken; any where there is none
     * @param failure why nobody knows where upstream has that; null where somebody does, or there is no such thing
     */
    record Place(
            String mount,
            List<Source> sources,
            List<URI> bases,
            List<Metalink.Version> versions,
            @Nullable StoreException failure) {
        /** Where upstream has what lies at that path. */
        List<URI> urls(String path) {
            String rest = UrlPath.encoded(path.substring(mount.length()));
            return bases.stream().map(base -> URI.create(base + rest)).toList();
        }

        /** The same, found at these bases. */
        Place at(List<URI> others, List<Metalink.Version> allowed, @Nullable StoreException why) {
            return new Place(mount, sources, List.copyOf(others), List.copyOf(allowed), why);
        }

        /** The same without whoever has that URL. */
        Place without(String url) {
            String whose = bases.stream()
                    .map(URI::toString)
                    .filter(url::startsWith)
                    .max(Comparator.comparingInt(String::length))
                    .orElse("");
            return at(
                    bases.stream()
                            .filter(base -> !base.toString().equals(whose))
                            .toList(),
                    versions,
                    failure);
        }

        /** Whether it depends on a list of mirrors where it is. */
        boolean isListed() {
            return sources.stream().anyMatch(Source::isList);
        }

        /** The versions of a directory's {@code repomd.xml} that may be taken; any where there is none. */
        List<Metalink.Version> versions(String dir) {
            return dir.equals(mount) ? versions : List.of();
        }
    }

    /**
     * Mounts.
     *
     * @param mounts where packages come from, by the path that they are at, which ends in a slash or is empty
     */
    Mounts(Map<String, List<Source>> mounts) {
        List<Mount> list = new ArrayList<>();
        mounts.forEach((path, sources) -> list.add(new Mount(segments(path), sources)));
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
        List<Source> sources = mount.sources().stream()
                .map(source -> new Source(source.kind(), filled(source, values)))
                .toList();
        List<URI> bases = sources.stream()
                .filter(source -> !source.isList())
                .map(Source::url)
                .toList();
        return new Place(path.substring(0, at), sources, bases, List.of(), null);
    }

    private static URI filled(Source source, Map<String, String> values) {
        String url = source.url().toString();
        return URI.create(source.isList() ? filledAnywhere(url, values) : filled(url, values));
    }

    /** The variables of a list's URL may be in its query, where a value must not begin another part of it. */
    private static String filledAnywhere(String url, Map<String, String> values) {
        return VARIABLE.matcher(url)
                .replaceAll(found -> Matcher.quoteReplacement(
                        URLEncoder.encode(values.getOrDefault(found.group(), found.group()), UTF_8)));
    }

    private static String filled(String url, Map<String, String> values) {
        List<String> segments = new ArrayList<>();
        for (String segment : url.split("/", -1)) {
            segments.add(isVariable(segment) ? UrlPath.encoded(values.getOrDefault(segment, segment)) : segment);
        }
        return String.join("/", segments);
    }

    /**
     * The paths of those mounts whose variables all have values, each ending in a slash or empty; one for each way to choose among these.
     *
     * @param values of variables, by their names without the dollar
     * @throws StoreException BAD_REQUEST where those are more than so many
     */
    List<String> paths(Map<String, List<String>> values) {
        List<String> paths = new ArrayList<>();
        for (Mount mount : all) {
            List<String> these = List.of("");
            for (String segment : mount.segments()) {
                these = longer(these, segment, values);
            }
            paths.addAll(these);
        }
        return paths;
    }

    private static List<String> longer(List<String> paths, String segment, Map<String, List<String>> values) {
        List<String> choices =
                isVariable(segment) ? values.getOrDefault(segment.substring(1), List.of()) : List.of(segment);
        if ((long) paths.size() * choices.size() > PATHS_MAX) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "the values of variables lead to more than " + PATHS_MAX + " paths of one mount; give fewer");
        }
        return paths.stream()
                .flatMap(path -> choices.stream().map(choice -> path + choice + "/"))
                .toList();
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
