package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.PrivateRoot;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.tls.CertificateAuthority;
import dev.permafrost.proxy.tls.CertificateFiles;
import dev.permafrost.proxy.tls.TlsConfig;
import dev.permafrost.proxy.tls.TlsConfig.ClientAuthentication;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that must, or may, show a certificate: who they are is in the access log, and whom the root does not know is sent away. */
class ClientsShowCertificatesTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Path server;
    private Path roots;
    private Path alice;
    private Path mallory;
    private CapturedLog log;

    @BeforeEach
    void issue() {
        server = CertificateAuthority.init(folder.resolve("ca"), Set.of("localhost"), null)
                .issue(folder.resolve("ca"), List.of("localhost"), Duration.ofDays(30));
        PrivateRoot known = new PrivateRoot("known");
        roots = known.write(folder);
        alice = known.client(folder, "alice");
        mallory = new PrivateRoot("unknown").client(folder, "mallory");
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @ParameterizedTest
    @CsvSource({
        "--http1.1,--tlsv1.3,REQUIRED",
        "--http1.1,--tlsv1.2,REQUIRED",
        "--http2,--tlsv1.3,REQUIRED",
        "--http1.1,--tlsv1.3,OPTIONAL",
        "--http2,--tlsv1.3,OPTIONAL",
        "--http2,--tlsv1.2,OPTIONAL"
    })
    void areKnownByThem(String http, String tls, ClientAuthentication asks) {
        Path access = folder.resolve("access.log");
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                .offline()
                .accessLog(new AccessLogConfig(access, AccessLogConfig.Format.COMBINED, 0, 0))
                .withTls(new TlsConfig(
                        List.of(new CertificateFiles(server, server, null)), asks, roots, Duration.ofHours(1)))
                .start()) {
            String version = http.equals("--http2") ? "2" : "1.1";
            Subprocess.Result known = curl(mirror, http, tls, alice);
            assertThat(known.orFail().out()).isEqualTo("alive\n" + version + " 200");
            Subprocess.Result stranger = curl(mirror, http, tls, mallory);
            assertThat(stranger.exit()).isNotZero();
            assertThat(stranger.out()).doesNotContain("alive");
            Subprocess.Result nobody = curl(mirror, http, tls, null);
            if (asks == ClientAuthentication.REQUIRED) {
                assertThat(nobody.exit()).isNotZero();
                assertThat(nobody.out()).doesNotContain("alive");
            } else {
                assertThat(nobody.orFail().out()).isEqualTo("alive\n" + version + " 200");
            }
            Eventually.is(
                    SOON,
                    "the log has a line of alice",
                    () -> access.toFile().exists() && contentOf(access.toFile()).contains("127.0.0.1 - CN=alice ["));
            if (asks == ClientAuthentication.OPTIONAL) {
                Eventually.is(
                        SOON,
                        "and one of nobody",
                        () -> contentOf(access.toFile()).contains("127.0.0.1 - - ["));
            }
            assertThat(contentOf(access.toFile())).doesNotContain("mallory");
        }
    }

    private Subprocess.Result curl(RunningMirror mirror, String http, String tls, @Nullable Path certificate) {
        List<String> command = new ArrayList<>(List.of(
                "curl",
                "-sS",
                http,
                tls,
                "--tls-max",
                tls.substring("--tlsv".length()),
                "--cacert",
                folder.resolve("ca/root.pem").toString(),
                "-w",
                "%{http_version} %{http_code}",
                "https://localhost:" + mirror.tlsPort() + "/-/health/live"));
        if (certificate != null) {
            command.addAll(List.of("--cert", certificate.toString()));
        }
        return Subprocess.command(command).run(SOON);
    }
}
