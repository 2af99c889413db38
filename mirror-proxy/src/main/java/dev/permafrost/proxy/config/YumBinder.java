package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.YumConfig;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what lies where in a repository of RPMs. */
final class YumBinder {
    private static final Pattern LITERAL = Pattern.compile("[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*");
    private static final Pattern VARIABLE = Pattern.compile("\\$[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern KEY = Pattern.compile("(https?://|file:///|/)[A-Za-z0-9._~:/$+%-]+");
    private static final int MOUNTS_MAX = 1000;
    private static final int PLACES_MAX = 100;

    /** What is written for the other format alone. */
    private static final List<String> OF_PYPI =
            List.of("sources", "combine", "pins", "uploads", "publish", "publish-link", "policy", "fallback");

    private YumBinder() {}

    /** Where a repository is, and what lies where below that. */
    static YumConfig yum(Section repository, String format, @Nullable URI upstream) {
        List<String> path = repository.value("path", YumBinder::path).orElse(List.of());
        Section section = repository.section("mounts");
        List<String> keys = repository.values("gpg-keys", YumBinder::key).orElse(List.of());
        if (!format.equals(RepositoryConfig.YUM)) {
            for (String key : List.of("path", "mounts", "gpg-keys")) {
                if (repository.has(key)) {
                    repository.report(key, "is for repositories of RPMs; write format: yum beside it, or remove it");
                }
            }
            return YumConfig.none();
        }
        for (String key : OF_PYPI) {
            if (repository.has(key)) {
                repository.report(key, "is for Python packages, and this repository has RPMs; remove it");
            }
        }
        int literal = 0;
        while (literal < path.size() && !path.get(literal).startsWith("$")) {
            literal++;
        }
        if (literal == 0 && !path.isEmpty()) {
            repository.report("path", "begins with a variable; write a name before it, as in /centos/$releasever");
        }
        String below = joined(path.subList(literal, path.size()));
        Map<String, List<URI>> mounts = new LinkedHashMap<>();
        for (String at : section.keys()) {
            if (mounts.put(below + mount(section, at), places(section, at, below + at)) != null) {
                section.report(at, "is the same place as another of the mounts; write one of them");
            }
        }
        if (mounts.size() > MOUNTS_MAX) {
            repository.report("mounts", "has " + mounts.size() + "; write " + MOUNTS_MAX + " at most");
        }
        if (upstream != null) {
            if (!mounts.isEmpty()) {
                repository.report("upstream", "is for one place, and there are mounts; write it as one of them");
            }
            mounts.put(below, List.of(upstream));
            checkVariables(repository, "upstream", upstream, below);
        } else if (mounts.isEmpty()) {
            repository.report(
                    "names no place that its packages come from; write the URL of one in upstream, or several in mounts,"
                            + " as in mounts: {os/$basearch: \"https://…/os/$basearch/\"}");
        }
        return new YumConfig(literal == 0 ? "" : "/" + joined(path.subList(0, literal)), mounts, keys);
    }

    private static String key(String text) {
        if (!KEY.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is neither a URL of https, http or file nor a path of this server, such as"
                            + " /keys/RPM-GPG-KEY-CentOS-7");
        }
        return text;
    }

    private static String mount(Section section, String at) {
        try {
            return at.isEmpty() || at.equals("/") ? "" : joined(path(at.startsWith("/") ? at : "/" + at));
        } catch (IllegalArgumentException e) {
            section.report(at, String.valueOf(e.getMessage()));
            return "";
        }
    }

    private static List<URI> places(Section section, String at, String path) {
        List<URI> places = new ArrayList<>();
        section.values(at, Values::upstream)
                .ifPresent(upstreams -> upstreams.forEach(upstream -> {
                    if (!(upstream.auth() instanceof UpstreamAuth.None)) {
                        section.report(at, "has a login in its URL; write it in upstream-auth");
                    }
                    places.add(upstream.index());
                }));
        if (places.isEmpty()) {
            section.report(at, "names no place; write a URL, or a list of several with the same packages");
        } else if (places.size() > PLACES_MAX) {
            section.report(at, "has " + places.size() + " places; write " + PLACES_MAX + " at most");
        }
        places.forEach(place -> checkVariables(section, at, place, path));
        return places;
    }

    private static void checkVariables(Section section, String key, URI place, String path) {
        for (String segment : place.getRawPath().split("/", -1)) {
            if (segment.startsWith("$") && !List.of(path.split("/", -1)).contains(segment)) {
                section.report(
                        key,
                        "leads to " + place + ", in which " + segment
                                + " stands for nothing: it is not in the path of the mount; write it there too");
            }
        }
    }

    /** The segments of a path. */
    private static List<String> path(String text) {
        if (!text.startsWith("/") || text.startsWith("/-/")) {
            throw new IllegalArgumentException("is no path; write one such as /centos/$releasever, not below /-/");
        }
        String bare = text.substring(1, text.endsWith("/") ? Math.max(1, text.length() - 1) : text.length());
        List<String> segments = bare.isEmpty() ? List.of() : List.of(bare.split("/", -1));
        for (String segment : segments) {
            if (!LITERAL.matcher(segment).matches()
                    && !VARIABLE.matcher(segment).matches()) {
                throw new IllegalArgumentException("has the segment '" + segment
                        + "', which is neither a plain name nor a variable such as $releasever");
            }
        }
        return segments;
    }

    private static String joined(List<String> segments) {
        return segments.isEmpty() ? "" : String.join("/", segments) + "/";
    }

    /** Reports what is at the same place as another repository, and logins that would be shown to several hosts. */
    static void check(Section section, Map<String, RepositoryConfig> repositories) {
        Map<String, String> paths = new LinkedHashMap<>();
        repositories.keySet().forEach(name -> paths.put("/" + name + "/", name));
        repositories.forEach((name, repository) -> {
            String path = repository.yum().path();
            String other = path.isEmpty() ? null : paths.putIfAbsent(path, name);
            if (other != null && !other.equals(name)) {
                section.report(name, "is at " + path + ", where " + other + " is; write another path for one of them");
            }
            long origins = repository.upstreams().stream()
                    .map(url -> url.getScheme() + "://" + url.getRawAuthority())
                    .distinct()
                    .count();
            boolean logsIn = !(repository.upstreamAuth() instanceof UpstreamAuth.None)
                    || repository.upstreamTls().certificate() != null;
            if (logsIn && origins > 1) {
                section.report(
                        name,
                        "has a login or a certificate, and mounts on " + origins
                                + " servers, which would all be shown it; give those that are to see it a repository of"
                                + " their own");
            }
        });
    }
}
