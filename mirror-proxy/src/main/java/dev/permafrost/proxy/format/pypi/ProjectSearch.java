package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Finds projects by words: by their names all that are known, whether of upstream's list or of ours, and by their summaries those
 * whose metadata is held and whose names fit. Blocks.
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
    private static final int SEARCHES_MAX = 2;

    private final Sources sources;
    private final Semaphore searches = new Semaphore(SEARCHES_MAX);

    ProjectSearch(Sources sources) {
        this.sources = sources;
    }

    /** A project that was found. */
    record Hit(String name, String version, String summary) {}

    /**
     * The projects whose names or summaries hold one of these words; those with exactly such a name come first.
     *
     * @param names words of names
     * @param summaries words of summaries
     * @param or whether one of both is enough
     * @throws StoreException of kind OVERLOADED while too many others are searching
     */
    List<Hit> of(View view, List<String> names, List<String> summaries, boolean or) {
        if (!searches.tryAcquire()) {
            throw new StoreException(
                    FailureKind.OVERLOADED, SEARCHES_MAX + " others are searching at this moment; try again");
        }
        try {
            return found(view, names, summaries, or);
        } finally {
            searches.release();
        }
    }

    private List<Hit> found(View view, List<String> names, List<String> summaries, boolean or) {
        List<String> nameWords = words(names);
        List<String> summaryWords = words(summaries);
        boolean byName = !nameWords.isEmpty();
        boolean either = or || summaryWords.isEmpty() || !byName;
        List<Hit> hits = new ArrayList<>();
        Set<ProjectName> seen = new HashSet<>();
        int looked = 0;
        for (ProjectSource source : sources.all()) {
            for (Listed listed : source.docs().known(view)) {
                ProjectName project = listed.name();
                boolean exact = nameWords.contains(project.value());
                boolean named = byName && nameWords.stream().anyMatch(project.value()::contains);
                boolean enough = !exact && (hits.size() >= HITS_MAX || looked >= LOOKS_MAX);
                if (!named || enough || !sources.mayHave(source, project) || !seen.add(project)) {
                    continue;
                }
                looked++;
                Hit hit = hit(view, project);
                String summary = hit.summary().toLowerCase(Locale.ROOT);
                if (either || summaryWords.stream().anyMatch(summary::contains)) {
                    hits.add(exact ? 0 : hits.size(), hit);
                }
            }
        }
        return hits.size() > HITS_MAX ? List.copyOf(hits.subList(0, HITS_MAX)) : hits;
    }

    /** What is known of a project: its newest version, and what that says of itself where its metadata is held. */
    private Hit hit(View view, ProjectName project) {
        String newest = NO_VERSION;
        String summary = "";
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
        if (offer != null && !versions.isEmpty()) {
            newest = versions.get(versions.size() - 1);
            for (FileRecord file : releases.getOrDefault(newest, List.of())) {
                MetadataFields sayings = offer.holding(file).sayings(file);
                String said = sayings == null ? null : sayings.first("summary");
                if (said != null) {
                    summary = said;
                    break;
                }
            }
        }
        return new Hit(project.value(), newest, summary);
    }

    private static List<String> words(List<String> texts) {
        return texts.stream()
                .map(text -> text.strip().toLowerCase(Locale.ROOT))
                .filter(text -> !text.isEmpty())
                .limit(WORDS_MAX)
                .toList();
    }
}
