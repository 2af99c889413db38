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
import java.util.function.Function;
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

    private final List<ProjectSource> all;
    private final boolean merges;
    private final Pins pins;

    /**
     * What was found.
     *
     * @param standings of the sources that the project is served from
     * @param instead the answer where there are none; else null
     */
    record Choice(List<Standing> standings, @Nullable Reply instead) {
        /** For how long that is good. */
        Duration ttl() {
            return standings.stream()
                    .map(Standing::ttl)
                    .min(Duration::compareTo)
                    .orElse(Duration.ZERO);
        }

        /** How it is known: stale if any of it is, else as most had to be done for it. */
        CacheOutcome outcome() {
            return standings.stream()
                    .map(Standing::outcome)
                    .max(Comparator.comparingInt(WORK::indexOf))
                    .orElse(CacheOutcome.HIT);
        }

        /** What is stored of a project by these; null for nothing. Blocks. */
        @Nullable Offer offer(View view, ProjectName project) {
            List<Offer> offers = new ArrayList<>();
            for (Standing standing : standings) {
                Offer offer = standing.source().offer(view, project);
                if (offer != null) {
                    offers.add(offer);
                }
            }
            return offers.isEmpty() ? null : Offer.merged(offers);
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

    /** Those that have a project, their pages as new as they must be. Errs with a store's exception. */
    Mono<Choice> current(View view, ProjectName project) {
        return choose(view, project, source -> source.standing(view, project));
    }

    /** Those that have a project, where a page of any age will do. Errs with a store's exception. */
    Mono<Choice> lasting(View view, ProjectName project) {
        return choose(view, project, source -> source.lasting(view, project));
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

    private Mono<Choice> choose(View view, ProjectName project, Function<ProjectSource, Mono<Standing>> ask) {
        List<ProjectSource> asked = of(project);
        return next(asked.iterator(), ask, new ArrayList<>(), null)
                .map(choice -> asked.size() > 1 && !view.heldOnly() && choice.instead() instanceof Reply.NotFound none
                        ? new Choice(List.of(), none(asked, project, none.outcome()))
                        : choice);
    }

    private Mono<Choice> next(
            Iterator<ProjectSource> left,
            Function<ProjectSource, Mono<Standing>> ask,
            List<Standing> found,
            @Nullable Reply instead) {
        if (!left.hasNext()) {
            return Mono.just(new Choice(found, found.isEmpty() ? instead : null));
        }
        return ask.apply(left.next()).flatMap(standing -> {
            Reply none = standing.instead();
            if (none == null) {
                found.add(standing);
                return merges ? next(left, ask, found, instead) : Mono.just(new Choice(found, null));
            }
            // that a name is refused says more than that another source has none of it
            return next(left, ask, found, instead instanceof Reply.Refused ? instead : none);
        });
    }

    private static Reply none(List<ProjectSource> asked, ProjectName project, @Nullable CacheOutcome outcome) {
        return new Reply.NotFound(
                "there is no project " + project + " in "
                        + String.join(
                                ", ", asked.stream().map(ProjectSource::name).toList()),
                outcome);
    }
}
