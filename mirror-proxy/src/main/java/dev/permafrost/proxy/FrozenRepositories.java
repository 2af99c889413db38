package dev.permafrost.proxy;

import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.format.pypi.PypiFormat;
import dev.permafrost.proxy.format.yum.YumFormat;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.RefCounted;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repositories of one snapshot, as a server has them that was started with {@code --frozen}: an index, formats and caches of their own,
 * and nothing that fetches. They are closed, on a thread that may block, once nobody uses them any more.
 */
final class FrozenRepositories extends RefCounted {
    private static final Logger log = LoggerFactory.getLogger(FrozenRepositories.class);

    /** Memory for blocks of the index; what is asked of an old snapshot is asked seldom. */
    private static final long INDEX_CACHE_BYTES = 16L << 20;

    /** The part of the memory for pages, and of the files kept open, that each snapshot has beside what is live. */
    private static final int SHARE = 16;

    private final SnapshotId id;
    private final MirrorStore store;
    private final Map<String, Format> formats;
    private final Deque<AutoCloseable> open;
    private final Blocking blocking;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long usedNanos = System.nanoTime();

    private FrozenRepositories(
            SnapshotId id,
            MirrorStore store,
            Map<String, Format> formats,
            Deque<AutoCloseable> open,
            Blocking blocking) {
        this.id = id;
        this.store = store;
        this.formats = Map.copyOf(formats);
        this.open = open;
        this.blocking = blocking;
    }

    /** What opens those of a snapshot of a store, in which a server has other things open; it blocks. */
    static Function<SnapshotId, FrozenRepositories> opener(
            MirrorConfig config, MirrorStore.Options options, Blocking blocking, Clock clock) {
        return id -> open(id, config, options.withCacheBytes(INDEX_CACHE_BYTES), blocking, clock);
    }

    private static FrozenRepositories open(
            SnapshotId id, MirrorConfig config, MirrorStore.Options options, Blocking blocking, Clock clock) {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            MirrorStore store = MirrorStore.openFrozen(options, Optional.of(id));
            open.push(store);
            Map<String, Format> formats = formats(config, store, blocking, clock, open);
            return new FrozenRepositories(id, store, formats, open, blocking);
        } catch (RuntimeException e) {
            close(open);
            throw e;
        }
    }

    private static Map<String, Format> formats(
            MirrorConfig config, MirrorStore store, Blocking blocking, Clock clock, Deque<AutoCloseable> open) {
        Map<String, Format> formats = new HashMap<>();
        Map<String, PypiFormat> indexes = new HashMap<>();
        List<RepositoryConfig> filled = StoreRepositories.those(config, false);
        FetchConfig fetch = config.fetch().sharedAmong(filled.size() * SHARE);
        long pageCacheBytesMax =
                config.http().pageCacheBytesMax() / config.repositories().size() / SHARE;
        for (RepositoryConfig repository : filled) {
            ReadThrough files = new ReadThrough(store, null, blocking, fetch, 0, clock);
            open.push(files);
            if (repository.isYum()) {
                YumFormat format = new YumFormat(
                        repository,
                        fetch,
                        store,
                        null,
                        files,
                        blocking,
                        new Standstill(),
                        StoreRepositories.key(config),
                        null,
                        clock);
                open.push(format);
                formats.put(repository.name(), format);
            } else {
                PypiFormat format =
                        new PypiFormat(repository, fetch, store, null, files, blocking, pageCacheBytesMax, clock);
                open.push(format);
                formats.put(repository.name(), format);
                indexes.put(repository.name(), format);
            }
        }
        for (RepositoryConfig repository : StoreRepositories.those(config, true)) {
            PypiFormat format = new PypiFormat(repository, config.fetch(), indexes, blocking, pageCacheBytesMax, clock);
            open.push(format);
            formats.put(repository.name(), format);
        }
        return formats;
    }

    /** The format of a repository; null where the configuration has none of that name. Notes that it is used. */
    @Nullable Format format(String repository) {
        usedNanos = System.nanoTime();
        return formats.get(repository);
    }

    /** What its requests see. */
    View view() {
        return store.view();
    }

    /** For how long nobody has asked anything of it. */
    Duration idle() {
        return Duration.ofNanos(System.nanoTime() - usedNanos);
    }

    /** Whether nobody uses it but whoever opened it. */
    boolean isUnused() {
        return references() == 1;
    }

    /** Waits until it is closed, for so long; whether it is. Blocks. */
    boolean awaitClosed(Duration most) {
        try {
            return closed.await(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    protected void free() {
        Runnable closing = () -> {
            close(open);
            log.info("snapshot {} is closed", id);
            closed.countDown();
        };
        try {
            // whoever gives the last reference back may be an event loop
            blocking.executor().execute(closing);
        } catch (StoreException busy) {
            Thread thread = new Thread(closing, "permafrost-close-" + id);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void close(Deque<AutoCloseable> open) {
        while (!open.isEmpty()) {
            AutoCloseable next = open.pop();
            try {
                next.close();
            } catch (Exception e) {
                log.warn("closing {}: {}", next, e.toString());
            }
        }
    }

    @Override
    public String toString() {
        return "FrozenRepositories[" + id + "]";
    }
}
