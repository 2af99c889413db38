package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.SourcesConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which sources are asked for a project, as far as its name tells: those that the name is pinned to, else all. */
final class Pins {
    private final List<String> sources;
    private final Map<String, List<Glob>> patterns = new LinkedHashMap<>();

    /** Those that are configured. */
    Pins(SourcesConfig config) {
        this.sources = config.names();
        config.pins()
                .forEach((source, names) ->
                        patterns.put(source, names.stream().map(Condition::name).toList()));
    }

    /** The sources that a project is pinned to, in their order; none where it is not pinned. */
    List<String> of(ProjectName project) {
        return patterns.isEmpty()
                ? List.of()
                : sources.stream()
                        .filter(source -> Condition.fits(patterns.getOrDefault(source, List.of()), project.value()))
                        .toList();
    }
}
