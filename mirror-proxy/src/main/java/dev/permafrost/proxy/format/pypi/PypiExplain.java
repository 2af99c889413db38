package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.repo.Explains;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tells of a project's files what a client would find, and why. Upstream is not asked: what counts is what it said last. */
public final class PypiExplain implements Explains {
    /** Most files that are told of one by one, the last that the page lists; the others are counted. */
    private static final int FILES_MAX = 10_000;

    private final RepositoryConfig repository;
    private final MirrorStore store;
    private final ProjectDocs docs;
    private final Admission admission;

    /**
     * Of a repository.
     *
     * @param fetches whether what is not held can be fetched
     */
    public PypiExplain(RepositoryConfig repository, MirrorStore store, boolean fetches, Clock clock) {
        this.repository = repository;
        this.store = store;
        this.docs = new ProjectDocs(repository.name(), store);
        this.admission = new Admission(repository, docs, fetches, clock);
    }

    /**
     * Result: {@code repository}, {@code project}, {@code version} (where asked), {@code known} (whether upstream's page is stored),
     * {@code fetched-at}, {@code refusal} (of the project by its name), {@code listed}, {@code served}, {@code held} (numbers), and
     * {@code files}: each {@code filename}, {@code served}, {@code refusal}, {@code until}, {@code held}, {@code bytes},
     * {@code undecided}, {@code listed}.
     */
    @Override
    public Map<String, Object> explain(String spelling, @Nullable String version) {
        ProjectName project = ProjectName.asked(spelling);
        View view = store.view();
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is stopping; ask again");
        }
        try {
            return explain(view, project, version);
        } finally {
            view.release();
        }
    }

    private Map<String, Object> explain(View view, ProjectName project, @Nullable String version) {
        ProjectDocs.Stored page = docs.page(view, project).orElse(null);
        Map<String, Entry> held = new TreeMap<>(docs.held(view, project));
        held.keySet().removeIf(name -> !Companions.suffix(name).isEmpty());
        Deque<Object> files = new ArrayDeque<>();
        long listed = 0;
        long served = 0;
        if (page != null) {
            for (FileRecord file : page.files()) {
                Entry entry = held.remove(file.filename());
                if (isOf(project, file.filename(), version)) {
                    boolean fits = entry != null
                            && HeldFiles.known(view, entry, ProjectDocs.expectation(file)) != HeldFiles.Fit.NO;
                    Map<String, Object> told =
                            explain(view, project, file, fits, page.header().quarantined());
                    served += Boolean.TRUE.equals(told.get("served")) ? 1 : 0;
                    listed++;
                    files.add(told);
                    if (files.size() > FILES_MAX) {
                        // the newest are the last
                        files.remove();
                    }
                }
            }
        }
        held.forEach((filename, entry) -> {
            if (isOf(project, filename, version)) {
                files.add(Map.of(
                        "filename",
                        filename,
                        "served",
                        false,
                        "refusal",
                        "it is held, and upstream lists it no more",
                        "held",
                        true,
                        "bytes",
                        entry.sizeBytes(),
                        "listed",
                        false));
            }
        });
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("repository", repository.name());
        result.put("project", project.value());
        if (version != null) {
            result.put("version", version);
        }
        result.put("known", page != null);
        if (page != null) {
            result.put("fetched-at", page.header().fetchedAt().toString());
        }
        Refusal refusal = admission.refusal(project);
        if (refusal != null) {
            result.put("refusal", refusal.text());
        }
        result.put("policy", !admission.isOpen());
        result.put("listed", listed);
        result.put("served", served);
        result.put("files", List.copyOf(files));
        return result;
    }

    private static boolean isOf(ProjectName project, String filename, @Nullable String version) {
        return version == null
                || DistributionName.version(project, filename)
                        .filter(spelled -> Version.key(spelled).equals(Version.key(version)))
                        .isPresent();
    }

    private Map<String, Object> explain(
            View view, ProjectName project, FileRecord file, boolean held, boolean quarantined) {
        Policy.Verdict verdict = admission.judge(view, project, file, false);
        Refusal ours = verdict.refusal();
        String refusal = quarantined ? "upstream has the project in quarantine" : ours == null ? null : ours.text();
        if (refusal == null && view.heldOnly() && !held) {
            refusal = "it is not held, and nothing is fetched here";
        }
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("filename", file.filename());
        told.put("served", refusal == null);
        if (refusal != null) {
            told.put("refusal", refusal);
        }
        Instant until = verdict.until();
        if (until != null) {
            told.put("until", until.toString());
        }
        told.put("held", held);
        if (file.sizeBytes() >= 0) {
            told.put("bytes", file.sizeBytes());
        }
        if (verdict.undecided()) {
            told.put("undecided", true);
        }
        told.put("listed", true);
        return told;
    }
}
