package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.YumConfig;
import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what lies where in a repository of RPMs. */
final class YumBinder {
    private static final Pattern LITERAL = Pattern.compile("[A-Za-z0-9_~+-][A-Za-z0-9._~+-]*");
    private static final Pattern VARIABLE = Pattern.compile("\\$[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern KEY = Pattern.compile("(https?://|file:///|/)[A-Za-z0-9._~:/$+%-]+");
    private static final int MOUNTS_MAX = 1000;
    private static final int PLACES_MAX = 100;

    /** What is written for the other format alone. */
    private static final List<String> OF_PYPI = List.of("sources", "combine", "pins", "policy", "fallback");

    /** What is written for a repository whose packages are its own. */
    private static final List<String> OF_OWN = List.of("publish", "publish-link", "uploads");

    /** What is written for one whose packages come from elsewhere. */
    private static final List<String> OF_OTHERS =
            List.of("page-ttl", "trusted-hosts", "mirrors-ttl", "repo-gpg-keys", "package-gpg-keys");

    /** What is written for this format alone. */
    private static final List<String> OF_YUM =
            List.of("path", "mounts", "gpg-keys", "mirrors-ttl", "repo-gpg-keys", "package-gpg-keys");

    private YumBinder() {}

    /** Where a repository is, and what lies where below that. */
    static YumConfig yum(Section repository, String format, @Nullable URI upstream, FilePaths paths) {
        YumConfig defaults = YumConfig.none();
        List<String> path = repository.value("path", YumBinder::path).orElse(List.of());
        Section section = repository.section("mounts");
        List<String> keys = repository.values("gpg-keys", YumBinder::key).orElse(defaults.keys());
        Duration mirrorsTtl = repository
                .value("mirrors-ttl", Values.duration(Duration.ofMinutes(1), Duration.ofDays(365)))
                .orElse(defaults.mirrorsTtl());
        List<Path> signers = repository
                .values("repo-gpg-keys", text -> paths.of(repository.origin("repo-gpg-keys"), text))
                .orElse(defaults.signers());
        List<Path> packageSigners = repository
                .values("package-gpg-keys", text -> paths.of(repository.origin("package-gpg-keys"), text))
                .orElse(defaults.packageSigners());
        if (!format.equals(RepositoryConfig.YUM)) {
            for (String key : OF_YUM) {
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
        Map<String, List<Source>> mounts = new LinkedHashMap<>();
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
            Source source = Source.place(upstream);
            mounts.put(below, List.of(source));
            checkVariables(repository, "upstream", source, below);
        } else if (!repository.has("mounts") && isOwn(repository)) {
            own(repository, below);
            mounts.put("", List.of());
        } else if (mounts.isEmpty()) {
            repository.report(
                    "names no place that its packages come from; write the URL of one in upstream, or several in mounts,"
                            + " as in mounts: {os/$basearch: \"https://…/os/$basearch/\"}; or, for packages of your own, their"
                            + " folder in publish, or who may upload them in auth: {write: …}");
        }
        if (repository.has("mounts") || upstream != null) {
            for (String key : OF_OWN) {
                if (repository.has(key) && !(key.equals("publish") && repository.has("upstream"))) {
                    repository.report(
                            key,
                            "is for packages of your own, and these come from elsewhere; give yours a repository of their own");
                }
            }
        }
        YumConfig yum = new YumConfig(
                literal == 0 ? "" : "/" + joined(path.subList(0, literal)),
                mounts,
                keys,
                mirrorsTtl,
                signers,
                packageSigners);
        if (repository.has("mirrors-ttl") && !yum.hasLists()) {
            repository.report(
                    "mirrors-ttl", "is for lists of mirrors, and no mount has a metalink or a mirrorlist; remove it");
        }
        if (repository.isEmptyList("repo-gpg-keys")) {
            repository.report(
                    "repo-gpg-keys", "names no file; write those of the keys that sign the metadata, or remove it");
        }
        if (repository.isEmptyList("package-gpg-keys")) {
            repository.report(
                    "package-gpg-keys", "names no file; write those of the keys that sign the packages, or remove it");
        }
        return yum;
    }

    private static boolean isOwn(Section repository) {
        return repository.has("auth") || OF_OWN.stream().anyMatch(repository::has);
    }

    private static void own(Section repository, String below) {
        if (!below.isEmpty()) {
            repository.report(
                    "path",
                    "has a variable, and packages of your own lie at one place; write it without, and folders in the one that is"
                            + " published");
        }
        for (String key : OF_OTHERS) {
            if (repository.has(key)) {
                repository.report(key, "is for packages that come from elsewhere, and these are your own; remove it");
            }
        }
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

    private static List<Source> places(Section section, String at, String path) {
        List<Source> places = section.elements(at, text -> place(section, at, text), YumBinder::list)
                .orElse(List.of());
        // what can't be used has been reported
        if (section.isEmptyList(at) || section.isBlank(at)) {
            section.report(at, "names no place; write a URL, or a list of several with the same packages");
        } else if (places.size() > PLACES_MAX) {
            section.report(at, "has " + places.size() + " places; write " + PLACES_MAX + " at most");
        }
        places.forEach(place -> checkVariables(section, at, place, path));
        return places;
    }

    private static Source place(Section section, String at, String text) {
        Values.Upstream upstream = Values.upstream(text);
        if (!(upstream.auth() instanceof UpstreamAuth.None)) {
            section.report(at, "has a login in its URL; write it in upstream-auth");
        }
        return Source.place(upstream.index());
    }

    private static Optional<Source> list(Section section) {
        Optional<Source> metalink =
                section.value("metalink", YumBinder::listUrl).map(url -> new Source(Kind.METALINK, url));
        Optional<Source> mirrorlist =
                section.value("mirrorlist", YumBinder::listUrl).map(url -> new Source(Kind.MIRRORLIST, url));
        if (section.has("metalink") == section.has("mirrorlist")) {
            section.report("is neither a URL nor one list of mirrors; write {metalink: URL} or {mirrorlist: URL}");
        }
        return metalink.or(() -> mirrorlist);
    }

    /** The URL of a list, which may have a query, and is left as it is. */
    private static URI listUrl(String text) {
        int query = text.indexOf('?');
        Values.Upstream bare = Values.upstream(query < 0 ? text : text.substring(0, query));
        if (!(bare.auth() instanceof UpstreamAuth.None)) {
            throw new IllegalArgumentException("has a login, and lists of mirrors are asked for without; remove it");
        }
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL (" + e.getReason() + ")", e);
        }
    }

    private static void checkVariables(Section section, String key, Source source, String path) {
        List<String> there = List.of(path.split("/", -1));
        String url = source.url().toString();
        List<String> used = source.isList()
                ? VARIABLE.matcher(url).results().map(MatchResult::group).toList()
                : Stream.of(source.url().getRawPath().split("/", -1))
                        .filter(segment -> segment.startsWith("$"))
                        .toList();
        used.stream()
                .filter(variable -> !there.contains(variable))
                .forEach(variable -> section.report(
                        key,
                        "leads to " + url + ", in which " + variable
                                + " stands for nothing: it is not in the path of the mount; write it there too"));
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
            if (logsIn && repository.yum().hasLists()) {
                section.report(
                        name,
                        "has a login or a certificate, and a list of mirrors, which are anybody's; write the URL of the"
                                + " one that is to see it in place of the list");
            } else if (logsIn && origins > 1) {
                section.report(
                        name,
                        "has a login or a certificate, and mounts on " + origins
                                + " servers, which would all be shown it; give those that are to see it a repository of"
                                + " their own");
            }
        });
    }
}
