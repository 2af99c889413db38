package dev.permafrost.proxy;

import dev.permafrost.proxy.admin.ControlServer;
import dev.permafrost.proxy.admin.Verb;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.fetch.Wishes;
import dev.permafrost.proxy.format.pypi.PypiFormat;
import dev.permafrost.proxy.http.HttpFrontEnd;
import dev.permafrost.proxy.http.Routes;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

/**
 * The composition root: makes everything, in the order in which things need each other, and closes it in reverse. The
 * comments in {@link #MirrorServer} number the way of a request.
 */
public final class MirrorServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MirrorServer.class);

    private final Deque<AutoCloseable> open;
    private final MirrorStore store;
    private final List<InetSocketAddress> addresses;

    /** What to serve: the live index, or a snapshot. */
    public sealed interface Serve {
        /** The live index, filled from upstream unless the configuration says offline. */
        record Live() implements Serve {}

        /** A snapshot; empty for the one that {@code current} names. */
        record Frozen(Optional<SnapshotId> snapshot) implements Serve {}
    }

    private MirrorServer(MirrorConfig config, Serve serve, Clock clock, Deque<AutoCloseable> open) {
        this.open = open;
        boolean frozen = serve instanceof Serve.Frozen;
        boolean offline = frozen || config.offline();

        // The store: a snapshot, opened without writing a byte, or the live index, owned by this process.
        MirrorStore.Options options =
                MirrorStore.Options.of(config.data()).withHeldOnly(offline).withClock(clock);
        store = keep(
                serve instanceof Serve.Frozen wanted
                        ? MirrorStore.openFrozen(options, wanted.snapshot())
                        : MirrorStore.open(options));

        // Where work runs: event loops, and one pool for what blocks.
        LoopResources loops = LoopResources.create("permafrost", loops(), true);
        open.push(loops::dispose);
        Blocking blocking = keep(new Blocking(config.fetch().blockingThreads()));
        Wishes wishes = new Wishes();

        // 4. A format answers from the view, and 5. asks ReadThrough, which 6. asks upstream. Offline, nothing of
        // upstream is made at all.
        Map<String, Format> formats = new HashMap<>();
        Map<String, ReadThrough> files = new HashMap<>();
        for (RepositoryConfig repository : config.repositories().values()) {
            UpstreamClient upstream = offline ? null : upstream(config, repository, loops);
            ReadThrough readThrough = keep(new ReadThrough(
                    store, upstream, blocking, config.fetch(), config.upstream().retriesMax()));
            files.put(repository.name(), readThrough);
            formats.put(
                    repository.name(),
                    new PypiFormat(
                            repository,
                            config.fetch(),
                            store,
                            upstream,
                            readThrough,
                            blocking,
                            config.http().pageCacheBytesMax(),
                            wishes,
                            clock));
        }

        // 3. A route finds the format, 2. every request runs in a view, 1. the front end reads it, and 7. writes the
        // reply.
        Routes routes = new Routes(formats, defaultFormat(config, formats));
        HttpFrontEnd frontEnd = keep(new HttpFrontEnd(config.http(), routes, store::view, () -> null));

        // The operator's way in, for the process that owns the store.
        if (!frozen) {
            open(new Verbs(store, files, wishes).all());
        }
        addresses = frontEnd.listen(loops);
    }

    /**
     * Starts a server. Blocks until it listens.
     *
     * @throws StoreException with a message for the operator; what had been opened is closed
     */
    public static MirrorServer start(MirrorConfig config, Serve serve) {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            return new MirrorServer(config, serve, Clock.systemUTC(), open);
        } catch (RuntimeException e) {
            close(open);
            throw e;
        }
    }

    /** Where it listens. */
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    /** What it serves from. */
    public MirrorStore store() {
        return store;
    }

    /** Stops listening, finishes what is under way, and closes everything. Blocks. */
    @Override
    public void close() {
        close(open);
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

    private void open(Map<String, Verb> verbs) {
        try {
            keep(new ControlServer(ControlServer.socketOf(store.root()), verbs));
        } catch (StoreException e) {
            log.warn("no control socket: {}; stop the server before freezing from the command line", e.getMessage());
        }
    }

    private @Nullable UpstreamClient upstream(MirrorConfig config, RepositoryConfig repository, LoopResources loops) {
        URI home = repository.upstream();
        return home == null
                ? null
                : keep(new UpstreamClient(config.upstream(), home, repository.trustedHosts(), loops));
    }

    private static Format defaultFormat(MirrorConfig config, Map<String, Format> formats) {
        return config.repositories().values().stream()
                .filter(RepositoryConfig::isDefault)
                .map(repository -> formats.get(repository.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("exactly one repository is the default"));
    }

    private static int loops() {
        return Math.max(1, Runtime.getRuntime().availableProcessors());
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }
}
