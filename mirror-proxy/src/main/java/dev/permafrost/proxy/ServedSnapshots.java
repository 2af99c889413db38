package dev.permafrost.proxy;

import dev.permafrost.proxy.admin.SnapshotReaders;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.http.Mount;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.Snapshots;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;

/**
 * Snapshots beside what is served: each is opened by whoever asks first, on the pool, and closed when nobody has asked anything of it for a
 * while, or when it is to be dropped. A hit in one that is open never leaves its event loop.
 */
final class ServedSnapshots implements SnapshotReaders, AutoCloseable {
    /** Each has an index open, and caches. */
    static final int OPEN_MAX = 8;

    private static final Logger log = LoggerFactory.getLogger(ServedSnapshots.class);
    private static final Duration IDLE_MAX = Duration.ofMinutes(5);
    private static final Duration CLOSES_WITHIN = Duration.ofSeconds(10);
    /** For so long nobody looks again which snapshot is the current one. */
    private static final Duration CURRENT_TTL = Duration.ofSeconds(1);

    private final Snapshots snapshots;
    private final Function<SnapshotId, FrozenRepositories> opener;
    private final Map<String, Mount> live;
    private final Blocking blocking;
    private final Duration idleMax;

    private final ConcurrentMap<SnapshotId, FrozenRepositories> open = new ConcurrentHashMap<>();
    private final ConcurrentMap<SnapshotId, Mono<FrozenRepositories>> openings = new ConcurrentHashMap<>();
    /** Those that are to be dropped. */
    private final Set<SnapshotId> barred = ConcurrentHashMap.newKeySet();

    private volatile @Nullable Current current;
    /** Guards the number of those that are open or being opened. */
    private final Object counting = new Object();

    private int opening;
    private boolean closed;

    /** Which snapshot was the current one when somebody looked last. */
    private record Current(SnapshotId id, long lookedAtNanos) {}

    /**
     * Those of a store.
     *
     * @param opener opens one; it blocks
     * @param live the repositories that the server has, by name
     */
    ServedSnapshots(
            Snapshots snapshots,
            Function<SnapshotId, FrozenRepositories> opener,
            Map<String, Mount> live,
            Blocking blocking) {
        this(snapshots, opener, live, blocking, IDLE_MAX);
    }

    /** The same, with another patience. */
    ServedSnapshots(
            Snapshots snapshots,
            Function<SnapshotId, FrozenRepositories> opener,
            Map<String, Mount> live,
            Blocking blocking,
            Duration idleMax) {
        this.snapshots = snapshots;
        this.opener = opener;
        this.live = Map.copyOf(live);
        this.blocking = blocking;
        this.idleMax = idleMax;
    }

    /** A repository as a snapshot of that name has it, if there is one; null where there can't be any. Quick. */
    @Nullable Mount find(String snapshot, String repository) {
        Mount mount = live.get(repository);
        return mount == null || !(SnapshotId.isName(snapshot) || snapshot.equals(SnapshotId.CURRENT))
                ? null
                : new Mount(mount.name(), new Repository(snapshot, mount), mount.guard(), mount.meters());
    }

    /** One of the repositories of a snapshot that may not be open yet, nor be there. */
    private final class Repository implements Format {
        private final String snapshot;
        private final Mount mount;

        Repository(String snapshot, Mount mount) {
            this.snapshot = snapshot;
            this.mount = mount;
        }

        @Override
        public Mono<Reply> handle(RequestHead request, View view) {
            SnapshotId id = SnapshotId.isName(snapshot) ? new SnapshotId(snapshot) : currentNow();
            if (id == null) {
                return blocking.call(ServedSnapshots.this::lookUpCurrent)
                        .flatMap(found -> answer(found, mount.name(), request))
                        .onErrorResume(StoreException.class, e -> Mono.just(failed(e)));
            }
            return answer(id, mount.name(), request);
        }

        @Override
        public RequestKind kind(String path) {
            return mount.format().kind(path);
        }
    }

    private @Nullable SnapshotId currentNow() {
        Current known = current;
        return known != null && System.nanoTime() - known.lookedAtNanos() < CURRENT_TTL.toNanos() ? known.id() : null;
    }

    private SnapshotId lookUpCurrent() {
        SnapshotId id = snapshots
                .current()
                .orElseThrow(() -> new StoreException(FailureKind.STORE_MISSING, "there is no snapshot yet"));
        current = new Current(id, System.nanoTime());
        return id;
    }

    private Mono<Reply> answer(SnapshotId id, String repository, RequestHead request) {
        FrozenRepositories known = open.get(id);
        if (known != null && known.tryRetain()) {
            return answer(known, repository, request);
        }
        return opened(id)
                .flatMap(opened -> opened.tryRetain()
                        ? answer(opened, repository, request)
                        : Mono.just(
                                new Reply.Failed(FailureKind.OVERLOADED, "snapshot " + id + " has just been closed")))
                .onErrorResume(StoreException.class, e -> Mono.just(failed(e)));
    }

    /** Answers from one that has been retained for it. */
    private static Mono<Reply> answer(FrozenRepositories from, String repository, RequestHead request) {
        Mono<Reply> reply;
        try {
            Format format = from.format(repository);
            reply = format == null
                    ? Mono.just(new Reply.NotFound("there is no repository of that name"))
                    : format.handle(request, from.view());
        } catch (RuntimeException e) {
            from.release();
            throw e;
        }
        if (reply instanceof Fuseable.ScalarCallable<?>) {
            from.release();
            return reply;
        }
        return reply.doFinally(signal -> from.release());
    }

    /** What can't be opened because it is not there is not there. */
    private static Reply failed(StoreException e) {
        return e.kind() == FailureKind.STORE_MISSING
                ? new Reply.NotFound("there is no such snapshot; /-/snapshots/ lists them")
                : Reply.Failed.of(e);
    }

    /** Opens a snapshot, once for all who ask. */
    private Mono<FrozenRepositories> opened(SnapshotId id) {
        return openings.computeIfAbsent(
                id,
                key -> blocking.call(() -> open(key))
                        .doFinally(signal -> openings.remove(key))
                        .cache());
    }

    private FrozenRepositories open(SnapshotId id) {
        // before there has to be room for it
        snapshots.manifest(id);
        if (barred.contains(id)) {
            throw new StoreException(FailureKind.STORE_MISSING, "snapshot '" + id + "' is being dropped");
        }
        FrozenRepositories known = reserve(id);
        if (known != null) {
            return known;
        }
        FrozenRepositories opened = null;
        try {
            long start = System.nanoTime();
            opened = opener.apply(id);
            log.info("snapshot {} is open, after {} ms", id, (System.nanoTime() - start) / 1_000_000);
            return opened;
        } finally {
            keep(id, opened);
        }
    }

    /** Makes room for one more; the one that is meant, if it is open by now. */
    private @Nullable FrozenRepositories reserve(SnapshotId id) {
        synchronized (counting) {
            FrozenRepositories known = open.get(id);
            if (known != null) {
                return known;
            }
            if (closed) {
                throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is closing");
            }
            if (open.size() + opening >= OPEN_MAX && !closeOneUnused()) {
                throw new StoreException(
                        FailureKind.OVERLOADED,
                        OPEN_MAX + " snapshots are being read at once, which is the most; ask again when one is not");
            }
            opening++;
            return null;
        }
    }

    /** Closes the one that has not been used for the longest, if nobody uses it now. */
    private boolean closeOneUnused() {
        SnapshotId longest = null;
        Duration idle = Duration.ZERO;
        for (Map.Entry<SnapshotId, FrozenRepositories> one : open.entrySet()) {
            if (one.getValue().isUnused()
                    && (longest == null || one.getValue().idle().compareTo(idle) > 0)) {
                longest = one.getKey();
                idle = one.getValue().idle();
            }
        }
        return longest != null && close(longest) != null;
    }

    private void keep(SnapshotId id, @Nullable FrozenRepositories opened) {
        boolean tooLate;
        synchronized (counting) {
            opening--;
            tooLate = closed || barred.contains(id);
            if (opened != null && !tooLate) {
                open.put(id, opened);
            }
        }
        if (opened == null) {
            return;
        }
        if (tooLate) {
            opened.release();
        } else {
            lookLater(id, opened, idleMax);
        }
    }

    /** Closes it if it has not been used until then, or looks again later. */
    private void lookLater(SnapshotId id, FrozenRepositories opened, Duration after) {
        CompletableFuture.delayedExecutor(after.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(() -> look(id, opened));
    }

    private void look(SnapshotId id, FrozenRepositories opened) {
        if (open.get(id) != opened) {
            return;
        }
        Duration left = idleMax.minus(opened.idle());
        if (left.isNegative() || left.isZero()) {
            close(id);
        } else {
            lookLater(id, opened, left.plusMillis(1));
        }
    }

    /** Gives it up; it is closed once whoever uses it has done so too. */
    private @Nullable FrozenRepositories close(SnapshotId id) {
        FrozenRepositories closing = open.remove(id);
        if (closing != null) {
            closing.release();
        }
        return closing;
    }

    @Override
    public boolean leave(SnapshotId id) {
        barred.add(id);
        FrozenRepositories leaving;
        synchronized (counting) {
            leaving = close(id);
        }
        return leaving == null || leaving.awaitClosed(CLOSES_WITHIN);
    }

    @Override
    public void comeBack(SnapshotId id) {
        barred.remove(id);
    }

    @Override
    public void currentChanged() {
        current = null;
    }

    /** How many are open. */
    int size() {
        return open.size();
    }

    /** Closes them all, and waits until that is done. Blocks. */
    @Override
    public void close() {
        synchronized (counting) {
            closed = true;
        }
        for (SnapshotId id : Set.copyOf(open.keySet())) {
            FrozenRepositories closing = close(id);
            if (closing != null && !closing.awaitClosed(CLOSES_WITHIN)) {
                log.warn("snapshot {} is still being read", id);
            }
        }
    }
}
