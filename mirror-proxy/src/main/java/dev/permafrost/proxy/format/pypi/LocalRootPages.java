package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The list of all projects as it is known here, for where it is not upstream's: those of which a file is held, or, where more can be
 * had, those whose pages are known. It is made by a pass over the index, once for all who ask, on the pool, and again only if something
 * has been written since.
 */
final class LocalRootPages implements AutoCloseable {
    /*
     * The pass takes milliseconds for a thousand projects and seconds for a million. Whoever asks waits for a short list, so that what
     * has been uploaded is there at once. A long one is waited for as long as the last took less than a second; else that one goes on
     * being served, marked stale, while the next one is being made, which is not begun before the last has been good for ten times as
     * long as it took, so that it never costs more than a part of a processor.
     */
    private static final Logger log = LoggerFactory.getLogger(LocalRootPages.class);

    /** For so long nobody looks whether something has been written that was not announced. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

    /** Those who come as soon as the server is there are served first; its code is slow until it is compiled. */
    static final Duration WARM_UP_AFTER = Duration.ofSeconds(3);

    private static final Duration WAIT_MAX = Duration.ofSeconds(1);
    private static final int RESTS = 10;
    /** Lists of no more are kept in memory, half a megabyte; a frozen server may have no disk that it can write to. */
    private static final int IN_MEMORY_MAX = 10_000;

    private final Maker maker;
    private final ProjectDocs scratch;
    private final Blocking blocking;
    private final FetchConfig config;
    private final int inMemoryMax;
    private final AtomicLong announced = new AtomicLong();
    private final AtomicReference<@Nullable Mono<Boolean>> work = new AtomicReference<>();
    /** Whoever takes one out of here releases it. */
    private final AtomicReference<@Nullable Made> current = new AtomicReference<>();

    private volatile boolean closed;

    /**
     * A list.
     *
     * @param stamp what told it from others before it was made
     * @param announced how many changes had been announced before
     * @param lookedAtNanos when it was last known that nothing had changed, by {@link System#nanoTime}
     * @param tookNanos how long it took to make
     */
    private record Made(RenderedList list, Object stamp, long announced, long lookedAtNanos, long tookNanos) {
        boolean tookLong() {
            return list.isLong() && tookNanos > WAIT_MAX.toNanos();
        }
    }

    /** Makes the list. Blocks. */
    interface Maker {
        /** What is the same as long as the list must be. */
        Object stamp(View view);

        /**
         * Makes it.
         *
         * @param goesOn throws where nobody will want it any more
         */
        RootList.Stored list(View view, Runnable goesOn);
    }

    /**
     * A list.
     *
     * @param scratch where there is room for files
     */
    LocalRootPages(Maker maker, ProjectDocs scratch, Blocking blocking, FetchConfig config) {
        this(maker, scratch, blocking, config, IN_MEMORY_MAX);
    }

    /** The same, with a most of how many projects are listed in memory. */
    LocalRootPages(Maker maker, ProjectDocs scratch, Blocking blocking, FetchConfig config, int inMemoryMax) {
        this.maker = maker;
        this.scratch = scratch;
        this.blocking = blocking;
        this.config = config;
        this.inMemoryMax = inMemoryMax;
    }

    /** Answers with the list. */
    Mono<Reply> answer(View view, PageForm form) {
        Made now = current.get();
        boolean good = now != null && isGood(view, now);
        if (now != null && (good || rests(now))) {
            Reply reply = reply(view, now, form, good ? CacheOutcome.HIT : CacheOutcome.STALE);
            if (reply != null) {
                return Mono.just(reply);
            }
        }
        Duration wait =
                now == null || !now.list().isLong() ? config.pageWait() : now.tookLong() ? Duration.ZERO : WAIT_MAX;
        return upToDate(view)
                .thenReturn(CacheOutcome.HIT)
                .timeout(wait)
                .onErrorResume(error -> isKnown(error) ? Mono.just(CacheOutcome.STALE) : Mono.error(error))
                .flatMap(outcome -> Mono.justOrEmpty(reply(view, current.get(), form, outcome)))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)))
                .switchIfEmpty(Mono.fromSupplier(this::notYet));
    }

    /** Whether an older list is better than the failure. */
    private boolean isKnown(Throwable error) {
        return error instanceof TimeoutException || (error instanceof StoreException && current.get() != null);
    }

    private Reply notYet() {
        return new Reply.Failed(
                FailureKind.OVERLOADED,
                "the list of all projects has not been made within "
                        + config.pageWait().toSeconds() + " s; it is still being made, try again");
    }

    private boolean isGood(View view, Made made) {
        return made.announced() == announced.get()
                && (view.immutable() || System.nanoTime() - made.lookedAtNanos() < LOOK_EVERY.toNanos());
    }

    private static boolean rests(Made made) {
        return made.tookLong() && System.nanoTime() - made.lookedAtNanos() < RESTS * made.tookNanos();
    }

    /** Has the list made before anybody asks. */
    void warmUp(View view) {
        var unused = Mono.delay(WARM_UP_AFTER)
                .filter(after -> !closed && current.get() == null)
                .flatMap(after -> work(view))
                .subscribe(done -> {}, error -> log.debug("{}", error.getMessage()));
    }

    /** Something of ours has changed. */
    void changed() {
        announced.incrementAndGet();
    }

    /** How often that was said. */
    long changes() {
        return announced.get();
    }

    /** Has the list made or looked at, if need be, so that it has all that was announced before. */
    private Mono<Boolean> upToDate(View view) {
        long wanted = announced.get();
        return work(view).flatMap(done -> {
            Made made = current.get();
            // that work may have begun before
            return made == null || made.announced() < wanted ? work(view) : Mono.just(done);
        });
    }

    /** Brings the list up to date, once for all who wait. */
    private Mono<Boolean> work(View view) {
        Mono<Boolean> mine = Mono.defer(() -> update(view))
                // before anybody hears of it, so that who asks again does not hear of it again
                .doOnTerminate(() -> work.set(null))
                .cache();
        Mono<Boolean> theirs = work.compareAndExchange(null, mine);
        return theirs == null ? mine : theirs;
    }

    private Mono<Boolean> update(View view) {
        return view.tryRetain()
                ? blocking.call(() -> made(view)).doFinally(signal -> view.release())
                : Mono.just(false);
    }

    /** Makes the list, unless nothing has been written since. Blocks. */
    private boolean made(View view) {
        long start = System.nanoTime();
        long heard = announced.get();
        Object stamp = maker.stamp(view);
        Made before = current.get();
        if (before != null && before.stamp().equals(stamp)) {
            // another only where it has been closed in the meantime
            return current.compareAndSet(before, new Made(before.list(), stamp, heard, start, before.tookNanos()));
        }
        RootList.Stored list = maker.list(view, this::goOn);
        long serial = list.header().lastSerial();
        RenderedList rendered = list.header().projectsCount() <= inMemoryMax
                ? RenderedList.inMemory(list.projects(), serial)
                : RenderedList.inFiles(
                        scratch, before == null ? list.projects() : Unhurried.through(list.projects()), serial);
        long end = System.nanoTime();
        Made last = current.getAndSet(new Made(rendered, stamp, heard, end, end - start));
        if (last != null) {
            last.list().release();
        }
        if (closed) {
            close();
        }
        return true;
    }

    private void goOn() {
        if (closed) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is closing");
        }
    }

    /** Null where there is none, or it has just been replaced by another. */
    private static @Nullable Reply reply(View view, @Nullable Made made, PageForm form, CacheOutcome outcome) {
        return made == null ? null : made.list().reply(form, PageReplies.cacheControl(view), outcome);
    }

    /** Closes its files, once nobody reads them. */
    @Override
    public void close() {
        closed = true;
        Made last = current.getAndSet(null);
        if (last != null) {
            last.list().release();
        }
    }
}
