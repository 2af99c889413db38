package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.format.pypi.ProjectSource.Standing;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.store.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Where a repository has its projects from: itself, or others in their order. Which of them are asked for a project is told by its
 * name alone, and a source that can't say whether it has a project ends the search, so that no failure of one lets another take
 * its place.
 */
final class Sources {
    /** From the least work to the most; what is stale counts before all. */
    private static final List<CacheOutcome> WORK = List.of(
            CacheOutcome.HIT,
            CacheOutcome.NEGATIVE,
            CacheOutcome.REVALIDATED,
            CacheOutcome.COALESCED,
            CacheOutcome.MISS,
            CacheOutcome.STALE);

    /** Each source has at least one part in so many of the time that a client waits. */
    private static final int LEAST_SHARE = 5;

    private final List<ProjectSource> all;
    private final boolean merges;
    private final Pins pins;

    /**
     * What was found.
     *
     * @param several whether there are several sources
     * @param asked those that were asked
     * @param instead the answer where none of them has it; else null
     */
    record Choice(
            boolean several, List<Standing> asked, @Nullable Reply instead) {
        /** For how long that is good. What is ours has no end: whoever changes it says so. */
        Duration ttl() {
            return asked.stream()
                    .filter(standing -> standing.has() || !standing.source().isOwn())
                    .map(Standing::ttl)
                    .min(Duration::compareTo)
                    .orElse(Duration.ZERO);
        }

        /** How it is known: stale if any of it is, else as most had to be done for it. */
        CacheOutcome outcome() {
            return asked.stream()
                    .filter(standing -> standing.has() || standing.outcome() != CacheOutcome.NEGATIVE)
                    .map(Standing::outcome)
                    .max(Comparator.comparingInt(WORK::indexOf))
                    .orElse(CacheOutcome.HIT);
        }

        /** Whether one of them has known a project, and may have files of it that are not to be had elsewhere. */
        boolean wasKnown() {
            return asked.stream().anyMatch(Standing::wasKnown);
        }

        /** What is stored of a project by those that have it; null for nothing. Blocks. */
        @Nullable Offer offer(View view, ProjectName project) {
            List<Offer> offers = new ArrayList<>();
            for (Standing standing : asked) {
                Offer offer = standing.has() ? standing.source().offer(view, project) : null;
                if (offer != null) {
                    offers.add(offer);
                }
            }
            return offers.isEmpty() ? null : several ? Offer.merged(offers) : offers.get(0);
        }
    }

    /** A repository that is made of these. */
    Sources(List<ProjectSource> all, SourcesConfig config) {
        this.all = List.copyOf(all);
        this.merges = config.merges();
        this.pins = new Pins(config);
    }

    /** A repository that stands for itself. */
    static Sources alone(ProjectSource source) {
        return new Sources(List.of(source), SourcesConfig.none());
    }

    /** All of them. */
    List<ProjectSource> all() {
        return all;
    }

    /** Those that are asked for a project of that name. */
    private List<ProjectSource> of(ProjectName project) {
        List<String> pinned = pins.of(project);
        return pinned.isEmpty()
                ? all
                : all.stream().filter(source -> pinned.contains(source.name())).toList();
    }

    /** Whether a source is asked for a project of that name, and would serve it as far as the name says. */
    boolean mayHave(ProjectSource source, ProjectName project) {
        return source.admission().names(project) && of(project).contains(source);
    }

    /** Whether there are pins, and a project of that name has one. */
    boolean isPinned(ProjectName project) {
        return !pins.of(project).isEmpty();
    }

    /** What those have of a project that may serve it, as far as it is stored; null for nothing. Blocks. */
    @Nullable Offer stored(View view, ProjectName project) {
        List<Offer> offers = new ArrayList<>();
        for (ProjectSource source : of(project)) {
            boolean serves = source.admission().names(project) && !source.docs().isGone(view, project);
            Offer offer = serves ? source.offer(view, project) : null;
            if (offer != null && (merges || offers.isEmpty())) {
                offers.add(offer);
            }
        }
        return offers.isEmpty() ? null : Offer.merged(offers);
    }

    /** Finds those that have a project, their pages as new as they must be. Errs with a store's exception. */
    Mono<Choice> current(View view, ProjectName project) {
        return current(view, project, false);
    }

    /** The same where pages must be as new as the list of all projects, with whose serial numbers mirrors compare theirs. */
    Mono<Choice> asNewAsTheList(View view, ProjectName project) {
        return current(view, project, true);
    }

    private Mono<Choice> current(View view, ProjectName project, boolean asTheList) {
        return Mono.defer(() -> {
            List<ProjectSource> asked = of(project);
            long since = System.nanoTime();
            return next(view, project, asTheList, asked.iterator(), since, new ArrayList<>())
                    .map(choice ->
                            asked.size() > 1 && !view.heldOnly() && choice.instead() instanceof Reply.NotFound none
                                    ? new Choice(true, choice.asked(), none(asked, project, none.outcome()))
                                    : choice);
        });
    }

    /** Whether one of those whose files are ours has by now something else of a project than was offered. Blocks. */
    boolean isChanged(View view, ProjectName project, Offer offer) {
        return of(project).stream()
                .filter(ProjectSource::isOwn)
                .filter(source -> merges || offer.isOf(source) || comesBefore(source, offer))
                .anyMatch(source -> source.serial(view, project) != offer.serial(source));
    }

    private boolean comesBefore(ProjectSource source, Offer offer) {
        for (ProjectSource next : all) {
            if (next == source) {
                return true;
            }
            if (offer.isOf(next)) {
                return false;
            }
        }
        return false;
    }

    private Mono<Choice> next(
            View view,
            ProjectName project,
            boolean asTheList,
            Iterator<ProjectSource> left,
            long sinceNanos,
            List<Standing> asked) {
        if (!left.hasNext()) {
            return Mono.just(choice(asked));
        }
        ProjectSource source = left.next();
        return source.standing(view, project, wait(source, sinceNanos), asTheList)
                .flatMap(standing -> {
                    asked.add(standing);
                    return standing.has() && !merges
                            ? Mono.just(choice(asked))
                            : next(view, project, asTheList, left, sinceNanos, asked);
                });
    }

    /** What others have left of the time that all have together; a little in any case. */
    private static Duration wait(ProjectSource source, long sinceNanos) {
        Duration all = source.pageWait();
        Duration left = all.minusNanos(System.nanoTime() - sinceNanos);
        Duration least = all.dividedBy(LEAST_SHARE);
        return left.compareTo(least) < 0 ? least : left;
    }

    private Choice choice(List<Standing> asked) {
        Reply instead = null;
        for (Standing standing : asked) {
            if (standing.has()) {
                instead = null;
                break;
            }
            // that a name is refused says more than that another source has none of it
            instead = instead instanceof Reply.Refused ? instead : standing.instead();
        }
        return new Choice(all.size() > 1, asked, instead);
    }

    private static Reply none(List<ProjectSource> asked, ProjectName project, @Nullable CacheOutcome outcome) {
        return new Reply.NotFound(
                "there is no project " + project + " in "
                        + String.join(
                                ", ", asked.stream().map(ProjectSource::name).toList()),
                outcome);
    }
}
