package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.repo.UpstreamAuth;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the repositories. */
final class RepositoriesBinder {
    private static final Map<String, Audience> AUDIENCES =
            Map.of("anyone", Audience.ANYONE, "authenticated", Audience.AUTHENTICATED, "nobody", Audience.NOBODY);
    private static final int REPOSITORIES_MAX = 1000;

    private final FilePaths paths;
    private final UpstreamBinder upstreams;

    RepositoriesBinder(FilePaths paths) {
        this.paths = paths;
        this.upstreams = new UpstreamBinder(paths);
    }

    /** The repositories by name, with defaults in place of whatever is not given, or is among the problems. */
    Map<String, RepositoryConfig> repositories(Section section) {
        Map<String, RepositoryConfig> repositories = new LinkedHashMap<>();
        Map<String, Section> sections = section.sections();
        sections.forEach((name, repository) -> {
            if (!RepositoryConfig.isName(name)) {
                section.report(
                        name,
                        "can't be a repository's name; write 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a"
                                + " letter or a digit");
            }
            repositories.put(name, repository(name, repository, sections.size() == 1));
        });
        if (repositories.isEmpty()) {
            section.report("there is none; add one, or remove the key to get the public PyPI");
        } else if (repositories.size() > REPOSITORIES_MAX) {
            section.report("there are " + repositories.size() + "; write " + REPOSITORIES_MAX + " at most");
        } else {
            checkDefault(section, repositories);
            SourcesBinder.check(section, repositories);
            YumBinder.check(section, repositories);
        }
        return repositories;
    }

    private static void checkDefault(Section section, Map<String, RepositoryConfig> repositories) {
        List<String> defaults = repositories.values().stream()
                .filter(RepositoryConfig::isDefault)
                .map(RepositoryConfig::name)
                .toList();
        if (defaults.isEmpty()) {
            section.report("none of " + String.join(", ", repositories.keySet())
                    + " is the one that answers at the root; write default: true in one of them");
        } else if (defaults.size() > 1) {
            section.report(String.join(" and ", defaults)
                    + " are both the default; write default: true in one of them and default: false in the others");
        }
    }

    private RepositoryConfig repository(String name, Section section, boolean isOnly) {
        RepositoryConfig defaults = RepositoryConfig.defaults(name);
        boolean isDefault = section.value("default", Values::truth).orElse(defaults.isDefault());
        SourcesConfig sources = SourcesBinder.sources(section);
        // of the two, what is wrong has been reported
        Optional<Values.Upstream> upstream =
                section.value("upstream", Values::upstream).filter(url -> !sources.any());
        String format = section.value("format", RepositoriesBinder::format).orElse(defaults.format());
        URI index = upstream.map(Values.Upstream::index).orElse(defaults.upstream());
        RepositoryConfig config = new RepositoryConfig(
                name,
                format,
                isDefault || isOnly,
                index,
                section.value("page-ttl", Values.duration(Duration.ZERO, Duration.ofDays(365)))
                        .orElse(defaults.pageTtl()),
                section.values("trusted-hosts", Values::host)
                        .<Set<String>>map(LinkedHashSet::new)
                        .orElse(defaults.trustedHosts()),
                auth(section.section("auth")),
                uploads(section, section.section("uploads")),
                upstreams.auth(section, upstream.map(Values.Upstream::auth).orElse(defaults.upstreamAuth())),
                upstreams.tls(section.section("upstream-tls")),
                section.value("proxy", UpstreamBinder::proxy).orElse(defaults.proxy()),
                PolicyBinder.policy(section.section("policy")),
                sources,
                YumBinder.yum(section, format, index, paths),
                section.value("fallback", RepositoriesBinder::fallback).orElse(defaults.fallback()));
        for (String key : List.of("upstream-auth", "upstream-tls", "proxy")) {
            if (section.has(key) && !section.has("upstream") && !section.has("mounts")) {
                section.report(
                        key, "is for an upstream, and there is none; write the URL of one in upstream, or remove this");
            }
        }
        section.end();
        return config;
    }

    private static URI fallback(String text) {
        Values.Upstream elsewhere = Values.upstream(text);
        if (!(elsewhere.auth() instanceof UpstreamAuth.None)) {
            throw new IllegalArgumentException("has a login, which every client would be shown; write it without");
        }
        return elsewhere.index();
    }

    private UploadConfig uploads(Section repository, Section section) {
        UploadConfig defaults = UploadConfig.defaults();
        UploadConfig uploads = new UploadConfig(
                section.value("overwrite", Values::truth).orElse(defaults.overwrite()),
                section.value("bytes-max", Values.bytes(1, 1L << 40)).orElse(defaults.bytesMax()),
                paths.value(repository, "publish").orElse(defaults.folder()),
                repository.value("publish-link", Values::truth).orElse(defaults.links()));
        section.end();
        if (repository.has("publish") && repository.has("upstream")) {
            repository.report(
                    "publish",
                    "is for a repository whose files are its own, and this one has an upstream; give the folder a repository of"
                            + " its own");
        }
        return uploads;
    }

    private RepositoryAuth auth(Section section) {
        RepositoryAuth defaults = RepositoryAuth.defaults();
        RepositoryAuth auth = new RepositoryAuth(
                paths.value(section, "users").orElse(defaults.users()),
                paths.value(section, "tokens").orElse(defaults.tokens()),
                audience(section, "read").orElse(defaults.read()),
                audience(section, "write").orElse(defaults.write()));
        boolean hasFiles = auth.users() != null || auth.tokens() != null;
        if (auth.write().kind() == Audience.Kind.ANYONE) {
            section.report("write", "can't be anyone; write nobody, authenticated, or names");
        }
        if (auth.needsLogin() && !hasFiles) {
            section.report(
                    "asks for logins that nobody has; name a file in users, which 'htpasswd -B' writes, or in tokens, which"
                            + " 'permafrost token new' writes");
        } else if (hasFiles && auth.isOpen()) {
            section.report("names a file, and never asks for a login: anyone may read, and nobody write; write read:"
                    + " authenticated, or write: authenticated, or names");
        }
        section.end();
        return auth;
    }

    private static Optional<Audience> audience(Section section, String key) {
        return section.values(key, RepositoriesBinder::audienceName).map(names -> {
            if (names.isEmpty()) {
                section.report(key, "is an empty list; write nobody, or names");
            }
            Optional<Audience> simple =
                    names.size() == 1 ? Optional.ofNullable(AUDIENCES.get(names.get(0))) : Optional.empty();
            if (simple.isEmpty() && names.stream().anyMatch(AUDIENCES::containsKey)) {
                section.report(key, "has anyone, authenticated or nobody among other names; write one of these alone");
            }
            return simple.orElseGet(() -> Audience.of(new LinkedHashSet<>(names)));
        });
    }

    private static String audienceName(String text) {
        if (text.isEmpty() || text.length() > 255 || text.indexOf(':') >= 0 || text.equals("__token__")) {
            throw new IllegalArgumentException(
                    "is nobody's name; write anyone, authenticated, nobody, or names of users and tokens");
        }
        return text;
    }

    private static String format(String text) {
        return switch (text) {
            case RepositoryConfig.PYPI, RepositoryConfig.YUM -> text;
            case "raw" ->
                throw new IllegalArgumentException("is a format that this version does not support; write "
                        + RepositoryConfig.PYPI + " or " + RepositoryConfig.YUM);
            default ->
                throw new IllegalArgumentException(
                        "is not a format; write " + RepositoryConfig.PYPI + " or " + RepositoryConfig.YUM);
        };
    }
}
