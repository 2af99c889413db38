package dev.permafrost.proxy.testing;

import dev.permafrost.proxy.MirrorServer;
import dev.permafrost.proxy.access.LoginConfig;
import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.admin.VerifyConfig;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.http.Endpoint;
import dev.permafrost.proxy.http.HttpConfig;
import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.http.Listener;
import dev.permafrost.proxy.http.Refusal;
import dev.permafrost.proxy.http.TrustedProxies;
import dev.permafrost.proxy.repo.PolicyConfig;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.UpstreamProxy;
import dev.permafrost.proxy.repo.UpstreamTls;
import dev.permafrost.proxy.repo.YumConfig;
import dev.permafrost.proxy.tls.CertificateFiles;
import dev.permafrost.proxy.tls.TlsConfig;
import dev.permafrost.proxy.upstream.UpstreamConfig;
import dev.permafrost.store.MirrorStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server in this JVM, on an ephemeral port of loopback, with short patience where a test asks for it. */
public final class RunningMirror implements AutoCloseable {
    private final MirrorServer server;
    private final Path data;

    private RunningMirror(MirrorServer server, Path data) {
        this.server = server;
        this.data = data;
    }

    /** One that keeps its store in that folder; it has no upstream yet. */
    public static Builder in(Path data) {
        return new Builder(data);
    }

    /** The port it listens on. */
    public int port() {
        return server.addresses().get(0).getPort();
    }

    /** The port it listens on under TLS, where it does. */
    public int tlsPort() {
        return server.addresses().get(1).getPort();
    }

    /** The port of the operator's listener, where it has one. */
    public int adminPort() {
        return Objects.requireNonNull(server.adminUrl()).getPort();
    }

    /** What it has measured, where it has an operator's listener. */
    public PrometheusText scrape() {
        return PrometheusText.parse(
                RawHttp.get(adminPort(), "/-/metrics").body().text());
    }

    /** How many clients it has sent away for that reason. */
    public long refused(Refusal why) {
        return server.refused(why);
    }

    /** Its store. */
    public MirrorStore store() {
        return server.store();
    }

    /** One GET on a connection of its own. */
    public RawHttp.Response get(String path, String... headerLines) {
        return RawHttp.get(port(), path, headerLines);
    }

    /** One HEAD on a connection of its own. */
    public RawHttp.Head head(String path, String... headerLines) {
        try (RawHttp client = connect()) {
            return client.request("HEAD", path, headerLines).readHead();
        }
    }

    /** A connection to it. */
    public RawHttp connect() {
        return RawHttp.connect(port());
    }

    /** How many blobs its store has on disk. */
    public int blobs() {
        return count("blobs");
    }

    /** How many unfinished files its store has on disk. */
    public int staged() {
        return count("staging");
    }

    /** Stops it. */
    @Override
    public void close() {
        server.close();
    }

    private int count(String folder) {
        if (!Files.isDirectory(data.resolve(folder))) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(data.resolve(folder))) {
            return (int) files.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The settings of a server that does not run yet. */
    public static final class Builder {
        private final Path data;
        private @Nullable URI upstream;
        private Set<String> trustedHosts = Set.of();
        private boolean offline;
        private boolean frozen;
        private @Nullable Path state;
        private int port;
        private String address = "127.0.0.1";
        private boolean tls;
        private boolean admin;
        private int adminPort;
        private TlsConfig certificates = TlsConfig.defaults();
        private List<Endpoint> further = List.of();
        private AccessLogConfig accessLog = AccessLogConfig.defaults();
        private LoginConfig logins = LoginConfig.defaults();
        private UpstreamAuth upstreamAuth = new UpstreamAuth.None();
        private UpstreamTls upstreamTls = UpstreamTls.defaults();
        private UpstreamProxy proxy = new UpstreamProxy.FromEnvironment();
        private Map<String, String> environment = Map.of();
        private RepositoryAuth auth = RepositoryAuth.defaults();
        private UploadConfig uploads = UploadConfig.defaults();
        private PolicyConfig policy = PolicyConfig.defaults();
        private @Nullable URI fallback;
        private Clock clock = Clock.systemUTC();
        private final Map<String, RepositoryConfig> others = new LinkedHashMap<>();
        private Map<String, String> hosts = Map.of();
        private Duration pageTtl = Duration.ofMinutes(10);
        private FetchConfig fetch = FetchConfig.defaults();
        private UpstreamConfig client = UpstreamConfig.defaults();
        private HttpConfig http = Records.with(HttpConfig.defaults(), "shutdownTimeout", Duration.ofSeconds(10));

        private Builder(Path data) {
            this.data = data;
        }

        /** Fills it from that upstream's {@code /simple/}. */
        public Builder from(ScriptedUpstream from) {
            return from(from.uri("/simple/"));
        }

        /** Fills it from that index. */
        public Builder from(URI index) {
            upstream = index;
            return this;
        }

        /** Trusts these hosts beside upstream's own. */
        public Builder trusting(String... hosts) {
            trustedHosts = Set.of(hosts);
            return this;
        }

        /** Logs in at upstream. */
        public Builder login(UpstreamAuth login) {
            upstreamAuth = login;
            return this;
        }

        /** Has these certificates towards upstream. */
        public Builder upstreamTls(UpstreamTls files) {
            upstreamTls = files;
            return this;
        }

        /** Reaches upstream by that proxy, as the configuration writes it. */
        public Builder through(String url) {
            proxy = UpstreamProxy.parse(url);
            return this;
        }

        /** Has these variables in its environment, and no others. */
        public Builder environment(Map<String, String> variables) {
            environment = variables;
            return this;
        }

        /** Makes no connection to upstream. */
        public Builder offline() {
            offline = true;
            return this;
        }

        /** Serves the store's current snapshot. */
        public Builder frozen() {
            frozen = true;
            return this;
        }

        /** Writes what it must into that folder. */
        public Builder state(Path folder) {
            state = folder;
            return this;
        }

        /** Takes files so. */
        public Builder uploads(UploadConfig config) {
            uploads = config;
            return this;
        }

        /** Serves what that policy lets it serve. */
        public Builder policy(PolicyConfig which) {
            policy = which;
            return this;
        }

        /** Sends clients there for what is not known here. */
        public Builder fallback(URI index) {
            fallback = index;
            return this;
        }

        /** Tells the time by that clock. */
        public Builder clock(Clock which) {
            clock = which;
            return this;
        }

        /** Listens at that port in place of a free one. */
        public Builder port(int number) {
            port = number;
            return this;
        }

        /** Asks upstream again after so long. */
        public Builder pageTtl(Duration ttl) {
            pageTtl = ttl;
            return this;
        }

        /** Lets a client wait for a page for so long. */
        public Builder pageWait(Duration wait) {
            fetch = Records.with(fetch, "pageWait", wait);
            return this;
        }

        /** Remembers a failure for so long. */
        public Builder failureTtl(Duration ttl) {
            fetch = Records.with(fetch, "failureTtl", ttl);
            return this;
        }

        /** Remembers that upstream has no such project for so long. */
        public Builder absentTtl(Duration ttl) {
            fetch = Records.with(fetch, "absentTtl", ttl);
            return this;
        }

        /** Keeps at most so many files open. */
        public Builder openFilesMax(int files) {
            fetch = Records.with(fetch, "openFilesMax", files);
            return this;
        }

        /** Gives upstream so long between two bytes. */
        public Builder progressTimeout(Duration timeout) {
            return client(timeout, client.minBytesPerSecond(), client.slowWindow(), client.retriesMax());
        }

        /** Asks upstream for so much in each window. */
        public Builder slowest(long bytesPerSecond, Duration window) {
            return client(client.progressTimeout(), bytesPerSecond, window, client.retriesMax());
        }

        /** Tries again so often. */
        public Builder retriesMax(int retries) {
            return client(client.progressTimeout(), client.minBytesPerSecond(), client.slowWindow(), retries);
        }

        /** Closes idle connections, and cuts off clients that take nothing, after so long. */
        public Builder clientTimeouts(Duration idle, Duration writeProgress) {
            return http("idleTimeout", idle).http("writeProgressTimeout", writeProgress);
        }

        /** Trusts these proxies, and takes that prefix off the paths. */
        public Builder behind(List<String> proxies, String prefix) {
            return http(
                            "trustedProxies",
                            TrustedProxies.of(
                                    proxies.stream().map(TrustedProxies::parse).toList()))
                    .http("pathPrefix", prefix);
        }

        /** Sets a component of what the front end is configured by. */
        public Builder http(String component, Object value) {
            http = Records.with(http, component, value);
            return this;
        }

        private Builder client(Duration progress, long minBytesPerSecond, Duration window, int retries) {
            client = new UpstreamConfig(
                    client.connectionsMax(),
                    client.connectTimeout(),
                    client.idleTimeout(),
                    progress,
                    minBytesPerSecond,
                    window,
                    client.redirectsMax(),
                    retries,
                    client.headerBytesMax());
            return this;
        }

        /** Listens on another port under TLS, with a certificate that it makes for itself. */
        public Builder withTls() {
            tls = true;
            return this;
        }

        /** Has an operator's listener on another port. */
        public Builder withAdmin() {
            admin = true;
            return this;
        }

        /** Has an operator's listener on that port. */
        public Builder withAdmin(int number) {
            adminPort = number;
            return withAdmin();
        }

        /** Listens on another port under TLS, with these certificates. */
        public Builder withCertificates(CertificateFiles... files) {
            return withTls(Records.with(TlsConfig.defaults(), "certificates", List.of(files)));
        }

        /** Listens on another port under TLS, so. */
        public Builder withTls(TlsConfig config) {
            tls = true;
            certificates = config;
            return this;
        }

        /** Writes an access log. */
        public Builder accessLog(AccessLogConfig config) {
            accessLog = config;
            return this;
        }

        /** Listens there in place of loopback, in the clear. */
        public Builder listenAt(String host) {
            address = host;
            return this;
        }

        /** Asks for logins. */
        public Builder auth(RepositoryAuth rules) {
            auth = rules;
            return this;
        }

        /** Checks them so. */
        public Builder logins(LoginConfig config) {
            logins = config;
            return this;
        }

        /** Has another repository beside pypi, which stays the default. */
        public Builder beside(RepositoryConfig repository) {
            others.put(repository.name(), repository);
            return this;
        }

        /** Has its repository at the root of these hosts. */
        public Builder host(String... names) {
            Map<String, String> table = new LinkedHashMap<>();
            for (String name : names) {
                table.put(name, "pypi");
            }
            hosts = table;
            return this;
        }

        /** Listens there too, in the clear, as the configuration writes addresses; TLS comes before it. */
        public Builder alsoAt(Endpoint... endpoints) {
            further = List.of(endpoints);
            return this;
        }

        private List<Listener> listeners(Listener plain, Listener secure) {
            List<Listener> all = new ArrayList<>(tls ? List.of(plain, secure) : List.of(plain));
            further.forEach(endpoint -> all.add(new Listener(endpoint, Listener.Security.PLAIN)));
            return all;
        }

        /** Starts it. */
        public RunningMirror start() {
            Listener plain = new Listener(new ListenAddress(address, port), Listener.Security.PLAIN);
            Listener secure = new Listener(
                    new ListenAddress("127.0.0.1", 0),
                    certificates.certificates().isEmpty() ? Listener.Security.AUTO : Listener.Security.FILES);
            HttpConfig listening = http.listeningAt(listeners(plain, secure));
            RepositoryConfig pypi = new RepositoryConfig(
                    "pypi",
                    RepositoryConfig.PYPI,
                    true,
                    upstream,
                    pageTtl,
                    trustedHosts,
                    auth,
                    uploads,
                    upstreamAuth,
                    upstreamTls,
                    proxy,
                    policy,
                    SourcesConfig.none(),
                    YumConfig.none(),
                    fallback);
            others.put("pypi", pypi);
            MirrorConfig config = new MirrorConfig(
                    data,
                    state,
                    offline,
                    listening,
                    admin ? new ListenAddress("127.0.0.1", adminPort) : null,
                    certificates,
                    accessLog,
                    logins,
                    hosts,
                    others,
                    fetch,
                    client,
                    VerifyConfig.defaults());
            MirrorServer.Serve serve =
                    frozen ? new MirrorServer.Serve.Frozen(Optional.empty()) : new MirrorServer.Serve.Live();
            return new RunningMirror(MirrorServer.start(config, serve, environment, clock), data);
        }
    }
}
