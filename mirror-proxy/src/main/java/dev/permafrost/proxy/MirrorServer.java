package dev.permafrost.proxy;

import dev.permafrost.proxy.access.Accounts;
import dev.permafrost.proxy.accesslog.AccessLog;
import dev.permafrost.proxy.admin.ControlServer;
import dev.permafrost.proxy.admin.FolderFollower;
import dev.permafrost.proxy.admin.Verb;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.admin.VerifySchedule;
import dev.permafrost.proxy.admin.WishesFetchVerb;
import dev.permafrost.proxy.admin.WishesVerb;
import dev.permafrost.proxy.config.KnownRpms;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.format.pypi.PypiFormat;
import dev.permafrost.proxy.format.yum.TwinMaker;
import dev.permafrost.proxy.format.yum.YumFormat;
import dev.permafrost.proxy.http.BodyOrigin;
import dev.permafrost.proxy.http.Endpoint;
import dev.permafrost.proxy.http.HttpFrontEnd;
import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.http.Listener;
import dev.permafrost.proxy.http.Mount;
import dev.permafrost.proxy.http.OwnAnswer;
import dev.permafrost.proxy.http.OwnPage;
import dev.permafrost.proxy.http.Refusal;
import dev.permafrost.proxy.http.RequestHandler;
import dev.permafrost.proxy.http.Routes;
import dev.permafrost.proxy.http.UnixAddress;
import dev.permafrost.proxy.metrics.HttpMeters;
import dev.permafrost.proxy.metrics.MirrorMeters;
import dev.permafrost.proxy.metrics.UpstreamMeters;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Format;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.repo.Syncing;
import dev.permafrost.proxy.setup.Client;
import dev.permafrost.proxy.setup.RpmSetup;
import dev.permafrost.proxy.systemd.ServiceManager;
import dev.permafrost.proxy.tls.AutoTls;
import dev.permafrost.proxy.tls.PublishedRoot;
import dev.permafrost.proxy.tls.TlsContexts;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.proxy.wishes.KeptWishes;
import dev.permafrost.proxy.wishes.WishList;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
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

    private static final String TEXT = "text/plain; charset=utf-8";

    private final MirrorConfig config;
    private final Deque<AutoCloseable> open;
    private final MirrorStore store;
    private final List<SocketAddress> addresses;
    private final @Nullable InetSocketAddress adminAddress;
    private final Readiness readiness;
    private final @Nullable AutoTls auto;
    private final @Nullable KeptWishes kept;
    private final HttpFrontEnd frontEnd;

    /** What to serve: the live index, or a snapshot. */
    public sealed interface Serve {
        /** The live index, filled from upstream unless the configuration says offline. */
        record Live() implements Serve {}

        /** A snapshot; empty for the one that {@code current} names. */
        record Frozen(Optional<SnapshotId> snapshot) implements Serve {}
    }

    private MirrorServer(
            MirrorConfig config, Serve serve, Map<String, String> environment, Clock clock, Deque<AutoCloseable> open) {
        this.config = config;
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

        if (offline && !frozen) {
            StoreRepositories.seals(config, store)
                    .forEach(sealing -> sealing.seal().forEach(log::info));
        }

        // Where work runs: event loops for clients, others for upstream, so that neither waits for a crowd of the
        // other, and one pool for what blocks.
        LoopResources loops = LoopResources.create("permafrost", processors(), true);
        open.push(loops::dispose);
        LoopResources upstreamLoops = LoopResources.create("permafrost-upstream", Math.max(1, processors() / 2), true);
        open.push(upstreamLoops::dispose);
        Blocking blocking = keep(new Blocking(config.fetch().blockingThreads()));

        // What clients ask for in vain where nothing is fetched, kept where something may be written.
        kept = wishes(config, frozen, clock);
        WishList wishes = kept == null ? new WishList(clock) : keep(kept).list();
        if (kept != null) {
            kept.begin();
        }

        Standstill standstill = new Standstill();
        // what yum 3 reads of what upstream has; offline that has been made above
        TwinMaker twins = offline ? null : keep(new TwinMaker());

        // What is measured, and whether the server is ready; both look at everything else.
        MirrorMeters meters = keep(new MirrorMeters());
        UpstreamMeters upstreamMeters = meters.upstream();
        HttpMeters httpMeters = httpMeters(meters);
        // offline nothing is ever added to the store, and it may be full
        readiness =
                new Readiness(offline ? () -> null : () -> store.unwritable().orElse(null));
        Gauges gauges = keep(new Gauges(meters, store, blocking, readiness));

        // 4. A format answers from the view, and 5. asks ReadThrough, which 6. asks upstream. Offline, nothing of
        // upstream is made at all.
        Map<String, PypiFormat> indexes = new HashMap<>();
        Map<String, Format> formats = new HashMap<>();
        Map<String, ReadThrough> files = new HashMap<>();
        Map<String, Hosting> hosting = new HashMap<>();
        Map<String, Syncing> syncings = new HashMap<>();
        long pageCacheBytesMax =
                config.http().pageCacheBytesMax() / config.repositories().size();
        List<RepositoryConfig> filled = StoreRepositories.those(config, false);
        FetchConfig fetch = config.fetch().sharedAmong(filled.size());
        for (RepositoryConfig repository : filled) {
            UpstreamClient upstream = offline || repository.upstreams().isEmpty()
                    ? null
                    : keep(new UpstreamClient(
                            config.upstream(),
                            repository,
                            environment,
                            blocking.executor(),
                            upstreamLoops,
                            upstreamMeters));
            ReadThrough readThrough = keep(new ReadThrough(
                    store, upstream, blocking, fetch, config.upstream().retriesMax(), clock));
            files.put(repository.name(), readThrough);
            gauges.show(repository.name(), readThrough);
            if (repository.isYum()) {
                YumFormat format = keep(new YumFormat(
                        repository,
                        fetch,
                        store,
                        upstream,
                        readThrough,
                        blocking,
                        standstill,
                        StoreRepositories.key(config),
                        twins,
                        clock));
                formats.put(repository.name(), format);
                if (upstream != null) {
                    syncings.put(repository.name(), format.syncing());
                }
                Hosting hosted = format.hosting();
                if (hosted != null) {
                    hosting.put(repository.name(), hosted);
                }
                gauges.show(repository.name(), format);
                continue;
            }
            PypiFormat format = keep(new PypiFormat(
                    repository, fetch, store, upstream, readThrough, blocking, pageCacheBytesMax, clock));
            formats.put(repository.name(), format);
            indexes.put(repository.name(), format);
            Hosting hosted = format.hosting();
            if (hosted != null) {
                hosting.put(repository.name(), hosted);
            }
            gauges.show(repository.name(), format);
        }
        // those that are made of others have nothing of their own
        for (RepositoryConfig repository : StoreRepositories.those(config, true)) {
            PypiFormat format =
                    keep(new PypiFormat(repository, config.fetch(), indexes, blocking, pageCacheBytesMax, clock));
            formats.put(repository.name(), format);
            gauges.show(repository.name(), format);
        }

        // What clients are shown where they speak TLS: certificates from files, or one that this server makes for
        // itself.
        auto = autoTls(config, frozen);
        TlsContexts certificates = speaksTls(config) ? keep(TlsContexts.of(config.tls(), auto)) : null;

        if (certificates != null) {
            gauges.show(certificates);
            readiness.watch(() -> certificates.unacceptable(clock.instant()).orElse(null));
        }

        // The operator's own listener, open as long as clients are being served, so that it can say that it is closing.
        HttpFrontEnd admin = config.admin() == null ? null : keep(admin(config, gauges));

        // 3. A route finds the format, and its guard says who may ask it, 2. every request runs in a view, 1. the front
        // end reads it, and 7. writes the reply.
        Accounts accounts = keep(accounts(config, blocking));
        Map<String, Mount> mounts = new HashMap<>();
        formats.forEach((name, format) ->
                mounts.put(name, new Mount(name, format, accounts.guards().get(name), httpMeters.repository(name))));
        ServedSnapshots snapshots = keep(new ServedSnapshots(
                store.snapshots(), FrozenRepositories.opener(config, options, blocking, clock), mounts, blocking));
        Routes routes = new Routes(config.hosts(), mounts, paths(config), defaultRepository(config), snapshots::find);
        AccessLog accessLog = AccessLog.of(config.accessLog());
        if (accessLog != null) {
            keep(accessLog);
            gauges.show(accessLog);
        }
        RequestHandler requests = new RequestHandler(
                config.http(),
                routes,
                ownPages(config, auto),
                Map.of(
                        SnapshotList.PATH,
                        new SnapshotList(store, config.repositories().values(), blocking)),
                accessLog,
                httpMeters,
                store::view,
                readiness::why,
                wishes);
        frontEnd = keep(new HttpFrontEnd(
                config.http(),
                requests,
                certificates,
                httpMeters,
                blocking.executor(),
                Math.max(1, config.fetch().blockingThreads() / 2)));
        gauges.show(frontEnd);

        // The operator's way in, for the process that owns the store.
        Path socketIn = frozen ? config.state() : store.root();
        if (socketIn != null) {
            Map<String, Verb> verbs = new HashMap<>(new Verbs(
                            store,
                            files,
                            wishes,
                            StoreRepositories.explains(config, store, !offline, clock),
                            hosting,
                            StoreRepositories.seals(config, store),
                            syncings,
                            StoreRepositories.listings(store, offline),
                            StoreRepositories.withdrawals(store),
                            snapshots,
                            standstill)
                    .all());
            if (frozen) {
                verbs.keySet().retainAll(Verbs.TELLING);
            }
            verbs.put(WishesVerb.NAME, WishesVerb.of(wishes, kept));
            verbs.put(WishesFetchVerb.NAME, new WishesFetchVerb(store, offline ? Map.of() : fetching(config, formats)));
            open(socketIn, verbs);
        }
        adminAddress =
                admin == null ? null : (InetSocketAddress) admin.listen(loops).get(0);
        addresses = frontEnd.listen(loops);
        readiness.begin();
        gauges.begin();
        formats.values().forEach(format -> format.begin(store.view()));

        // Folders whose files are published as they come, once clients are answered.
        if (!frozen) {
            hosting.forEach((name, hosted) -> follow(config.repositories().get(name), hosted));
        }

        // Bits that the disk has lost are looked for, now and then.
        if (!frozen) {
            VerifySchedule schedule = keep(new VerifySchedule(store, config.verify(), clock));
            gauges.show(schedule);
            schedule.begin();
        }

        // Where systemd has started this process, it is told.
        ServiceManager manager = ServiceManager.of(environment, loops, HttpFrontEnd.closesWithin(config.http()));
        if (manager != null) {
            keep(manager).ready("Listening at " + String.join(", ", listening()));
        }
    }

    /**
     * Starts a server. Blocks until it listens.
     *
     * @throws StoreException with a message for the operator; what had been opened is closed
     */
    public static MirrorServer start(MirrorConfig config, Serve serve) {
        return start(config, serve, System.getenv());
    }

    /**
     * Starts a server in an environment. Blocks until it listens.
     *
     * @param environment the variables that systemd, proxies and secrets are looked for in
     * @throws StoreException with a message for the operator; what had been opened is closed
     */
    public static MirrorServer start(MirrorConfig config, Serve serve, Map<String, String> environment) {
        return start(config, serve, environment, Clock.systemUTC());
    }

    /** Starts a server that tells the time by that clock, as {@link #start(MirrorConfig, Serve, Map)} does. */
    public static MirrorServer start(MirrorConfig config, Serve serve, Map<String, String> environment, Clock clock) {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            return new MirrorServer(config, serve, environment, clock, open);
        } catch (RuntimeException e) {
            close(open);
            throw e;
        }
    }

    /** Where it listens over TCP, in the order of its listeners. */
    public List<InetSocketAddress> addresses() {
        return addresses.stream()
                .filter(InetSocketAddress.class::isInstance)
                .map(InetSocketAddress.class::cast)
                .toList();
    }

    private List<String> listening() {
        List<String> all = new ArrayList<>(urls());
        all.addAll(sockets());
        return all;
    }

    /** The Unix sockets that it listens at, as the configuration writes them. */
    public List<String> sockets() {
        return config.http().listen().stream()
                .map(Listener::address)
                .filter(UnixAddress.class::isInstance)
                .map(Endpoint::toString)
                .toList();
    }

    /** The URLs that it is known by on this machine, in the order of {@link #addresses}, each with a slash at its end. */
    public List<String> urls() {
        List<String> urls = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            if (addresses.get(i) instanceof InetSocketAddress tcp) {
                urls.add(url(config.http().listen().get(i).tls(), tcp));
            }
        }
        return urls;
    }

    /** The URL of the operator's own listener, with a slash at its end; null where there is none. */
    public @Nullable URI adminUrl() {
        return adminAddress == null ? null : URI.create(url(false, adminAddress));
    }

    private static String url(boolean tls, InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        String host = ip.isAnyLocalAddress() ? "127.0.0.1" : ip.getHostAddress();
        return (tls ? "https://" : "http://")
                + (ip instanceof Inet6Address && !ip.isAnyLocalAddress() ? "[" + host + "]" : host) + ":"
                + address.getPort() + "/";
    }

    /** Where the root lies that it has made for itself; null where it has made none, or keeps it in memory. */
    public @Nullable Path rootFile() {
        return auto == null ? null : auto.rootFile();
    }

    /** Whether what clients ask for in vain outlives this server. */
    public boolean keepsWishes() {
        return kept != null;
    }

    /** How many clients it has sent away for that reason. */
    public long refused(Refusal why) {
        return frontEnd.refused(why);
    }

    /** What it serves from. */
    public MirrorStore store() {
        return store;
    }

    /** Stops listening, finishes what is under way, and closes everything. Blocks. */
    @Override
    public void close() {
        readiness.closing();
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

    private void follow(@Nullable RepositoryConfig repository, Hosting hosted) {
        Path folder = repository == null ? null : repository.uploads().folder();
        if (repository != null && folder != null) {
            keep(new FolderFollower(
                            repository.name(), folder, repository.uploads().links(), hosted))
                    .begin();
        }
    }

    private void open(Path folder, Map<String, Verb> verbs) {
        try {
            keep(new ControlServer(ControlServer.socketOf(folder), verbs));
        } catch (StoreException e) {
            log.warn("no control socket: {}; stop the server before freezing from the command line", e.getMessage());
        }
    }

    /** Where wishes are kept: in {@code state}, or in the store where this process owns it; null for memory alone. */
    private static @Nullable KeptWishes wishes(MirrorConfig config, boolean frozen, Clock clock) {
        Path state = config.state();
        Path folder = state != null || frozen ? state : config.data();
        if (folder == null) {
            log.info(
                    "what clients ask for in vain is kept in memory only, as there is no folder to write to; --set state=DIR"
                            + " keeps it");
            return null;
        }
        try {
            return KeptWishes.open(folder, clock);
        } catch (StoreException e) {
            log.warn("{}; what clients ask for in vain is kept in memory only", e.getMessage());
            return null;
        }
    }

    /** Those that fetch what they don't hold. */
    private static Map<String, Format> fetching(MirrorConfig config, Map<String, Format> formats) {
        Map<String, Format> fetching = new HashMap<>(formats);
        config.repositories().values().stream()
                .filter(repository ->
                        !repository.isMade() && repository.upstreams().isEmpty())
                .forEach(repository -> fetching.remove(repository.name()));
        return fetching;
    }

    /** The paths of repositories that have one of their own. */
    private static Map<String, String> paths(MirrorConfig config) {
        Map<String, String> paths = new HashMap<>();
        config.repositories().values().stream()
                .filter(repository -> !repository.yum().path().isEmpty())
                .forEach(repository -> paths.put(repository.yum().path(), repository.name()));
        return paths;
    }

    private static Accounts accounts(MirrorConfig config, Blocking blocking) {
        Map<String, RepositoryAuth> rules = new HashMap<>();
        config.repositories().values().forEach(repository -> rules.put(repository.name(), repository.auth()));
        Accounts accounts = Accounts.of(rules, config.logins(), blocking.executor());
        if (!accounts.guards().isEmpty()) {
            config.http().listen().stream()
                    .filter(listener -> !listener.tls() && !isLocal(listener.address()))
                    .forEach(listener -> log.warn(
                            "passwords for {} can be read on their way to {}, which is not encrypted; listen at"
                                    + " {address: \"{}\", tls: auto} instead",
                            String.join(", ", new TreeSet<>(accounts.guards().keySet())),
                            listener.address(),
                            listener.address()));
        }
        return accounts;
    }

    /** Whether nobody but this machine can read what passes there. */
    private static boolean isLocal(Endpoint endpoint) {
        if (!(endpoint instanceof ListenAddress address)) {
            return true;
        }
        InetAddress ip = address.isAny() ? null : address.toSocketAddress().getAddress();
        return ip != null && ip.isLoopbackAddress();
    }

    private static HttpMeters httpMeters(MirrorMeters meters) {
        return meters.http(tags(RequestKind.values()), tags(CacheOutcome.values()), tags(BodyOrigin.values()));
    }

    private static List<String> tags(Enum<?>... constants) {
        return Arrays.stream(constants).map(MirrorMeters::tag).toList();
    }

    private HttpFrontEnd admin(MirrorConfig config, Gauges gauges) {
        Listener listener = new Listener(Objects.requireNonNull(config.admin()), Listener.Security.PLAIN);
        OwnAnswer metrics =
                accept -> gauges.scrape(accept).map(scrape -> new Reply.Text(scrape.contentType(), scrape.bytes()));
        return HttpFrontEnd.admin(
                config.http().listeningAt(List.of(listener)), Map.of("/-/metrics", metrics), readiness::why);
    }

    private static boolean speaksTls(MirrorConfig config) {
        return config.http().listen().stream().anyMatch(Listener::tls);
    }

    private static @Nullable AutoTls autoTls(MirrorConfig config, boolean frozen) {
        if (config.http().listen().stream().noneMatch(listener -> listener.security() == Listener.Security.AUTO)) {
            return null;
        }
        Path state = frozen || config.state() != null ? config.state() : config.data();
        if (state == null) {
            log.warn("the certificate is in memory only: clients have to trust another root after each start;"
                    + " --set state=DIR keeps it");
        }
        return AutoTls.in(
                state == null ? null : state.resolve("tls"), config.hosts().keySet(), Clock.systemUTC());
    }

    /** The root that clients may fetch, and what they need so that they ask this server. */
    private static Map<String, OwnPage> ownPages(MirrorConfig config, @Nullable AutoTls auto) {
        Map<String, OwnPage> pages = new HashMap<>();
        Path state = config.state() == null ? config.data() : config.state();
        PublishedRoot root = PublishedRoot.of(auto, state.resolve("tls"), config.tls());
        if (root != null) {
            pages.put("/-/ca.pem", new OwnPage("application/x-pem-file", base -> root.pem()));
        }
        boolean trusted = root != null && root.vouches();
        List<RpmSetup.Repository> rpms = KnownRpms.of(config);
        for (Client client : Client.values()) {
            pages.put("/-/setup/" + client.file(), new OwnPage(TEXT, base -> client.text(base, trusted, rpms)));
        }
        pages.put("/-/setup/", new OwnPage(TEXT, base -> Client.list(base, root != null)));
        return pages;
    }

    private static String defaultRepository(MirrorConfig config) {
        return config.repositories().values().stream()
                .filter(RepositoryConfig::isDefault)
                .map(RepositoryConfig::name)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("exactly one repository is the default"));
    }

    private static int processors() {
        return Math.max(1, Runtime.getRuntime().availableProcessors());
    }

    private <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }
}
