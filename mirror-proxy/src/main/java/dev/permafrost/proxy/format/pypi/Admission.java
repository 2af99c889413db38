package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A repository's {@link Policy}, asked about what the repository has. */
final class Admission {
    private static final Logger log = LoggerFactory.getLogger(Admission.class);

    /** What a file has for a licence whose metadata can't be had, or tells none. */
    static final List<String> UNKNOWN = List.of("unknown");

    private static final int LICENCES_MAX = 10_000;
    private static final Duration LICENCES_TTL = Duration.ofHours(1);
    private static final String CLASSIFIER = "License ::";

    private final RepositoryConfig repository;
    private final Policy policy;
    private final boolean open;
    private final boolean fetches;
    private final ProjectDocs docs;
    private final Clock clock;
    /** By the digest of the metadata that tells them. */
    private final Recall<Digest, List<String>> licences = Recall.ofEntries(LICENCES_MAX, LICENCES_TTL);

    /**
     * What passes of a page.
     *
     * @param files those that are served
     * @param refusal why none of them is, though there are some; else null
     * @param changesAt when to look again at the latest; null where nothing changes by itself
     * @param refused how many are not served
     */
    record Sifted(
            Iterable<FileRecord> files,
            @Nullable Refusal refusal,
            @Nullable Instant changesAt,
            int refused) {}

    /**
     * Of a repository.
     *
     * @param fetches whether metadata that is not held can be fetched
     */
    Admission(RepositoryConfig repository, ProjectDocs docs, boolean fetches, Clock clock) {
        this.repository = repository;
        this.policy = new Policy(repository.policy());
        this.open = repository.policy().servesAll();
        this.fetches = fetches;
        this.docs = docs;
        this.clock = clock;
    }

    /** Whether everything is served, so that nothing needs to be asked. */
    boolean isOpen() {
        return open;
    }

    /** Whether a project is served as far as its name says. */
    boolean names(ProjectName project) {
        return open || policy.refuses(project) == null;
    }

    /** Whether all projects are served as far as their names say. */
    boolean namesAll() {
        return open || !policy.refusesNames();
    }

    /** Why a project is not served whatever its files are; null where some may be. */
    @Nullable Refusal refusal(ProjectName project) {
        return open ? null : policy.refuses(project);
    }

    /** The answer about a project that is not served whatever its files are; null where some may be. */
    @Nullable Reply refused(ProjectName project) {
        Refusal refusal = refusal(project);
        return refusal == null ? null : refused(refusalOf(project, refusal));
    }

    /** The answer for that refusal. */
    Reply refused(Refusal refusal) {
        return new Reply.Refused(
                refusal.text(), refusal.brief(), repository.policy().hides());
    }

    /** The answer about a file. */
    Reply refused(ProjectName project, FileRecord file, Refusal refusal) {
        String version = DistributionName.version(project, file.filename())
                .map(spelled -> "==" + spelled)
                .orElse("");
        return refused(refusal.told(file.filename() + " is not served: " + refusal.text() + "; ask 'permafrost explain "
                + repository.name() + " " + project + version + "'"));
    }

    private Refusal refusalOf(ProjectName project, Refusal refusal) {
        return refusal.told("project " + project + " is not served: " + refusal.text() + "; ask 'permafrost explain "
                + repository.name() + " " + project + "'");
    }

    /**
     * Decides about a file. Blocks.
     *
     * @param last whether the decision is the last one: a licence that is not known by now is not waited for
     */
    Policy.Verdict judge(View view, ProjectName project, FileRecord file, boolean last) {
        return policy.judge(new Subject(view, project, file, last), clock.instant());
    }

    /** Decides about the files of a page. Blocks. */
    Sifted sift(View view, ProjectName project, Iterable<FileRecord> files) {
        if (open) {
            return new Sifted(files, null, null, 0);
        }
        List<FileRecord> passed = new ArrayList<>();
        Refusal first = null;
        int refused = 0;
        boolean undecided = false;
        Instant changesAt = null;
        for (FileRecord file : files) {
            Policy.Verdict verdict = judge(view, project, file, false);
            undecided |= verdict.undecided();
            Instant until = verdict.until();
            if (until != null && (changesAt == null || until.isBefore(changesAt))) {
                changesAt = until;
            }
            Refusal refusal = verdict.refusal();
            if (refusal == null) {
                passed.add(file);
            } else {
                refused++;
                first = first == null ? refusal.told(file.filename() + ": " + refusal.text()) : first;
            }
        }
        Instant again = clock.instant().plus(repository.pageTtl());
        if (undecided && (changesAt == null || again.isBefore(changesAt))) {
            // licences are learnt as files are asked for
            changesAt = again;
        }
        Refusal none = passed.isEmpty() && first != null
                ? refusalOf(
                        project,
                        first.told("none of its " + refused + (refused == 1 ? " file" : " files") + " is, as "
                                + first.text()))
                : null;
        return new Sifted(passed, none, changesAt, refused);
    }

    /** A file of a view. */
    private final class Subject implements Condition.Subject {
        private final View view;
        private final ProjectName project;
        private final FileRecord file;
        private final boolean last;

        Subject(View view, ProjectName project, FileRecord file, boolean last) {
            this.view = view;
            this.project = project;
            this.file = file;
            this.last = last;
        }

        @Override
        public ProjectName project() {
            return project;
        }

        @Override
        public FileRecord file() {
            return file;
        }

        @Override
        public Optional<List<String>> licences() {
            Entry sidecar = view.lookup(docs.sidecarKey(project, file)).orElse(null);
            if (sidecar != null && HeldFiles.known(view, sidecar, Sidecars.expectation(file)) == HeldFiles.Fit.YES) {
                return Optional.of(licences(sidecar));
            }
            boolean promised = fetches && !view.heldOnly() && Sidecars.promised(file) != null;
            return promised && !last ? Optional.empty() : Optional.of(UNKNOWN);
        }

        private List<String> licences(Entry sidecar) {
            List<String> known = licences.get(sidecar.digest());
            if (known == null) {
                known = read(sidecar);
                licences.put(sidecar.digest(), known);
            }
            return known;
        }
    }

    /** What metadata tells: classifiers, and the licence in the words of SPDX, else in its own. */
    private List<String> read(Entry sidecar) {
        if (sidecar.sizeBytes() > WheelMetadata.BYTES_MAX) {
            return UNKNOWN;
        }
        MetadataFields metadata;
        try {
            metadata = MetadataFields.of(docs.bytes(sidecar));
        } catch (StoreException e) {
            log.warn("{}", e.getMessage());
            return UNKNOWN;
        }
        List<String> told = new ArrayList<>();
        for (String classifier : metadata.all("classifier")) {
            if (classifier.toLowerCase(Locale.ROOT).startsWith(CLASSIFIER.toLowerCase(Locale.ROOT))) {
                told.add(classifier);
            }
        }
        for (String field : List.of("license-expression", "license")) {
            String words = metadata.first(field);
            if (words != null && !words.isBlank()) {
                // some have the whole text of it there
                told.add(words.lines().findFirst().orElse("").strip());
            }
        }
        return told.isEmpty() ? UNKNOWN : List.copyOf(told);
    }
}
