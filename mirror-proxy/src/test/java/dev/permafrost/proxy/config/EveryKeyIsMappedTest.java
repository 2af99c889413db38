package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.http.Listener;
import dev.permafrost.proxy.http.TrustedProxies;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.PolicyConfig;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.UpstreamProxy;
import dev.permafrost.proxy.repo.UpstreamTls;
import dev.permafrost.proxy.repo.YumConfig;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.tls.CertificateFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each component of each record is filled from a key of its own. */
final class EveryKeyIsMappedTest {
    private static final String FULL = """
            data: /srv/permafrost
            state: /var/lib/permafrost
            offline: true
            listen: ["0.0.0.0:80", {address: "[::1]:8081", tls: auto}, {address: ":0", tls: files}]
            admin: 127.0.0.1:9090
            tls:
              certificates: [/etc/both.pem, {chain: /etc/chain.pem, key: /etc/key.pem, passphrase-file: /etc/pass}]
              client-auth: optional
              client-ca: /etc/clients.pem
              reload-interval: 1m
            access-log:
              file: /var/log/access.log
              format: json
              rotate-bytes: 1MiB
              keep-files: 0
            logins:
              remember: 6m
              checks-max: 3
              failures-max: 11
              failures-window: 1h
              lockout: 31s
              lockout-max: 1d
              user-delay-max: 0s
              reload-interval: 10s
            hosts: {PyPI.local: wheels, files.local: held}
            http:
              request-line-bytes-max: 4KiB
              header-bytes-max: 32000
              idle-timeout: 20s
              write-progress-timeout: 2m
              connections-max: 500
              streams-max: 7
              page-cache-bytes-max: 1GB
              trusted-proxies: [10.0.0.0/8, "::1", unix]
              path-prefix: /mirror/
              headers-max: 50
              connections-per-address-max: 0
              requests-per-connection-max: 10
              write-bytes-per-second-min: 2KiB
              write-slow-window: 10s
              shutdown-delay: 5s
              shutdown-timeout: 1m
            repositories:
              wheels:
                format: pypi
                default: true
                upstream: http://127.0.0.1:9000/simple
                page-ttl: 1d
                fallback: https://pypi.example.org/simple
                trusted-hosts: [Files.Example.org, "[fd00::1]"]
                auth:
                  users: /etc/users
                  tokens: /etc/tokens
                  read: authenticated
                  write: [alice, ci]
                uploads:
                  overwrite: true
                  bytes-max: 3MiB
                upstream-auth: {user: me, password-file: /etc/upstream-password}
                upstream-tls:
                  certificate: /etc/client.pem
                  key: /etc/client-key.pem
                  passphrase-file: /etc/client-pass
                  ca: /etc/upstream-ca.pem
                  system-ca: false
                proxy: http://us:p%40ss@proxy.example.org
                policy:
                  rules:
                    - deny: {project: "evil-*"}
                    - allow: {project: [numpy, "my-*"], versions: ">=1.20,<2", larger-than: 1MiB}
                  default: deny
                  refuse-with: 404
                  minimum-age: 7d
                  minimum-age-except: "my-*"
              held:
                publish: /srv/wheels
                publish-link: true
              all: {sources: [held, wheels], combine: merge, pins: {held: ["acme-*", glacier]}, auth: {users: /etc/users, read: authenticated}}
            fetch:
              page-wait: 250ms
              failure-ttl: 6s
              absent-ttl: 2h
              flights-max: 65
              blocking-threads: 17
              open-files-max: 513
              resume-min-bytes: 2MiB
            upstream:
              connections-max: 33
              connect-timeout: 11s
              idle-timeout: 26s
              progress-timeout: 61s
              min-bytes-per-second: 0
              slow-window: 6m
              redirects-max: 6
              retries-max: 3
              header-bytes-max: 64KiB
            verify: {every: 7d, rate: 30MiB}
            """;

    @TempDir
    Path folder;

    private MirrorConfig config = MirrorConfig.defaults();

    @BeforeEach
    void load() {
        config = new ConfigFiles(folder).load(FULL);
    }

    @Test
    void noComponentKeepsItsDefault() {
        MirrorConfig defaults = MirrorConfig.defaults();
        assertAllDiffer(config, defaults);
        assertAllDiffer(config.http(), defaults.http());
        assertAllDiffer(config.accessLog(), defaults.accessLog());
        assertAllDiffer(config.logins(), defaults.logins());
        assertAllDiffer(config.repositories().values().iterator().next().auth(), RepositoryAuth.defaults());
        assertAllDiffer(config.repositories().values().iterator().next().upstreamTls(), UpstreamTls.defaults());
        assertAllDiffer(config.repositories().values().iterator().next().policy(), PolicyConfig.defaults());
        assertAllDiffer(config.tls(), defaults.tls());
        assertAllDiffer(config.fetch(), defaults.fetch());
        assertAllDiffer(config.upstream(), defaults.upstream());
        assertAllDiffer(config.verify(), defaults.verify());
        // What is for RPMs is read in a test of its own; and what has an upstream has no sources.
        assertThat(ConfigFiles.compare(
                        config.repositories().values().iterator().next(), RepositoryConfig.defaults("other")))
                .filteredOn(difference -> difference.one().equals(difference.other()))
                .extracting(ConfigFiles.Difference::component)
                .containsExactly("format", "sources", "yum");
    }

    @Test
    void theValuesAreThoseWritten() {
        assertThat(config.data()).isEqualTo(Path.of("/srv/permafrost"));
        assertThat(config.state()).isEqualTo(Path.of("/var/lib/permafrost"));
        assertThat(config.http().listen())
                .containsExactly(
                        new Listener(new ListenAddress("0.0.0.0", 80), Listener.Security.PLAIN),
                        new Listener(new ListenAddress("::1", 8081), Listener.Security.AUTO),
                        new Listener(new ListenAddress(ListenAddress.ANY, 0), Listener.Security.FILES));
        assertThat(config.admin()).isEqualTo(new ListenAddress("127.0.0.1", 9090));
        assertThat(config.hosts()).isEqualTo(Map.of("pypi.local", "wheels", "files.local", "held"));
        assertThat(config.tls().certificates())
                .containsExactly(
                        new CertificateFiles(Path.of("/etc/both.pem"), Path.of("/etc/both.pem"), null),
                        new CertificateFiles(Path.of("/etc/chain.pem"), Path.of("/etc/key.pem"), Path.of("/etc/pass")));
        assertThat(config.http().requestLineBytesMax()).isEqualTo(4096);
        assertThat(config.http().headerBytesMax()).isEqualTo(32_000);
        assertThat(config.http().pageCacheBytesMax()).isEqualTo(1_000_000_000);
        assertThat(config.logins().remember()).isEqualTo(Duration.ofMinutes(6));
        assertThat(config.logins().userDelayMax()).isZero();
        assertThat(config.http().trustedProxies())
                .isEqualTo(TrustedProxies.of(Stream.of("10.0.0.0/8", "::1", "unix")
                        .map(TrustedProxies::parse)
                        .toList()));
        assertThat(config.http().pathPrefix()).isEqualTo("/mirror");
        assertThat(config.fetch().pageWait()).isEqualTo(Duration.ofMillis(250));
        assertThat(config.fetch().absentTtl()).isEqualTo(Duration.ofHours(2));
        assertThat(config.fetch().resumeMinBytes()).isEqualTo(2 << 20);
        assertThat(config.upstream().minBytesPerSecond()).isZero();
        assertThat(config.repositories())
                .containsOnlyKeys("wheels", "held", "all")
                .containsEntry(
                        "held",
                        Records.with(
                                RepositoryConfig.defaults("held"),
                                "uploads",
                                new UploadConfig(
                                        UploadConfig.defaults().overwrite(),
                                        UploadConfig.defaults().bytesMax(),
                                        Path.of("/srv/wheels"),
                                        true)))
                .containsEntry(
                        "wheels",
                        new RepositoryConfig(
                                "wheels",
                                "pypi",
                                true,
                                URI.create("http://127.0.0.1:9000/simple/"),
                                Duration.ofDays(1),
                                Set.of("files.example.org", "fd00::1"),
                                new RepositoryAuth(
                                        Path.of("/etc/users"),
                                        Path.of("/etc/tokens"),
                                        Audience.AUTHENTICATED,
                                        Audience.of(Set.of("alice", "ci"))),
                                new UploadConfig(true, 3 << 20, null, false),
                                new UpstreamAuth.Basic("me", new SecretSource.File(Path.of("/etc/upstream-password"))),
                                new UpstreamTls(
                                        Path.of("/etc/client.pem"),
                                        Path.of("/etc/client-key.pem"),
                                        Path.of("/etc/client-pass"),
                                        Path.of("/etc/upstream-ca.pem"),
                                        false),
                                new UpstreamProxy.Through("proxy.example.org", 3128, "us", Secret.of("p@ss")),
                                new PolicyConfig(
                                        List.of(
                                                new PolicyConfig.Rule(
                                                        false,
                                                        Map.of("project", List.of("evil-*")),
                                                        "deny: {project: \"evil-*\"}"),
                                                new PolicyConfig.Rule(
                                                        true,
                                                        Map.of(
                                                                "project", List.of("numpy", "my-*"),
                                                                "versions", List.of(">=1.20,<2"),
                                                                "larger-than", List.of("1048576")),
                                                        "allow: {project: [numpy, \"my-*\"], versions: \">=1.20,<2\","
                                                                + " larger-than: 1MiB}")),
                                        false,
                                        true,
                                        Duration.ofDays(7),
                                        List.of("my-*")),
                                SourcesConfig.none(),
                                YumConfig.none(),
                                URI.create("https://pypi.example.org/simple/")));
    }

    @Test
    void aRepositoryMayBeMadeOfOthers() {
        assertThat(Objects.requireNonNull(config.repositories().get("all")).sources())
                .isEqualTo(new SourcesConfig(
                        List.of("held", "wheels"), true, Map.of("held", List.of("acme-*", "glacier"))));
    }

    @Test
    void everyWayToLogInUpstreamHasAKey() {
        Secret secret = Secret.of("s3cret");
        assertThat(loginOf("upstream-auth: {user: me, password: s3cret}"))
                .isEqualTo(new UpstreamAuth.Basic("me", new SecretSource.Inline(secret)));
        assertThat(loginOf("upstream-auth: {user: me, password-env: WORD}"))
                .isEqualTo(new UpstreamAuth.Basic("me", new SecretSource.Environment("WORD")));
        assertThat(loginOf("upstream-auth: {token: s3cret}"))
                .isEqualTo(new UpstreamAuth.Basic("__token__", new SecretSource.Inline(secret)));
        assertThat(loginOf("upstream-auth: {token-env: WORD, scheme: basic}"))
                .isEqualTo(new UpstreamAuth.Basic("__token__", new SecretSource.Environment("WORD")));
        assertThat(loginOf("upstream-auth: {token-file: token, scheme: bearer}"))
                .isEqualTo(new UpstreamAuth.Bearer(new SecretSource.File(folder.resolve("token"))));
        assertThat(loginOf("upstream-auth: {netrc: /etc/upstream.netrc}"))
                .isEqualTo(new UpstreamAuth.Netrc(Path.of("/etc/upstream.netrc")));
    }

    private UpstreamAuth loginOf(String lines) {
        RepositoryConfig repository = new ConfigFiles(folder)
                .load("repositories: {a: {upstream: 'https://h/', " + lines + "}}")
                .repositories()
                .get("a");
        return Objects.requireNonNull(repository).upstreamAuth();
    }

    @Test
    void aLoginInAnUpstreamsUrlIsTakenOut() {
        RepositoryConfig repository = Objects.requireNonNull(new ConfigFiles(folder)
                .load("repositories: {a: {upstream: 'https://me:p%40%C3%A9@example.org:8443/a@b/simple'}}")
                .repositories()
                .get("a"));
        assertThat(repository.upstream()).isEqualTo(URI.create("https://example.org:8443/a@b/simple/"));
        assertThat(repository.upstreamAuth())
                .isEqualTo(new UpstreamAuth.Basic("me", new SecretSource.Inline(Secret.of("p@é"))));
        assertThat(repository.toString()).doesNotContain("p@", "p%40");
    }

    @Test
    void noProxyIsSaidByNone() {
        assertThat(new ConfigFiles(folder)
                        .load("repositories: {a: {upstream: 'https://h/', proxy: none}}")
                        .repositories()
                        .get("a"))
                .extracting(RepositoryConfig::proxy)
                .isEqualTo(new UpstreamProxy.Direct());
    }

    @Test
    void eachKeyWorksAsSet() {
        MirrorConfig set = new ConfigFiles(folder.resolve("none"))
                .loadWithout(
                        "data=/srv/permafrost",
                        "state=/var/lib/permafrost",
                        "offline=true",
                        "listen=[\"0.0.0.0:80\", {address: \"[::1]:8081\", tls: auto}, {address: \":0\", tls: files}]",
                        "admin=127.0.0.1:9090",
                        "tls.certificates=[/etc/both.pem, {chain: /etc/chain.pem, key: /etc/key.pem, passphrase-file:"
                                + " /etc/pass}]",
                        "tls.client-auth=optional",
                        "tls.client-ca=/etc/clients.pem",
                        "tls.reload-interval=1m",
                        "access-log={file: /var/log/access.log, format: json, rotate-bytes: 1MiB, keep-files: 0}",
                        "logins={remember: 6m, checks-max: 3, failures-max: 11, failures-window: 1h, lockout: 31s,"
                                + " lockout-max: 1d, user-delay-max: 0s, reload-interval: 10s}",
                        "hosts={PyPI.local: wheels, files.local: held}",
                        "http={request-line-bytes-max: 4KiB, header-bytes-max: 32000, idle-timeout: 20s,"
                                + " write-progress-timeout: 2m, connections-max: 500, streams-max: 7, page-cache-bytes-max: 1GB,"
                                + " trusted-proxies: [10.0.0.0/8, \"::1\", unix], path-prefix: /mirror/,"
                                + " headers-max: 50, connections-per-address-max: 0, requests-per-connection-max: 10,"
                                + " write-bytes-per-second-min: 2KiB, write-slow-window: 10s, shutdown-delay: 5s,"
                                + " shutdown-timeout: 1m}",
                        "repositories={held: {publish: /srv/wheels, publish-link: true}}",
                        "repositories.wheels.format=pypi",
                        "repositories.wheels.default=true",
                        "repositories.wheels.upstream=http://127.0.0.1:9000/simple",
                        "repositories.wheels.page-ttl=1d",
                        "repositories.wheels.fallback=https://pypi.example.org/simple",
                        "repositories.wheels.trusted-hosts=[Files.Example.org, \"[fd00::1]\"]",
                        "repositories.wheels.auth={users: /etc/users, tokens: /etc/tokens, read: authenticated}",
                        "repositories.wheels.auth.write=[alice, ci]",
                        "repositories.wheels.uploads={overwrite: true, bytes-max: 3MiB}",
                        "repositories.wheels.upstream-auth={user: me, password-file: /etc/upstream-password}",
                        "repositories.wheels.upstream-tls={certificate: /etc/client.pem, key: /etc/client-key.pem,"
                                + " passphrase-file: /etc/client-pass, ca: /etc/upstream-ca.pem, system-ca: false}",
                        "repositories.wheels.proxy=http://us:p%40ss@proxy.example.org",
                        "repositories.wheels.policy={rules: [{deny: {project: \"evil-*\"}}, {allow: {project: [numpy,"
                                + " \"my-*\"], versions: \">=1.20,<2\", larger-than: 1MiB}}], default: deny}",
                        "repositories.wheels.policy.refuse-with=404",
                        "repositories.wheels.policy.minimum-age=7d",
                        "repositories.wheels.policy.minimum-age-except=my-*",
                        "repositories.all.sources=[held, wheels]",
                        "repositories.all.combine=merge",
                        "repositories.all.pins.held=[\"acme-*\", glacier]",
                        "repositories.all.auth={users: /etc/users, read: authenticated}",
                        "fetch.page-wait=250ms",
                        "fetch.failure-ttl=6s",
                        "fetch.absent-ttl=2h",
                        "fetch.flights-max=65",
                        "fetch.blocking-threads=17",
                        "fetch.open-files-max=513",
                        "fetch.resume-min-bytes=2MiB",
                        "upstream.connections-max=33",
                        "upstream.connect-timeout=11s",
                        "upstream.idle-timeout=26s",
                        "upstream.progress-timeout=61s",
                        "upstream.min-bytes-per-second=0",
                        "upstream.slow-window=6m",
                        "upstream.redirects-max=6",
                        "upstream.retries-max=3",
                        "upstream.header-bytes-max=64KiB",
                        "verify={every: 7d, rate: 30MiB}");
        assertThat(set).isEqualTo(config);
    }

    @Test
    void theListOfKeysHoldsThemAll() {
        List<String> sections = List.of("http", "tls", "access-log", "logins", "fetch", "upstream");
        MirrorConfig defaults = MirrorConfig.defaults();
        for (String section : sections) {
            Record record = switch (section) {
                case "access-log" -> defaults.accessLog();
                case "logins" -> defaults.logins();
                case "tls" -> defaults.tls();
                case "http" -> defaults.http();
                case "fetch" -> defaults.fetch();
                default -> defaults.upstream();
            };
            assertThat(ConfigFiles.compare(record, record))
                    .extracting(ConfigFiles.Difference::key)
                    .filteredOn(key -> !key.equals("listen"))
                    .allSatisfy(key -> assertThat(ConfigBinder.PATHS).contains(section + "." + key));
        }
    }

    private static void assertAllDiffer(Record config, Record defaults) {
        assertThat(ConfigFiles.compare(config, defaults))
                .allSatisfy(difference ->
                        assertThat(difference.one()).as(difference.component()).isNotEqualTo(difference.other()));
    }
}
