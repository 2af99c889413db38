package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A page in the forms that were asked for so far.
 *
 * @param version what tells this content from an earlier or later one
 * @param freshUntilNanos until when it is served without a question, by {@link System#nanoTime}
 * @param validatedNanos when upstream last said that it is so, by the same clock; 0 where upstream does not count
 * @param stale whether it is served only because upstream does not answer
 * @param forms each rendered, and compressed if need be, when it was first asked for
 * @param refusal the answer where the policy lets nothing of it be seen; null where there is something
 * @param changesAt when that, or what it lists, may be otherwise by itself; null for never
 */
record PageSet(
        String version,
        long freshUntilNanos,
        long validatedNanos,
        boolean stale,
        Map<PageForm, RenderedPage> forms,
        @Nullable Reply refusal,
        @Nullable Instant changesAt) {
    private static final int OVERHEAD_BYTES = 512;

    /** The same content with one form more. */
    PageSet with(PageForm form, RenderedPage page) {
        Map<PageForm, RenderedPage> more = new HashMap<>(forms);
        more.put(form, page);
        return new PageSet(version, freshUntilNanos, validatedNanos, stale, more, refusal, changesAt);
    }

    /** The same content, fresh for longer. */
    PageSet freshUntil(long nanos, long nowValidatedNanos, boolean nowStale) {
        return new PageSet(version, nanos, nowValidatedNanos, nowStale, forms, refusal, changesAt);
    }

    /** The page in that form, or null. */
    @Nullable RenderedPage in(PageForm form) {
        return forms.get(form);
    }

    boolean fresh(long nowNanos) {
        return freshUntilNanos - nowNanos > 0;
    }

    /** Its weight in memory. */
    int sizeBytes() {
        long sum = OVERHEAD_BYTES;
        for (RenderedPage page : forms.values()) {
            sum += page.sizeBytes();
        }
        return (int) Math.min(Integer.MAX_VALUE, sum);
    }
}
