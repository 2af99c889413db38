package dev.permafrost.proxy.config;

import dev.permafrost.proxy.access.LoginConfig;
import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.admin.VerifyConfig;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.http.Endpoint;
import dev.permafrost.proxy.http.HttpConfig;
import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.http.Listener;
import dev.permafrost.proxy.http.TrustedProxies;
import dev.permafrost.proxy.http.UnixAddress;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.tls.CertificateFiles;
import dev.permafrost.proxy.tls.TlsConfig;
import dev.permafrost.proxy.upstream.UpstreamConfig;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Gives the tree its meaning: which keys there are, what each must be, and which record it goes to. */
final class ConfigBinder {
    /** Every key by its dotted path, for finding the right place of one that is in the wrong place. */
    static final List<String> PATHS = List.of(
            "data",
            "state",
            "offline",
            "listen",
            "admin",
            "tls.certificates",
            "tls.client-auth",
            "tls.client-ca",
            "tls.reload-interval",
            "access-log.file",
            "access-log.format",
            "access-log.rotate-bytes",
            "access-log.keep-files",
            "logins.remember",
            "logins.checks-max",
            "logins.failures-max",
            "logins.failures-window",
            "logins.lockout",
            "logins.lockout-max",
            "logins.user-delay-max",
            "logins.reload-interval",
            "hosts",
            "http.request-line-bytes-max",
            "http.header-bytes-max",
            "http.idle-timeout",
            "http.write-progress-timeout",
            "http.connections-max",
            "http.streams-max",
            "http.page-cache-bytes-max",
            "http.trusted-proxies",
            "http.path-prefix",
            "http.headers-max",
            "http.connections-per-address-max",
            "http.requests-per-connection-max",
            "http.write-bytes-per-second-min",
            "http.write-slow-window",
            "http.shutdown-delay",
            "http.shutdown-timeout",
            "repositories",
            "repositories.NAME.format",
            "repositories.NAME.default",
            "repositories.NAME.upstream",
            "repositories.NAME.publish",
            "repositories.NAME.publish-link",
            "repositories.NAME.path",
            "repositories.NAME.mounts",
            "repositories.NAME.gpg-keys",
            "repositories.NAME.page-ttl",
            "repositories.NAME.fallback",
            "repositories.NAME.trusted-hosts",
            "repositories.NAME.auth.users",
            "repositories.NAME.auth.tokens",
            "repositories.NAME.auth.read",
            "repositories.NAME.auth.write",
            "repositories.NAME.uploads.overwrite",
            "repositories.NAME.uploads.bytes-max",
            "repositories.NAME.upstream-auth.user",
            "repositories.NAME.upstream-auth.password",
            "repositories.NAME.upstream-auth.password-file",
            "repositories.NAME.upstream-auth.password-env",
            "repositories.NAME.upstream-auth.token",
            "repositories.NAME.upstream-auth.token-file",
            "repositories.NAME.upstream-auth.token-env",
            "repositories.NAME.upstream-auth.scheme",
            "repositories.NAME.upstream-auth.netrc",
            "repositories.NAME.upstream-tls.certificate",
            "repositories.NAME.upstream-tls.key",
            "repositories.NAME.upstream-tls.passphrase-file",
            "repositories.NAME.upstream-tls.ca",
            "repositories.NAME.upstream-tls.system-ca",
            "repositories.NAME.proxy",
            "repositories.NAME.sources",
            "repositories.NAME.combine",
            "repositories.NAME.pins",
            "repositories.NAME.policy.rules",
            "repositories.NAME.policy.default",
            "repositories.NAME.policy.refuse-with",
            "repositories.NAME.policy.minimum-age",
            "repositories.NAME.policy.minimum-age-except",
            "fetch.page-wait",
            "fetch.failure-ttl",
            "fetch.absent-ttl",
            "fetch.flights-max",
            "fetch.blocking-threads",
            "fetch.open-files-max",
            "fetch.resume-min-bytes",
            "upstream.connections-max",
            "upstream.connect-timeout",
            "upstream.idle-timeout",
            "upstream.progress-timeout",
            "upstream.min-bytes-per-second",
            "upstream.slow-window",
            "upstream.redirects-max",
            "upstream.retries-max",
            "upstream.header-bytes-max",
            "verify.every",
            "verify.rate");

    private static final Pattern HOST = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,252})|\\[[0-9a-f:.]+]");
    private static final int LISTEN_MAX = 64;
    private static final long TEBIBYTE = 1L << 40;
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTES_5 = Duration.ofMinutes(5);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final FilePaths paths;

    /** A binder for which relative paths in the file are below that folder. */
    ConfigBinder(Path fileFolder) {
        this.paths = new FilePaths(fileFolder);
    }

    /** The configuration, with defaults in place of whatever is not given, or is among the problems. */
    MirrorConfig bind(Section root) {
        MirrorConfig defaults = MirrorConfig.defaults();
        Map<String, RepositoryConfig> repositories =
                new RepositoriesBinder(paths).repositories(root.section("repositories"));
        MirrorConfig config = new MirrorConfig(
                paths.value(root, "data").orElse(defaults.data()),
                paths.value(root, "state").orElse(defaults.state()),
                root.value("offline", Values::truth).orElse(defaults.offline()),
                http(root),
                root.value("admin", ListenAddress::parse).orElse(defaults.admin()),
                tls(root),
                accessLog(root),
                logins(root.section("logins")),
                hosts(root, repositories.keySet()),
                repositories,
                fetch(root.section("fetch")),
                upstream(root.section("upstream")),
                verify(root.section("verify")));
        for (Listener listener : config.http().listen()) {
            if (listener.security() == Listener.Security.FILES
                    && config.tls().certificates().isEmpty()) {
                root.report("listen", "has tls: files, and tls.certificates names none; name them, or write tls: auto");
            }
        }
        refuseSharedAdmin(root, config);
        root.end();
        return config;
    }

    private static void refuseSharedAdmin(Section root, MirrorConfig config) {
        ListenAddress admin = config.admin();
        if (admin != null
                && admin.port() != 0
                && config.http().listen().stream()
                        .anyMatch(listener -> listener.address().equals(admin))) {
            root.report("admin", "is " + admin + ", where clients are served too; choose another port");
        }
    }

    private static HttpConfig http(Section root) {
        HttpConfig defaults = HttpConfig.defaults();
        Section http = root.section("http");
        HttpConfig config = new HttpConfig(
                listen(root, defaults),
                http.value("request-line-bytes-max", Values.smallBytes(256, 64 << 10))
                        .orElse(defaults.requestLineBytesMax()),
                http.value("header-bytes-max", Values.smallBytes(1 << 10, 1 << 20))
                        .orElse(defaults.headerBytesMax()),
                http.value("idle-timeout", Values.duration(SECOND, HOUR)).orElse(defaults.idleTimeout()),
                http.value("write-progress-timeout", Values.duration(SECOND, HOUR))
                        .orElse(defaults.writeProgressTimeout()),
                http.value("connections-max", Values.count(1, 1_000_000)).orElse(defaults.connectionsMax()),
                http.value("streams-max", Values.count(1, 10_000)).orElse(defaults.streamsMax()),
                http.value("page-cache-bytes-max", Values.bytes(0, TEBIBYTE)).orElse(defaults.pageCacheBytesMax()),
                http.values("trusted-proxies", TrustedProxies::parse)
                        .map(TrustedProxies::of)
                        .orElse(defaults.trustedProxies()),
                http.value("path-prefix", HttpConfig::prefix).orElse(defaults.pathPrefix()),
                http.value("headers-max", Values.count(1, 10_000)).orElse(defaults.headersMax()),
                http.value("connections-per-address-max", Values.count(0, 1_000_000))
                        .orElse(defaults.connectionsPerAddressMax()),
                http.value("requests-per-connection-max", Values.count(0, 1_000_000_000))
                        .orElse(defaults.requestsPerConnectionMax()),
                http.value("write-bytes-per-second-min", Values.bytes(0, 1L << 30))
                        .orElse(defaults.writeBytesPerSecondMin()),
                http.value("write-slow-window", Values.duration(SECOND, HOUR)).orElse(defaults.writeSlowWindow()),
                http.value("shutdown-delay", Values.duration(Duration.ZERO, HOUR))
                        .orElse(defaults.shutdownDelay()),
                http.value("shutdown-timeout", Values.duration(Duration.ZERO, HOUR))
                        .orElse(defaults.shutdownTimeout()));
        http.end();
        return config;
    }

    private static List<Listener> listen(Section root, HttpConfig defaults) {
        List<Listener> listen = root.elements(
                        "listen",
                        text -> new Listener(Endpoint.parse(text), Listener.Security.PLAIN),
                        ConfigBinder::listener)
                .orElse(defaults.listen());
        if (root.isEmptyList("listen")) {
            root.report("listen", "is an empty list; write at least one address, such as 127.0.0.1:8080");
        }
        if (listen.size() > LISTEN_MAX) {
            root.report("listen", "has " + listen.size() + " addresses; write " + LISTEN_MAX + " at most");
        }
        Set<String> seen = new HashSet<>();
        for (Listener listener : listen) {
            Endpoint address = listener.address();
            boolean chosen = !(address instanceof ListenAddress tcp) || tcp.port() != 0;
            if (chosen && !seen.add(address.toString())) {
                root.report("listen", "has " + address + " twice; keep one of the two");
            }
        }
        return listen;
    }

    private static Optional<Listener> listener(Section section) {
        Optional<Endpoint> address = section.value("address", Endpoint::parse);
        Optional<Set<PosixFilePermission>> mode = section.value("mode", UnixAddress::mode);
        Listener.Security security =
                section.value("tls", ConfigBinder::security).orElse(Listener.Security.PLAIN);
        if (address.isEmpty()) {
            section.report("needs an address, such as {address: \"0.0.0.0:443\", tls: auto}");
        }
        if (mode.isPresent() && address.isPresent() && !(address.get() instanceof UnixAddress)) {
            section.report(
                    "mode", "is for Unix sockets alone; remove it, or write an address such as unix:/run/x.sock");
        }
        return address.map(at -> at instanceof UnixAddress unix && mode.isPresent() ? unix.withMode(mode.get()) : at)
                .map(at -> new Listener(at, security));
    }

    private static Listener.Security security(String text) {
        return switch (text) {
            case "auto" -> Listener.Security.AUTO;
            case "files" -> Listener.Security.FILES;
            case "none" -> Listener.Security.PLAIN;
            default ->
                throw new IllegalArgumentException(
                        "says nothing about TLS; write auto for a certificate that is made at the"
                                + " first start, files for those under tls.certificates, or none");
        };
    }

    private TlsConfig tls(Section root) {
        TlsConfig defaults = TlsConfig.defaults();
        Section section = root.section("tls");
        List<CertificateFiles> certificates = section.elements(
                        "certificates",
                        text -> {
                            Path both = paths.of(section.origin("certificates"), text);
                            return new CertificateFiles(both, both, null);
                        },
                        this::certificate)
                .orElse(defaults.certificates());
        TlsConfig config = new TlsConfig(
                certificates,
                section.value("client-auth", ConfigBinder::clientAuth).orElse(defaults.clientAuth()),
                paths.value(section, "client-ca").orElse(defaults.clientCa()),
                section.value("reload-interval", Values.duration(SHORTEST, DAY)).orElse(defaults.reloadInterval()));
        if (config.clientAuth() != TlsConfig.ClientAuthentication.NONE && config.clientCa() == null) {
            section.report(
                    "client-auth", "needs client-ca, a PEM file with the roots that clients' certificates lead to");
        }
        section.end();
        return config;
    }

    private Optional<CertificateFiles> certificate(Section section) {
        Optional<Path> chain = paths.value(section, "chain");
        Optional<Path> key = paths.value(section, "key");
        Optional<Path> passphrase = paths.value(section, "passphrase-file");
        if (chain.isEmpty()) {
            section.report("needs a chain, the PEM file with the server's certificate");
        }
        return chain.map(file -> new CertificateFiles(file, key.orElse(file), passphrase.orElse(null)));
    }

    private static TlsConfig.ClientAuthentication clientAuth(String text) {
        return switch (text) {
            case "none" -> TlsConfig.ClientAuthentication.NONE;
            case "optional" -> TlsConfig.ClientAuthentication.OPTIONAL;
            case "required" -> TlsConfig.ClientAuthentication.REQUIRED;
            default -> throw new IllegalArgumentException("is not one of none, optional and required");
        };
    }

    private AccessLogConfig accessLog(Section root) {
        AccessLogConfig defaults = AccessLogConfig.defaults();
        Section section = root.section("access-log");
        AccessLogConfig config = new AccessLogConfig(
                paths.value(section, "file").orElse(defaults.file()),
                section.value("format", ConfigBinder::logFormat).orElse(defaults.format()),
                section.value("rotate-bytes", Values.bytes(0, TEBIBYTE)).orElse(defaults.rotateBytes()),
                section.value("keep-files", Values.count(0, 1000)).orElse(defaults.keepFiles()));
        section.end();
        return config;
    }

    private static AccessLogConfig.Format logFormat(String text) {
        return switch (text) {
            case "combined" -> AccessLogConfig.Format.COMBINED;
            case "json" -> AccessLogConfig.Format.JSON;
            default -> throw new IllegalArgumentException("is neither combined nor json");
        };
    }

    private static Map<String, String> hosts(Section root, Set<String> repositories) {
        Section section = root.section("hosts");
        Map<String, String> hosts = new LinkedHashMap<>();
        for (String host : section.keys()) {
            Optional<String> repository = section.value(host, Function.identity());
            String name = host.toLowerCase(Locale.ROOT);
            if (!HOST.matcher(name).matches()) {
                section.report(host, "is not a host name; write it as clients do, without a scheme and without a port");
            }
            repository.ifPresent(to -> {
                if (!repositories.contains(to)) {
                    section.report(
                            host,
                            "names the repository '" + to + "', which is not among those configured: "
                                    + String.join(", ", repositories));
                }
                hosts.put(name, to);
            });
        }
        return hosts;
    }

    private static LoginConfig logins(Section section) {
        LoginConfig defaults = LoginConfig.defaults();
        LoginConfig config = new LoginConfig(
                section.value("remember", Values.duration(Duration.ZERO, DAY)).orElse(defaults.remember()),
                section.value("checks-max", Values.count(1, 64)).orElse(defaults.checksMax()),
                section.value("failures-max", Values.count(1, 1_000_000)).orElse(defaults.failuresMax()),
                section.value("failures-window", Values.duration(SECOND, DAY)).orElse(defaults.failuresWindow()),
                section.value("lockout", Values.duration(SECOND, DAY)).orElse(defaults.lockout()),
                section.value("lockout-max", Values.duration(SECOND, DAY)).orElse(defaults.lockoutMax()),
                section.value("user-delay-max", Values.duration(Duration.ZERO, Duration.ofSeconds(30)))
                        .orElse(defaults.userDelayMax()),
                section.value("reload-interval", Values.duration(SHORTEST, DAY)).orElse(defaults.reloadInterval()));
        section.end();
        return config;
    }

    private static VerifyConfig verify(Section section) {
        VerifyConfig defaults = VerifyConfig.defaults();
        VerifyConfig config = new VerifyConfig(
                section.value("every", Values.duration(Duration.ZERO, DAY.multipliedBy(VerifyConfig.DAYS_MAX)))
                        .orElse(defaults.every()),
                section.value("rate", Values.bytes(0, TEBIBYTE)).orElse(defaults.bytesPerSecond()));
        section.end();
        return config;
    }

    private static FetchConfig fetch(Section section) {
        FetchConfig defaults = FetchConfig.defaults();
        FetchConfig config = new FetchConfig(
                section.value("page-wait", Values.duration(SHORTEST, MINUTES_5)).orElse(defaults.pageWait()),
                section.value("failure-ttl", Values.duration(Duration.ZERO, HOUR))
                        .orElse(defaults.failureTtl()),
                section.value("absent-ttl", Values.duration(Duration.ZERO, DAY)).orElse(defaults.absentTtl()),
                section.value("flights-max", Values.count(1, 10_000)).orElse(defaults.flightsMax()),
                section.value("blocking-threads", Values.count(1, 1024)).orElse(defaults.blockingThreads()),
                section.value("open-files-max", Values.count(1, 1_000_000)).orElse(defaults.openFilesMax()),
                section.value("resume-min-bytes", Values.bytes(0, TEBIBYTE)).orElse(defaults.resumeMinBytes()));
        section.end();
        return config;
    }

    private static UpstreamConfig upstream(Section section) {
        UpstreamConfig defaults = UpstreamConfig.defaults();
        UpstreamConfig config = new UpstreamConfig(
                section.value("connections-max", Values.count(1, 10_000)).orElse(defaults.connectionsMax()),
                section.value("connect-timeout", Values.duration(SHORTEST, MINUTES_5))
                        .orElse(defaults.connectTimeout()),
                section.value("idle-timeout", Values.duration(SECOND, HOUR)).orElse(defaults.idleTimeout()),
                section.value("progress-timeout", Values.duration(SECOND, HOUR)).orElse(defaults.progressTimeout()),
                section.value("min-bytes-per-second", Values.bytes(0, 1L << 30)).orElse(defaults.minBytesPerSecond()),
                section.value("slow-window", Values.duration(SECOND, DAY)).orElse(defaults.slowWindow()),
                section.value("redirects-max", Values.count(0, 20)).orElse(defaults.redirectsMax()),
                section.value("retries-max", Values.count(0, 20)).orElse(defaults.retriesMax()),
                section.value("header-bytes-max", Values.smallBytes(1 << 10, 1 << 20))
                        .orElse(defaults.headerBytesMax()));
        section.end();
        return config;
    }
}
