package dev.permafrost.proxy;

import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.format.pypi.PypiFormat;
import dev.permafrost.proxy.format.yum.YumFormat;
import dev.permafrost.proxy.metrics.MirrorMeters;
import dev.permafrost.proxy.metrics.UpstreamMeters;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.repo.Syncing;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

/** What fetches ahead of need for a store that no server has open: as much of a server as that takes, and no listener. */
public final class StoreSync implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoreSync.class);

    /** No page is asked for twice. */
    private static final long PAGE_CACHE_BYTES_MAX = 4 << 20;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Map<String, Syncing> syncings = new HashMap<>();
    private final Map<String, Format> formats = new HashMap<>();

    private StoreSync() {}

    /** One that syncs nothing. */
    public static StoreSync none() {
        return new StoreSync();
    }

    /**
     * Makes it; its repositories are those that can be synced. Blocks.
     *
     * @param environment the variables that proxies and secrets are looked for in
     * @throws dev.permafrost.store.model.StoreException with a message for the operator; what had been opened is closed
     */
    public static StoreSync of(MirrorConfig config, MirrorStore store, Map<String, String> environment) {
        StoreSync sync = new StoreSync();
        try {
            sync.make(config, store, environment);
            return sync;
        } catch (RuntimeException e) {
            sync.close();
            throw e;
        }
    }

    private void make(MirrorConfig config, MirrorStore store, Map<String, String> environment) {
        if (config.offline()) {
            return;
        }
        List<RepositoryConfig> repositories = StoreRepositories.those(config, false);
        LoopResources loops = LoopResources.create(
                "permafrost-upstream", Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);
        open.push(loops::dispose);
        Blocking blocking = keep(new Blocking(config.fetch().blockingThreads()));
        UpstreamMeters meters = keep(new MirrorMeters()).upstream();
        Clock clock = Clock.systemUTC();
        Map<String, PypiFormat> indexes = new HashMap<>();
        FetchConfig fetch = config.fetch().sharedAmong(Math.max(1, repositories.size()));
        for (RepositoryConfig repository : repositories) {
            UpstreamClient upstream = repository.upstreams().isEmpty()
                    ? null
                    : keep(new UpstreamClient(
                            config.upstream(), repository, environment, blocking.executor(), loops, meters));
            ReadThrough files = keep(new ReadThrough(
                    store, upstream, blocking, fetch, config.upstream().retriesMax(), clock));
            if (!repository.isYum()) {
                PypiFormat index = keep(new PypiFormat(
                        repository, fetch, store, upstream, files, blocking, PAGE_CACHE_BYTES_MAX, clock));
                indexes.put(repository.name(), index);
                if (upstream != null) {
                    formats.put(repository.name(), index);
                }
                continue;
            }
            if (upstream == null) {
                continue;
            }
            YumFormat format = keep(new YumFormat(
                    repository,
                    fetch,
                    store,
                    upstream,
                    files,
                    blocking,
                    new Standstill(),
                    StoreRepositories.key(config),
                    null,
                    clock));
            syncings.put(repository.name(), format.syncing());
            formats.put(repository.name(), format);
        }
        for (RepositoryConfig repository : StoreRepositories.those(config, true)) {
            formats.put(
                    repository.name(),
                    keep(new PypiFormat(repository, config.fetch(), indexes, blocking, PAGE_CACHE_BYTES_MAX, clock)));
        }
    }

    /** What can be fetched file by file, by repository: those that have an upstream, or are made of others. */
    public Map<String, Format> formats() {
        return Map.copyOf(formats);
    }

    /** What can be synced, by repository. */
    public Map<String, Syncing> syncings() {
        return Map.copyOf(syncings);
    }

    /** Ends the fetches under way, keeping what can be gone on with. Blocks. */
    @Override
    public void close() {
        while (!open.isEmpty()) {
            AutoCloseable next = open.pop();
            try {
                next.close();
            } catch (Exception e) {
                log.warn("closing {}: {}", next, e.toString());
            }
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }
}
