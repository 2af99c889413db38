package dev.permafrost.proxy.config;

import dev.permafrost.proxy.access.LoginConfig;
import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.admin.VerifyConfig;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.http.HttpConfig;
import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.tls.TlsConfig;
import dev.permafrost.proxy.upstream.UpstreamConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, one record for each package that has any.
 *
 * @param data the store's folder; {@code permafrost-data} in the working directory
 * @param state where a frozen server writes what it must; {@code null} for nowhere, which keeps it in memory
 * @param offline whether no connection to any upstream is ever made; false
 * @param http the front end
 * @param admin where the operator's own listener is, with metrics and health; null for nowhere
 * @param tls TLS towards clients, for the listeners that have it
 * @param accessLog the access log
 * @param logins how logins are checked, in repositories that ask for any
 * @param hosts the names by which clients know a repository that is at the root there; from the name in lower case, without a
 *     port, to the repository's; none
 * @param repositories the repositories by name, in the order they were written; exactly one is the default
 * @param fetch fetching
 * @param upstream the client towards upstream
 * @param verify when a server reads all files again by itself
 */
public record MirrorConfig(
        Path data,
        @Nullable Path state,
        boolean offline,
        HttpConfig http,
        @Nullable ListenAddress admin,
        TlsConfig tls,
        AccessLogConfig accessLog,
        LoginConfig logins,
        Map<String, String> hosts,
        Map<String, RepositoryConfig> repositories,
        FetchConfig fetch,
        UpstreamConfig upstream,
        VerifyConfig verify) {
    /** Copies the maps and keeps their order. */
    public MirrorConfig {
        hosts = Collections.unmodifiableMap(new LinkedHashMap<>(hosts));
        repositories = Collections.unmodifiableMap(new LinkedHashMap<>(repositories));
    }

    /** What holds where nothing is configured: the public PyPI on 127.0.0.1:8080. */
    public static MirrorConfig defaults() {
        RepositoryConfig pypi = RepositoryConfig.publicPypi();
        return new MirrorConfig(
                Path.of("permafrost-data"),
                null,
                false,
                HttpConfig.defaults(),
                null,
                TlsConfig.defaults(),
                AccessLogConfig.defaults(),
                LoginConfig.defaults(),
                Map.of(),
                Map.of(pypi.name(), pypi),
                FetchConfig.defaults(),
                UpstreamConfig.defaults(),
                VerifyConfig.defaults());
    }
}
