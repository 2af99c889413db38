package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.CacheFigures;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Project pages: from memory, else from the store, else from upstream; rendered once for all who ask.
 *
 * <p>A page in memory that is fresh is answered on the event loop. Everything else goes by the blocking pool: look at the
 * stored page; ask upstream if it is out of date; render.
 */
final class ProjectPages {
    private final Sources sources;
    private final Blocking blocking;
    private final Recall<Key, PageSet> pages;
    private final PageReplies replies;
    /** Where clients are sent for what is not known here; null for nowhere. */
    private final @Nullable URI fallback;

    /** A page of a view. */
    private record Key(String view, String project) {
        static Key of(View view, String project) {
            return new Key(view.snapshot().map(Object::toString).orElse(""), project);
        }
    }

    ProjectPages(Sources sources, Blocking blocking, long cacheBytesMax, PageReplies replies, @Nullable URI fallback) {
        this.sources = sources;
        this.blocking = blocking;
        this.pages = Recall.ofBytes(cacheBytesMax, PageSet::sizeBytes);
        this.replies = replies;
        this.fallback = fallback;
    }

    /** Answers with a project's page. */
    Mono<Reply> project(View view, ProjectName project, PageForm form) {
        Reply known = known(view, Key.of(view, project.value()), form);
        return known != null
                ? Mono.just(known)
                : sources.current(view, project)
                        .flatMap(choice -> Mono.justOrEmpty(absent(view, project, choice))
                                .switchIfEmpty(
                                        Mono.defer(() -> blocking.call(() -> render(view, project, form, choice)))))
                        .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** The answer where nobody has it: the other index, if nothing is known here and clients may be sent there. */
    private @Nullable Reply absent(View view, ProjectName project, Sources.Choice choice) {
        Reply reply = choice.instead();
        return reply instanceof Reply.NotFound && fallback != null && !view.heldOnly() && !choice.wasKnown()
                ? new Reply.Elsewhere(fallback.resolve(project + "/"))
                : reply;
    }

    /** How the memory of pages is doing. */
    CacheFigures cache() {
        return pages.figures();
    }

    /** A project of ours has changed in what is live. */
    void forget(ProjectName project) {
        pages.forget(new Key("", project.value()));
    }

    private @Nullable Reply known(View view, Key key, PageForm form) {
        PageSet set = pages.get(key);
        if (set == null
                || !(view.immutable() || set.fresh(System.nanoTime()))
                || (set.changesAt() != null && replies.isPast(set.changesAt()))) {
            return null;
        }
        if (set.refusal() != null) {
            return set.refusal();
        }
        RenderedPage page = set.in(form);
        return page == null
                ? null
                : replies.page(
                        view,
                        page,
                        set.validatedNanos(),
                        set.changesAt(),
                        set.stale() ? CacheOutcome.STALE : CacheOutcome.HIT);
    }

    /** Brings memory up to date with the store, rendering what is not rendered yet, once for all who wait. Blocks. */
    private Reply render(View view, ProjectName project, PageForm form, Sources.Choice choice) {
        Offer offer = choice.offer(view, project);
        if (offer == null) {
            return ProjectSource.missing(view, project);
        }
        long freshUntil = System.nanoTime() + choice.ttl().toNanos();
        long validated = offer.validatedNanos();
        boolean stale = choice.outcome() == CacheOutcome.STALE;
        String version = offer.version();
        PageSet set = pages.update(Key.of(view, project.value()), old -> {
            PageSet same = old != null && old.version().equals(version) && !replies.isPast(old.changesAt())
                    ? old.freshUntil(freshUntil, validated, stale)
                    : null;
            if (same != null && (same.in(form) != null || same.refusal() != null)) {
                return same;
            }
            PageSet base = same == null
                    ? new PageSet(version, freshUntil, validated, stale, Map.of(), offer.refusal(), offer.changesAt())
                    : same;
            if (offer.refusal() != null) {
                return base;
            }
            RenderedPage rendered = rendered(view, offer, form);
            return rendered == null ? null : base.with(form, rendered);
        });
        if (!view.immutable() && sources.isChanged(view, project, offer)) {
            // whoever changed it may have come to forget it before it was remembered
            forget(project);
        }
        if (set != null && set.refusal() != null) {
            return set.refusal();
        }
        RenderedPage rendered = set == null ? null : set.in(form);
        return rendered == null || set == null
                ? ProjectSource.missing(view, project)
                : replies.page(view, rendered, validated, set.changesAt(), choice.outcome());
    }

    /** The page, or null if it would list nothing where only what is held counts. */
    private static @Nullable RenderedPage rendered(View view, Offer offer, PageForm form) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
        try {
            PageRenderer renderer = new PageRenderer(offer.held(), view.heldOnly(), offer.isSome());
            int listed = renderer.project(form.type().format(), offer.header(), offer.files(), out);
            return listed == 0 && view.heldOnly()
                    ? null
                    : PageVariants.of(
                            out.toByteArray(),
                            form.coding(),
                            form.type().contentType(),
                            PageVariants.VARY,
                            offer.header().lastSerial());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }
}
