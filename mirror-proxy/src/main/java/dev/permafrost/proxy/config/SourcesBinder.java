package dev.permafrost.proxy.config;

import dev.permafrost.proxy.format.pypi.Policy;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Reads of which others a repository is made. */
final class SourcesBinder {
    private static final int SOURCES_MAX = 32;
    private static final int PINS_MAX = 10_000;

    /** What a repository that is made of others has from them. */
    private static final List<String> OF_SOURCES = List.of(
            "upstream",
            "page-ttl",
            "trusted-hosts",
            "uploads",
            "publish",
            "publish-link",
            "upstream-auth",
            "upstream-tls",
            "proxy",
            "policy",
            "fallback");

    private SourcesBinder() {}

    /** The sources that a repository names, without a look at whether they are there. */
    static SourcesConfig sources(Section repository) {
        SourcesConfig defaults = SourcesConfig.none();
        List<String> names = repository.values("sources", Function.identity()).orElse(defaults.names());
        boolean merges = repository.value("combine", SourcesBinder::merges).orElse(defaults.merges());
        Map<String, List<String>> pins = pins(repository.section("pins"), names);
        if (names.size() > SOURCES_MAX) {
            repository.report("sources", "has " + names.size() + "; write " + SOURCES_MAX + " at most");
        }
        if (names.stream().distinct().count() < names.size()) {
            repository.report("sources", "has a repository twice; keep its first place");
        }
        if (names.isEmpty() && merges) {
            repository.report(
                    "combine", "is for a repository that is made of others; name them in sources, or remove this");
        }
        for (String key : OF_SOURCES) {
            if (!names.isEmpty() && repository.has(key)) {
                repository.report(
                        key, "is for the repositories that this one is made of; write it there, or remove sources");
            }
        }
        return new SourcesConfig(names.stream().distinct().toList(), merges, pins);
    }

    private static Map<String, List<String>> pins(Section section, List<String> sources) {
        Map<String, List<String>> pins = new LinkedHashMap<>();
        for (String source : section.keys()) {
            List<String> patterns = section.values(source, text -> Policy.check(Policy.PROJECT, text))
                    .orElse(List.of());
            if (section.isEmptyList(source) || section.isBlank(source)) {
                section.report(source, "pins nothing to it; write names of projects such as acme-*, or remove this");
            }
            if (!sources.contains(source)) {
                section.report(
                        source,
                        "is not among the sources" + (sources.isEmpty() ? "" : ": " + String.join(", ", sources)));
            }
            if (patterns.size() > PINS_MAX) {
                section.report(source, "has " + patterns.size() + " patterns; write " + PINS_MAX + " at most");
            }
            pins.put(source, patterns);
        }
        return pins;
    }

    private static boolean merges(String text) {
        return switch (text) {
            case "first" -> false;
            case "merge" -> true;
            default ->
                throw new IllegalArgumentException(
                        "is neither first, by which a project comes from the first source that has it, nor merge, by"
                                + " which it has the files of all");
        };
    }

    /** Reports sources that are not there, or can't be one, and what would be shown to more people than it is meant for. */
    static void check(Section section, Map<String, RepositoryConfig> repositories) {
        repositories.forEach((name, made) -> {
            for (String source : made.sources().names()) {
                RepositoryConfig of = repositories.get(source);
                if (of == null) {
                    List<String> others = new ArrayList<>(repositories.keySet());
                    others.remove(name);
                    section.report(
                            name,
                            "names the source '" + source + "', which is not among the other repositories: "
                                    + String.join(", ", others));
                } else if (of.isMade()) {
                    section.report(
                            name,
                            source.equals(name)
                                    ? "names itself as a source; name others"
                                    : "names the source '" + source + "', which is made of others itself; name those");
                } else if (!of.format().equals(made.format())) {
                    section.report(
                            name,
                            "has the format " + made.format() + ", and its source '" + source + "' the format "
                                    + of.format() + "; name sources of the same format");
                } else if (made.auth().read().kind() == Audience.Kind.ANYONE
                        && of.auth().read().kind() != Audience.Kind.ANYONE) {
                    section.report(
                            name,
                            "may be read by anyone, and its source '" + source
                                    + "' may not; write auth: {read: ...} here too, since whoever reads this one"
                                    + " reads its sources");
                }
            }
            List<String> own = made.sources().names().stream()
                    .filter(source -> repositories.containsKey(source)
                            && repositories.get(source).isOwn())
                    .toList();
            if (made.isMade() && made.auth().write().kind() != Audience.Kind.NOBODY && own.size() != 1) {
                section.report(
                        name,
                        (own.isEmpty()
                                        ? "has no source that takes uploads"
                                        : "has several sources that take uploads, " + String.join(" and ", own))
                                + "; write auth: {write: ...} there, not here");
            }
        });
    }
}
