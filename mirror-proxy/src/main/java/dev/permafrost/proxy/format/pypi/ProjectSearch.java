package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Turns;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Finds projects by words: by their names all that are known, whether of upstream's list or of ours, and by their summaries those
 * whose metadata is held.
 */
final class ProjectSearch {
    /** Most projects that are found, as Warehouse had it. */
    static final int HITS_MAX = 100;

    /** Most projects that are looked at more closely. */
    private static final int LOOKS_MAX = 1000;

    /** Stands for the version of a project of which no page is here; a version that programs can read (PEP 440). */
    private static final String NO_VERSION = "0+unknown";

    /** Most words that are looked for; others are passed over. */
    private static final int WORDS_MAX = 10;

    /** Most searches at once: each goes through a million names. */
    private static final int AT_ONCE = 2;

    private static final int WAITING_MAX = 100;

    private final Sources sources;
    private final Map<ProjectSource, Summaries> summaries;
    private final Turns turns;

    /**
     * Of a repository.
     *
     * @param summaries those of each source
     * @param wait for how long a search may wait until those before it are done
     */
    ProjectSearch(Sources sources, Map<ProjectSource, Summaries> summaries, Blocking blocking, Duration wait) {
        this.sources = sources;
        this.summaries = Map.copyOf(summaries);
        this.turns = new Turns(blocking, AT_ONCE, WAITING_MAX, wait, "searches");
    }

    /** A project that was found. */
    record Hit(String name, String version, String summary) {
        /** Whether its summary holds one of these words. */
        boolean says(List<String> words) {
            String lower = summary.toLowerCase(Locale.ROOT);
            return words.stream().anyMatch(lower::contains);
        }
    }

    /**
     * The projects whose names or summaries hold one of these words; those with exactly such a name come first.
     *
     * @param names words of names
     * @param summaries words of summaries
     * @param or whether one of both is enough
     * @return errs with a {@link StoreException}, of kind OVERLOADED where too many wait already or it has not come to it in time
     */
    Mono<List<Hit>> of(View view, List<String> names, List<String> summaries, boolean or) {
        return turns.call(() -> {
            // whoever asked may have left, and what it retained with it
            if (!view.tryRetain()) {
                throw new StoreException(FailureKind.SHUTTING_DOWN, "the store is closed");
            }
            try {
                return found(view, names, summaries, or);
            } finally {
                view.release();
            }
        });
    }

    private List<Hit> found(View view, List<String> names, List<String> summaries, boolean or) {
        List<String> nameWords = words(names);
        List<String> summaryWords = words(summaries);
        boolean byName = !nameWords.isEmpty();
        boolean either = or || summaryWords.isEmpty();
        List<Hit> hits = new ArrayList<>();
        Set<ProjectName> seen = new HashSet<>();
        for (ProjectSource source : byName ? sources.all() : List.<ProjectSource>of()) {
            for (Listed listed : source.docs().known(view)) {
                ProjectName project = listed.name();
                boolean exact = nameWords.contains(project.value());
                boolean named = nameWords.stream().anyMatch(project.value()::contains);
                boolean enough = !exact && isEnough(hits, seen);
                if (!named || enough || !sources.mayHave(source, project) || !seen.add(project)) {
                    continue;
                }
                Hit hit = hit(view, project);
                if (either || hit.says(summaryWords)) {
                    hits.add(exact ? 0 : hits.size(), hit);
                }
            }
        }
        if (!summaryWords.isEmpty() && (or || !byName)) {
            addBySummary(view, summaryWords, hits, seen);
        }
        return hits.size() > HITS_MAX ? List.copyOf(hits.subList(0, HITS_MAX)) : hits;
    }

    /** Adds those that are not among these yet. */
    private void addBySummary(View view, List<String> words, List<Hit> hits, Set<ProjectName> seen) {
        for (ProjectSource source : sources.all()) {
            for (ProjectName project :
                    Objects.requireNonNull(summaries.get(source)).with(view, words, LOOKS_MAX)) {
                if (isEnough(hits, seen) || !sources.mayHave(source, project) || !seen.add(project)) {
                    continue;
                }
                // what this source says of it may not be what is served
                Hit hit = hit(view, project);
                if (hit.says(words)) {
                    hits.add(hit);
                }
            }
        }
    }

    private static boolean isEnough(List<Hit> hits, Set<ProjectName> looked) {
        return hits.size() >= HITS_MAX || looked.size() >= LOOKS_MAX;
    }

    /** What is known of a project: its newest version, and what the newest says of itself whose metadata is held. */
    private Hit hit(View view, ProjectName project) {
        Offer offer = sources.stored(view, project);
        Map<String, List<FileRecord>> releases = new HashMap<>();
        if (offer != null && !offer.header().quarantined()) {
            offer.files().forEach(file -> {
                if (!view.heldOnly() || offer.holding(file).of(file) != null) {
                    DistributionName.version(project, file.filename())
                            .ifPresent(version -> releases.computeIfAbsent(version, spelled -> new ArrayList<>())
                                    .add(file));
                }
            });
        }
        List<String> versions = Version.sorted(releases.keySet());
        if (offer == null || versions.isEmpty()) {
            return new Hit(project.value(), NO_VERSION, "");
        }
        return new Hit(project.value(), versions.get(versions.size() - 1), summary(offer, versions, releases));
    }

    private static String summary(Offer offer, List<String> versions, Map<String, List<FileRecord>> releases) {
        int looks = 0;
        for (int i = versions.size() - 1; i >= 0 && looks < Summaries.VERSIONS_MAX; i--) {
            for (FileRecord file : releases.getOrDefault(versions.get(i), List.of())) {
                MetadataFields sayings = offer.holding(file).sayings(file);
                String said = sayings == null ? null : sayings.first("summary");
                if (said != null) {
                    return said;
                }
                looks += sayings == null ? 0 : 1;
            }
        }
        return "";
    }

    private static List<String> words(List<String> texts) {
        return texts.stream()
                .map(text -> text.strip().toLowerCase(Locale.ROOT))
                .filter(text -> !text.isEmpty())
                .limit(WORDS_MAX)
                .toList();
    }
}
