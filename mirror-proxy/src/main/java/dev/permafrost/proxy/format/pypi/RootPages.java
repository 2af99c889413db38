package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The list of all projects, as upstream has it: 40 MB for PyPI. It is rendered once for each change, see {@link
 * RenderedList}. While upstream is asked for a newer one, the one there is goes on being served.
 */
final class RootPages implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RootPages.class);

    private final ProjectDocs docs;
    private final RootRefresh refresh;
    private final Blocking blocking;
    private final FetchConfig config;
    private final Duration ttl;
    private final Clock clock;
    private final Admission admission;
    private final AtomicReference<@Nullable Mono<Boolean>> work = new AtomicReference<>();
    /** Whoever takes one out of here releases it. */
    private final AtomicReference<@Nullable Rendered> current = new AtomicReference<>();

    private volatile boolean closed;

    /** Until when upstream is believed to have none, by {@link System#nanoTime}. */
    private volatile long absentUntilNanos = System.nanoTime();

    /** A list in all its forms. */
    private record Rendered(RootList.Header header, RenderedList list) {}

    RootPages(
            ProjectDocs docs,
            RootRefresh refresh,
            Blocking blocking,
            FetchConfig config,
            Duration ttl,
            Clock clock,
            Admission admission) {
        this.docs = docs;
        this.refresh = refresh;
        this.blocking = blocking;
        this.config = config;
        this.ttl = ttl;
        this.clock = clock;
        this.admission = admission;
    }

    /**
     * Answers with the list.
     *
     * @param without makes the answer where upstream has no list
     */
    Mono<Reply> answer(View view, PageForm form, Supplier<Mono<Reply>> without) {
        Rendered now = current.get();
        if (now != null) {
            boolean fresh = fresh(now.header());
            if (!fresh && !absent()) {
                var unused = work(view).subscribe(done -> {}, error -> log.debug("{}", error.getMessage()));
            }
            Reply reply = reply(now, form, fresh ? CacheOutcome.HIT : CacheOutcome.STALE);
            if (reply != null) {
                return Mono.just(reply);
            }
        }
        if (absent()) {
            return without.get();
        }
        return work(view)
                .timeout(config.pageWait())
                .flatMap(there -> {
                    Rendered made = current.get();
                    Reply reply = made == null
                            ? null
                            : reply(made, form, fresh(made.header()) ? CacheOutcome.MISS : CacheOutcome.STALE);
                    return there && reply != null ? Mono.just(reply) : without.get();
                })
                .onErrorMap(TimeoutException.class, e -> late())
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /**
     * Waits until there is a list, or upstream has none; where there is one that is old, a newer one is on its way. Errs with a {@link
     * StoreException}.
     */
    Mono<Void> present(View view) {
        Rendered now = current.get();
        if (absent() || (now != null && fresh(now.header()))) {
            return Mono.empty();
        }
        if (now != null) {
            var unused = work(view).subscribe(done -> {}, error -> log.debug("{}", error.getMessage()));
            return Mono.empty();
        }
        return work(view)
                .timeout(config.pageWait())
                .onErrorMap(TimeoutException.class, e -> late())
                .then();
    }

    private StoreException late() {
        return new StoreException(
                FailureKind.UPSTREAM_TIMEOUT,
                "the list of all projects has not come within "
                        + config.pageWait().toSeconds() + " s; it is still on its way, try again");
    }

    private boolean absent() {
        return System.nanoTime() - absentUntilNanos < 0;
    }

    /** Has the stored list rendered before anybody asks. */
    void warmUp(View view) {
        var unused = Mono.delay(LocalRootPages.WARM_UP_AFTER)
                .filter(after -> !closed && current.get() == null)
                .flatMap(after -> blocking.call(() -> docs.rootHeader(view).isPresent()))
                .filter(stored -> stored)
                .flatMap(stored -> work(view))
                .subscribe(done -> {}, error -> log.debug("{}", error.getMessage()));
    }

    /** Brings the list up to date, once for all who wait; false where upstream has none. */
    private Mono<Boolean> work(View view) {
        Mono<Boolean> mine = Mono.defer(() -> update(view))
                // before anybody hears of it, so that who asks again does not hear of it again
                .doOnTerminate(() -> work.set(null))
                .cache();
        Mono<Boolean> theirs = work.compareAndExchange(null, mine);
        return theirs == null ? mine : theirs;
    }

    /** What is stored is shown at once, however old; the next one who asks has upstream asked. */
    private Mono<Boolean> update(View view) {
        if (!view.tryRetain()) {
            return Mono.just(false);
        }
        return blocking.call(() -> docs.rootHeader(view))
                .flatMap(stored -> {
                    if (stored.filter(refresh::isOfAnother).isPresent()) {
                        return replace(view, stored);
                    }
                    if (!isShown(stored)) {
                        return blocking.call(() -> show(view));
                    }
                    // somebody may have had it confirmed since it was found to be stale
                    return stored.filter(this::fresh).isPresent() ? Mono.just(true) : fetch(view, stored);
                })
                .doFinally(signal -> view.release());
    }

    /** Whether what is stored, if anything is, is what is served; it is not after a start, nor after a failure amid rendering. */
    private boolean isShown(Optional<RootList.Header> stored) {
        Rendered now = current.get();
        return stored.isEmpty() || (now != null && now.header().equals(stored.get()));
    }

    /** That of another index is shown only where the one that is configured can't be asked. */
    private Mono<Boolean> replace(View view, Optional<RootList.Header> stored) {
        return fetch(view, stored)
                .onErrorResume(
                        StoreException.class,
                        error -> isShown(stored) ? Mono.error(error) : blocking.call(() -> show(view)));
    }

    private Mono<Boolean> fetch(View view, Optional<RootList.Header> stored) {
        return refresh.refresh(stored).flatMap(result -> switch (result) {
            case CHANGED -> blocking.call(() -> show(view));
            case UNCHANGED -> blocking.call(() -> confirm(view));
            case ABSENT -> {
                absentUntilNanos = System.nanoTime() + ttl.toNanos();
                yield Mono.just(false);
            }
        });
    }

    private boolean fresh(RootList.Header header) {
        return !left(header).isZero();
    }

    /** How long the list is still good. */
    private Duration left(RootList.Header header) {
        if (refresh.isOfAnother(header)) {
            return Duration.ZERO;
        }
        Duration left = Duration.between(clock.instant(), header.fetchedAt().plus(ttl));
        // one from the future was fetched under a clock that was wrong
        return left.isNegative() || left.compareTo(ttl.multipliedBy(2)) > 0 ? Duration.ZERO : left;
    }

    /** The same files under the header that is stored now. Blocks. */
    private boolean confirm(View view) {
        Rendered now = current.get();
        if (now == null) {
            return show(view);
        }
        // another only where it has been closed in the meantime
        return current.compareAndSet(now, new Rendered(docs.rootHeader(view).orElse(now.header()), now.list()));
    }

    /** Renders what is stored, and serves it from now on. Blocks. */
    private boolean show(View view) {
        RootList.Stored list = docs.root(view).orElse(null);
        if (list == null) {
            return false;
        }
        Iterable<Listed> projects = listed(list.projects());
        Rendered made = new Rendered(
                list.header(),
                RenderedList.inFiles(
                        docs,
                        current.get() == null ? projects : Unhurried.through(projects),
                        list.header().lastSerial()));
        Rendered before = current.getAndSet(made);
        if (before != null) {
            before.list().release();
        }
        if (closed) {
            close();
        }
        return true;
    }

    /** Null where the list has just been replaced by another. */
    private @Nullable Reply reply(Rendered list, PageForm form, CacheOutcome outcome) {
        String cacheControl = "max-age=" + left(list.header()).toSeconds() + ", public";
        return list.list().reply(form, cacheControl, outcome);
    }

    /** Without those that are refused by their names. */
    private Iterable<Listed> listed(Iterable<Listed> projects) {
        return admission.namesAll()
                ? projects
                : () -> StreamSupport.stream(projects.spliterator(), false)
                        .filter(project -> admission.names(project.name()))
                        .iterator();
    }

    /** Closes the files, once nobody reads them. */
    @Override
    public void close() {
        closed = true;
        Rendered last = current.getAndSet(null);
        if (last != null) {
            last.list().release();
        }
    }
}
