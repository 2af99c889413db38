package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What projects say of themselves in a line, so that they are found by its words: those whose metadata is held, in memory, as many as
 * there is room for. They are read by a pass over what is held when somebody asks for the first time, and after that as they change.
 */
final class Summaries implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Summaries.class);

    /** About 25 MB of them. */
    private static final int PROJECTS_MAX = 100_000;

    private static final int CHARS_MAX = 200;
    /** With more changes than that since anybody has asked, all is read anew. */
    private static final int CHANGES_MAX = 10_000;

    /** So many projects are named at once in the pass. */
    private static final int STEP = 1_000;

    /** Of so many versions at most the metadata is read. */
    static final int VERSIONS_MAX = 10;

    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    private final ProjectDocs docs;
    private final int projectsMax;
    private final Blocking reading = new Blocking(1);
    /** In lower case. */
    private final ConcurrentMap<ProjectName, String> lines = new ConcurrentHashMap<>();

    private final Set<ProjectName> changes = ConcurrentHashMap.newKeySet();
    /** The snapshot that was read, "" for what is live; null before all. */
    private volatile @Nullable String of;

    private volatile boolean closed;
    /** How far the pass has come; null where it is over. Of the reading thread. */
    private @Nullable String behind = "";

    Summaries(ProjectDocs docs) {
        this(docs, PROJECTS_MAX);
    }

    /** The same, with a most of how many projects are remembered. */
    Summaries(ProjectDocs docs, int projectsMax) {
        this.docs = docs;
        this.projectsMax = projectsMax;
    }

    /** Something of a project is held that was not, or is no more. Quick. */
    void changed(ProjectName project) {
        if (of == null) {
            return;
        }
        changes.add(project);
        if (changes.size() > CHANGES_MAX) {
            of = null;
            changes.clear();
        }
    }

    /**
     * Projects whose summaries hold one of these words, as far as they have been read within two seconds. Blocks.
     *
     * @param words in lower case
     */
    List<ProjectName> with(View view, List<String> words, int most) {
        read(view);
        List<ProjectName> found = new ArrayList<>();
        for (Map.Entry<ProjectName, String> line : lines.entrySet()) {
            if (found.size() >= most) {
                break;
            }
            if (words.stream().anyMatch(line.getValue()::contains)) {
                found.add(line.getKey());
            }
        }
        return found;
    }

    private void read(View view) {
        try {
            CompletableFuture.runAsync(() -> bringUpToDate(view), reading.executor())
                    .get(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            log.debug("summaries are still being read, {} so far", lines.size());
        } catch (ExecutionException e) {
            log.warn("summaries can't be read: {}", String.valueOf(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void bringUpToDate(View view) {
        if (!view.tryRetain()) {
            return;
        }
        try {
            String snapshot = view.snapshot().map(Object::toString).orElse("");
            if (!snapshot.equals(of)) {
                changes.clear();
                of = snapshot;
                lines.clear();
                behind = "";
            }
            for (ProjectName project : List.copyOf(changes)) {
                changes.remove(project);
                read(view, project);
            }
            while (behind != null && !closed) {
                List<ProjectName> step = docs.heldBehind(view, behind, STEP);
                step.forEach(project -> read(view, project));
                boolean over = step.size() < STEP || lines.size() >= projectsMax;
                behind = over ? null : step.get(step.size() - 1).value();
            }
        } finally {
            view.release();
        }
    }

    private void read(View view, ProjectName project) {
        String line = closed ? null : line(view, project);
        if (line == null) {
            lines.remove(project);
        } else if (lines.size() < projectsMax || lines.containsKey(project)) {
            lines.put(project, line);
        }
    }

    /** What the newest version says of itself whose metadata is held and says something; null for none. */
    private @Nullable String line(View view, ProjectName project) {
        Map<String, Entry> sidecars = new HashMap<>();
        docs.held(view, project).forEach((name, entry) -> {
            if (name.endsWith(Sidecars.SUFFIX) && entry.sizeBytes() <= WheelMetadata.BYTES_MAX) {
                DistributionName.version(project, name.substring(0, name.length() - Sidecars.SUFFIX.length()))
                        .ifPresent(version -> sidecars.put(version, entry));
            }
        });
        List<String> versions = Version.sorted(sidecars.keySet());
        for (int i = versions.size() - 1; i >= Math.max(0, versions.size() - VERSIONS_MAX); i--) {
            Entry sidecar = sidecars.get(versions.get(i));
            try {
                String said = sidecar == null
                        ? null
                        : MetadataFields.of(docs.bytes(sidecar)).first("summary");
                if (said != null) {
                    String lower = said.toLowerCase(Locale.ROOT);
                    return lower.substring(0, Math.min(lower.length(), CHARS_MAX));
                }
            } catch (StoreException e) {
                log.debug("{} is not found by its summary: {}", project, e.getMessage());
            }
        }
        return null;
    }

    /** Reads no more. */
    @Override
    public void close() {
        closed = true;
        reading.close();
    }
}
