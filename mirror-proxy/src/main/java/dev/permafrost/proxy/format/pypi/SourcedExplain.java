package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.Explains;
import dev.permafrost.proxy.repo.RepositoryConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells from which of its sources a repository that is made of others has a project, and what each of those that are asked has. */
public final class SourcedExplain implements Explains {
    private final RepositoryConfig repository;
    private final Map<String, Explains> sources;
    private final Pins pins;

    /**
     * Of a repository.
     *
     * @param sources what tells of those that it may be made of, by name
     */
    public SourcedExplain(RepositoryConfig repository, Map<String, Explains> sources) {
        this.repository = repository;
        this.sources = Map.copyOf(sources);
        this.pins = new Pins(repository.sources());
    }

    /**
     * Result: {@code repository}, {@code project}, {@code version} (where asked), {@code pinned} (the sources that the name is pinned
     * to), {@code from} (those that have it as far as is known, of which one that nobody has asked yet may come before), and
     * {@code sources}, for each that is asked what {@link PypiExplain} tells.
     */
    @Override
    public Map<String, Object> explain(String spelling, @Nullable String version) {
        ProjectName project = ProjectName.asked(spelling);
        List<String> pinned = pins.of(project);
        List<Object> told = new ArrayList<>();
        List<Object> from = new ArrayList<>();
        for (String name : pinned.isEmpty() ? repository.sources().names() : pinned) {
            Map<String, Object> of = Objects.requireNonNull(sources.get(name)).explain(project.value(), version);
            told.add(of);
            boolean has = Boolean.TRUE.equals(of.get("known")) && !of.containsKey("refusal");
            if (has && (from.isEmpty() || repository.sources().merges())) {
                from.add(name);
            }
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("repository", repository.name());
        result.put("project", project.value());
        if (version != null) {
            result.put("version", version);
        }
        result.put("pinned", pinned);
        result.put("from", from);
        result.put("sources", told);
        return result;
    }
}
