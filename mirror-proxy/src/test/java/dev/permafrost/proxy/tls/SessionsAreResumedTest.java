package dev.permafrost.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.PrivateRoot;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyTlsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes back need not begin anew, as long as its ticket's key is kept, and its certificate's root is trusted. */
class SessionsAreResumedTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration YEAR = Duration.ofDays(365);
    /** How many keys are good for tickets. */
    private static final int KEYS = 12;

    @TempDir
    Path folder;

    private CertificateAuthority authority;
    private Path server;
    private Path clientCa;

    @BeforeEach
    void issue() throws IOException {
        authority = CertificateAuthority.init(folder.resolve("ca"), Set.of("localhost"), null);
        server = folder.resolve("server.pem");
        clientCa = folder.resolve("clients.pem");
        put();
    }

    private void put() throws IOException {
        Path issued = authority.issue(Files.createTempDirectory(folder, "issued"), List.of("localhost"), YEAR);
        Files.move(issued, server, StandardCopyOption.REPLACE_EXISTING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void whateverTheServerShowsByThen(String version) throws IOException {
        try (TlsContexts contexts = contexts(TlsConfig.ClientAuthentication.NONE, null);
                TinyTlsServer shown = new TinyTlsServer(contexts)) {
            assertThat(connect(shown, version, null)).contains("New, TLSv1.", "well");
            assertThat(connect(shown, version, null)).contains("Reused, TLSv1.", "well");
            put();
            contexts.reload();
            assertThat(connect(shown, version, null)).contains("Reused, TLSv1.", "well");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void asLongAsTheKeyOfItsTicketIsKept(String version) throws IOException {
        try (TlsContexts contexts = contexts(TlsConfig.ClientAuthentication.NONE, null);
                TinyTlsServer shown = new TinyTlsServer(contexts)) {
            assertThat(connect(shown, version, null)).contains("New, TLSv1.", "well");
            Path first = Files.copy(folder.resolve("session"), folder.resolve("first"));
            for (int i = 1; i < KEYS; i++) {
                contexts.rotate();
            }
            assertThat(connect(shown, version, null)).contains("Reused, TLSv1.", "well");
            contexts.rotate();
            Files.copy(first, folder.resolve("session"), StandardCopyOption.REPLACE_EXISTING);
            assertThat(connect(shown, version, null)).contains("New, TLSv1.", "well");
        }
    }

    /** Whom the new root does not vouch for must not come in by a ticket from before. */
    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void notUnderAnotherRootOfClients(String version) throws IOException {
        PrivateRoot old = new PrivateRoot("old");
        PrivateRoot other = new PrivateRoot("other");
        Path one = old.client(folder, "one");
        Path two = other.client(folder, "two");
        Files.copy(old.write(folder), clientCa);
        try (TlsContexts contexts = contexts(TlsConfig.ClientAuthentication.REQUIRED, clientCa);
                TinyTlsServer shown = new TinyTlsServer(contexts)) {
            assertThat(connect(shown, version, one)).contains("New, TLSv1.", "well");
            assertThat(connect(shown, version, one)).contains("Reused, TLSv1.", "well");
            put();
            contexts.reload();
            assertThat(connect(shown, version, one)).contains("Reused, TLSv1.", "well");
            Files.copy(other.write(folder), clientCa, StandardCopyOption.REPLACE_EXISTING);
            contexts.reload();
            assertThat(connect(shown, version, one)).doesNotContain("well");
            Files.delete(folder.resolve("session"));
            assertThat(connect(shown, version, two)).contains("New, TLSv1.", "well");
            assertThat(connect(shown, version, null)).contains("Reused, TLSv1.", "well");
        }
    }

    @Test
    void whatATicketSaysOfItsLife() throws IOException {
        try (TlsContexts contexts = contexts(TlsConfig.ClientAuthentication.NONE, null);
                TinyTlsServer shown = new TinyTlsServer(contexts)) {
            // docs/TLS.md tells of both
            assertThat(connect(shown, "-tls1_2", null)).contains("ticket lifetime hint: 3600 (seconds)");
            Files.delete(folder.resolve("session"));
            assertThat(connect(shown, "-tls1_3", null)).contains("ticket lifetime hint: 172800 (seconds)");
        }
    }

    private TlsContexts contexts(TlsConfig.ClientAuthentication asks, @Nullable Path ca) {
        return TlsContexts.of(
                new TlsConfig(List.of(new CertificateFiles(server, server, null)), asks, ca, Duration.ofHours(1)),
                null);
    }

    /** What openssl tells of a connection; it keeps the session, and resumes the one that it has kept. */
    private String connect(TinyTlsServer to, String version, @Nullable Path certificate) {
        Path session = folder.resolve("session");
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "echo hello | exec openssl s_client \"$@\"",
                "s_client",
                "-connect",
                "127.0.0.1:" + to.port(),
                "-CAfile",
                folder.resolve("ca/root.pem").toString(),
                "-verify_return_error",
                "-ign_eof",
                version,
                "-sess_out",
                session.toString()));
        if (Files.exists(session)) {
            command.addAll(List.of("-sess_in", session.toString()));
        }
        if (certificate != null) {
            command.addAll(List.of("-cert", certificate.toString(), "-key", certificate.toString()));
        }
        return Subprocess.command(command).run(SOON).out();
    }
}
