package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The projects of one repository that stands for itself: stored pages, kept as new as they must be, and sifted by its policy. */
final class ProjectSource {
    /** For how long what is held is believed to be so, where nobody tells of changes. */
    static final Duration HELD_TTL = Duration.ofSeconds(30);

    private final RepositoryConfig repository;
    private final FetchConfig config;
    private final ProjectDocs docs;
    private final @Nullable ProjectRefresh refresh;
    private final Blocking blocking;
    private final Clock clock;
    private final Admission admission;

    /**
     * Whether it has a project.
     *
     * @param ttl for how long that is good
     * @param outcome how it is known
     * @param instead the answer where it has none, or serves none of that name; null where it has it
     * @param wasKnown whether something is stored of it, were it of before upstream said that there is none
     */
    record Standing(
            ProjectSource source,
            Duration ttl,
            CacheOutcome outcome,
            @Nullable Reply instead,
            boolean wasKnown) {
        /** Whether it is there, and its name is served. */
        boolean has() {
            return instead == null;
        }
    }

    ProjectSource(
            RepositoryConfig repository,
            FetchConfig config,
            ProjectDocs docs,
            @Nullable ProjectRefresh refresh,
            Blocking blocking,
            Clock clock,
            Admission admission) {
        this.repository = repository;
        this.config = config;
        this.docs = docs;
        this.refresh = refresh;
        this.blocking = blocking;
        this.clock = clock;
        this.admission = admission;
    }

    /** What it is called. */
    String name() {
        return repository.name();
    }

    /** Whether its files are our own, so that whoever changes them says so. */
    boolean isOwn() {
        return repository.isOwn();
    }

    /** For how long its pages are good, where they come from upstream. */
    Duration pageTtl() {
        return repository.pageTtl();
    }

    /** How long somebody who asks for a page may have to wait. */
    Duration pageWait() {
        return config.pageWait();
    }

    ProjectDocs docs() {
        return docs;
    }

    Admission admission() {
        return admission;
    }

    /**
     * Whether it has a project, after its page has been made as new as it must be. Errs with a {@link StoreException}.
     *
     * @param wait how long upstream has for that
     * @param asTheList whether its page must be as new as the list of all projects
     */
    Mono<Standing> standing(View view, ProjectName project, Duration wait, boolean asTheList) {
        Standing refused = refused(project);
        return refused != null
                ? Mono.just(refused)
                : blocking.call(() -> known(view, project, asTheList))
                        .flatMap(known -> standing(view, project, known, wait));
    }

    /**
     * What is known before upstream is asked.
     *
     * @param isOld whether it must be asked, whatever the age of the page
     * @param isGone whether it said last that it has the project no more
     */
    private record Known(Optional<Header> header, boolean isOld, boolean isGone) {}

    private Known known(View view, ProjectName project, boolean asTheList) {
        Optional<Header> header = docs.header(view, project);
        boolean isOld = asTheList
                && header.isPresent()
                && docs.rootHeader(view)
                        .filter(list -> header.get().fetchedAt().isBefore(list.fetchedAt()))
                        .isPresent();
        return new Known(header, isOld, header.isPresent() && docs.isGone(view, project));
    }

    /** Asks upstream for a page that lacks what somebody knows of, unless it was asked a moment ago. Errs as {@link #standing} does. */
    Mono<Void> renewed(View view, ProjectName project) {
        ProjectRefresh upstream = refresh;
        if (upstream == null || view.heldOnly() || refused(project) != null) {
            return Mono.empty();
        }
        return blocking.call(() -> docs.header(view, project))
                .filter(header -> header.isEmpty()
                        || header.get().fetchedAt().plus(config.absentTtl()).isBefore(clock.instant()))
                .flatMap(header -> upstream.refresh(project, header))
                .then();
    }

    private @Nullable Standing refused(ProjectName project) {
        Reply reply = admission.refused(project);
        return reply == null ? null : new Standing(this, repository.pageTtl(), CacheOutcome.NEGATIVE, reply, false);
    }

    private Standing has(Duration ttl, CacheOutcome outcome) {
        return new Standing(this, ttl, outcome, null, true);
    }

    private Mono<Standing> standing(View view, ProjectName project, Known known, Duration wait) {
        Optional<Header> header = known.header();
        ProjectRefresh upstream = refresh;
        if (upstream == null || view.heldOnly()) {
            return Mono.just(
                    header.isPresent() && !known.isGone()
                            ? has(HELD_TTL, CacheOutcome.HIT)
                            : new Standing(
                                    this, HELD_TTL, CacheOutcome.NEGATIVE, missing(view, project), header.isPresent()));
        }
        boolean moved = header.isPresent() && header.get().index() != null && !upstream.isOfIndex(header.get());
        Duration left = moved || known.isOld() || known.isGone()
                ? Duration.ZERO
                : header.map(this::freshFor).orElse(Duration.ZERO);
        if (!left.isZero()) {
            return Mono.just(has(left, CacheOutcome.HIT));
        }
        return upstream.refresh(project, header)
                .timeout(wait)
                .map(result -> result.absent()
                        ? hasNot(project, config.absentTtl(), result.outcome(), header)
                        : has(repository.pageTtl(), result.outcome()))
                .onErrorResume(error -> withoutUpstream(project, known, error, wait));
    }

    private Standing hasNot(ProjectName project, Duration ttl, CacheOutcome outcome, Optional<Header> header) {
        return new Standing(
                this,
                ttl,
                outcome,
                new Reply.NotFound("upstream has no project " + project, outcome),
                header.isPresent());
    }

    /** Upstream is down or slow: what we hold, marked stale; else the failure. Absent is not broken. */
    private Mono<Standing> withoutUpstream(ProjectName project, Known known, Throwable error, Duration wait) {
        Optional<Header> header = known.header();
        if (known.isGone() && (error instanceof StoreException || error instanceof TimeoutException)) {
            // nor does an outage bring back what upstream had no more
            return Mono.just(hasNot(project, config.failureTtl(), CacheOutcome.NEGATIVE, header));
        }
        if (header.isPresent() && (error instanceof StoreException || error instanceof TimeoutException)) {
            return Mono.just(has(config.failureTtl(), CacheOutcome.STALE));
        }
        if (error instanceof TimeoutException) {
            return Mono.error(new StoreException(
                    FailureKind.UPSTREAM_TIMEOUT,
                    "upstream has not answered for project " + project + " within " + wait.toSeconds()
                            + " s; it is still being asked, try again"));
        }
        return Mono.error(error);
    }

    /** That there is no such project, or no file of it to be had. */
    static Reply.NotFound missing(View view, ProjectName project) {
        return new Reply.NotFound(
                view.heldOnly()
                        ? "no file of project " + project + " is held here"
                                + view.snapshot()
                                        .map(id -> " (snapshot " + id + ")")
                                        .orElse("")
                        : "there is no project " + project,
                CacheOutcome.NEGATIVE);
    }

    /** How long a stored page is still good. */
    private Duration freshFor(Header header) {
        Instant now = clock.instant();
        Instant until = header.fetchedAt().plus(repository.pageTtl());
        // a page from the future was written by a clock that was wrong
        boolean fresh = until.isAfter(now) && !header.fetchedAt().isAfter(now.plus(repository.pageTtl()));
        return fresh ? Duration.between(now, until) : Duration.ZERO;
    }

    /** What is stored of a project; null for nothing. Blocks. */
    @Nullable Offer offer(View view, ProjectName project) {
        return docs.page(view, project).map(page -> Offer.of(this, view, page)).orElse(null);
    }

    /** The serial number of a project's stored page, -1 for none. Blocks. */
    long serial(View view, ProjectName project) {
        return docs.header(view, project).map(Header::lastSerial).orElse(-1L);
    }

    /** What the policy lets pass of a page; of what is held alone where nothing else counts. */
    Admission.Sifted sifted(View view, ProjectDocs.Stored page, Holding held) {
        ProjectName project = page.header().project();
        if (admission.isOpen() || page.header().quarantined()) {
            return new Admission.Sifted(page.files(), null, null, 0);
        }
        if (!view.heldOnly()) {
            return admission.sift(view, project, page.files());
        }
        List<FileRecord> files = new ArrayList<>();
        page.files().forEach(file -> {
            if (held.of(file) != null) {
                files.add(file);
            }
        });
        return admission.sift(view, project, files);
    }

    /** When upstream last said that the page is so, by {@link System#nanoTime}; 0 where it is ours alone. */
    long validatedNanos(View view, Header header) {
        if (refresh == null || view.heldOnly()) {
            return 0;
        }
        Duration ago = Duration.between(header.fetchedAt(), clock.instant());
        return System.nanoTime() - (ago.isNegative() ? 0 : ago.toNanos());
    }
}
