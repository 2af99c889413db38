package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Answers with pages, and tells for how long they are good. */
final class PageReplies {
    private static final long HELD_MAX_AGE_SECONDS = 60;
    private static final String HELD_CACHE_CONTROL = maxAge(HELD_MAX_AGE_SECONDS);
    /** Another snapshot may be put in its place, but not often. */
    private static final long FROZEN_MAX_AGE_SECONDS = 3600;

    private static final String FROZEN_CACHE_CONTROL = maxAge(FROZEN_MAX_AGE_SECONDS);

    private final long upstreamSeconds;
    private final String upstreamCacheControl;
    private final Clock clock;

    /**
     * Answers of a repository.
     *
     * @param pageTtl for how long its pages from upstream are good
     */
    PageReplies(Duration pageTtl, Clock clock) {
        this.upstreamSeconds = pageTtl.toSeconds();
        this.upstreamCacheControl = maxAge(upstreamSeconds);
        this.clock = clock;
    }

    /**
     * Answers with a page.
     *
     * @param validatedNanos when upstream last said that it is so; 0 for a page of our own
     * @param changesAt when it may be another by itself; null for never
     */
    Reply page(View view, RenderedPage page, long validatedNanos, @Nullable Instant changesAt, CacheOutcome outcome) {
        String cacheControl = view.immutable()
                ? FROZEN_CACHE_CONTROL
                : validatedNanos == 0 ? HELD_CACHE_CONTROL : upstreamCacheControl;
        if (changesAt != null) {
            long seconds = view.immutable()
                    ? FROZEN_MAX_AGE_SECONDS
                    : validatedNanos == 0 ? HELD_MAX_AGE_SECONDS : upstreamSeconds;
            Duration until = Duration.between(clock.instant(), changesAt);
            cacheControl = maxAge(Math.min(seconds, Math.max(0, until.toSeconds())));
        }
        return new Reply.Page(page, cacheControl, validatedNanos, outcome);
    }

    /** For how long what is known here alone is good. */
    static String cacheControl(View view) {
        return view.immutable() ? FROZEN_CACHE_CONTROL : HELD_CACHE_CONTROL;
    }

    /** Whether that moment has come. */
    boolean isPast(@Nullable Instant moment) {
        return moment != null && !clock.instant().isBefore(moment);
    }

    /** Answers that it could not be done. */
    static Reply failed(StoreException e) {
        return new Reply.Failed(e.kind(), String.valueOf(e.getMessage()));
    }

    private static String maxAge(long seconds) {
        return "max-age=" + seconds + ", public";
    }
}
