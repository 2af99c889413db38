package dev.permafrost.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small CA: what it issues passes the strictest checks, and it issues for nothing else than its own names. */
class RootVouchesForItsOwnTest {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private CertificateAuthority authority;

    @BeforeEach
    void init() {
        authority = CertificateAuthority.init(folder, Set.of("pypi.local", "203.0.113.7"), null);
    }

    @Test
    void opensslFindsNothingAmissEvenIfStrict() {
        Path server = authority.issue(
                folder,
                List.of("pypi.local", "*.pypi.local", "a.b.pypi.local", "10.1.2.3", "203.0.113.7", "::1"),
                YEAR);
        Subprocess.command(
                        "openssl",
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "sslserver",
                        "-verify_hostname",
                        "x.pypi.local",
                        "-CAfile",
                        folder.resolve("root.pem").toString(),
                        server.toString())
                .run(SOON)
                .orFail();
        String text = Subprocess.command("openssl", "x509", "-noout", "-text", "-in", server.toString())
                .run(SOON)
                .orFail()
                .out();
        assertThat(text)
                .contains("X509v3 Key Usage: critical")
                .contains("X509v3 Authority Key Identifier")
                .contains("X509v3 Subject Key Identifier")
                .contains("IP Address:10.1.2.3", "DNS:a.b.pypi.local");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pypi.org", "local", "xpypi.local", "8.8.8.8", "203.0.113.8", "2001:db8::1"})
    void whatTheRootMayNotVouchForIsRefusedWithTheRemedy(String name) {
        assertThatThrownBy(() -> authority.issue(folder, List.of(name), YEAR))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.BAD_REQUEST))
                .hasMessageContaining(name)
                .hasMessageContaining("pypi.local")
                .hasMessageContaining("--permit " + name);
    }

    /** A leaked root is worth nothing for other names: openssl itself refuses them. */
    @Test
    void clientsRefuseOtherNamesTheRootHasSignedFor() throws Exception {
        Path other = folder.resolve("other");
        CertificateAuthority wide = CertificateAuthority.init(other, Set.of("example.org"), null);
        assertThat(CertificateAuthority.permitted(wide.root())).contains("example.org", "10.0.0.0/8", "localhost");
        Path server = wide.issue(other, List.of("example.org"), YEAR);
        Subprocess.Result result = Subprocess.command(
                        "openssl",
                        "verify",
                        "-x509_strict",
                        "-CAfile",
                        folder.resolve("root.pem").toString(),
                        server.toString())
                .run(SOON);
        assertThat(result.exit()).isNotZero();
    }

    @Test
    void keysAreForTheirOwnerAlone() throws Exception {
        Path server = authority.issue(folder, List.of("pypi.local"), YEAR);
        for (Path file : List.of(folder.resolve("root-key.pem"), server)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
        assertThat(Files.readString(folder.resolve("root.pem"))).doesNotContain("PRIVATE");
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aRootIsNeverWrittenOver() {
        assertThatThrownBy(() -> CertificateAuthority.init(folder, Set.of(), null))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_EXISTS));
    }

    @Test
    void aPassphraseIsNeededAgain() throws Exception {
        Path other = folder.resolve("other");
        CertificateAuthority.init(other, Set.of(), "correct horse".toCharArray());
        assertThat(Files.readString(other.resolve("root-key.pem"))).contains("BEGIN ENCRYPTED PRIVATE KEY");
        assertThat(CertificateAuthority.open(other, "correct horse".toCharArray())
                        .issue(other, List.of("localhost"), YEAR))
                .exists();
        assertThatThrownBy(() -> CertificateAuthority.open(other, null)).hasMessageContaining("passphrase");
        assertThatThrownBy(() -> CertificateAuthority.open(other, "wrong".toCharArray()))
                .hasMessageContaining("passphrase")
                .hasMessageNotContaining("wrong");
    }

    @Test
    void whatEndsSoonIsRenewedForTheSameNames() {
        Path soon = authority.issue(folder, List.of("soon.pypi.local", "10.0.0.9"), Duration.ofDays(20));
        authority.issue(folder, List.of("late.pypi.local"), YEAR);
        X509Certificate before = PemFiles.certificates(soon).get(0);
        assertThat(authority.renew(folder, Duration.ofDays(30), YEAR)).containsExactly(soon);
        X509Certificate after = PemFiles.certificates(soon).get(0);
        assertThat(Identity.names(after)).isEqualTo(Identity.names(before));
        assertThat(after.getNotAfter().toInstant()).isAfter(Instant.now().plus(Duration.ofDays(300)));
        assertThat(after.getPublicKey()).isNotEqualTo(before.getPublicKey());
        assertThat(authority.renew(folder, Duration.ofDays(30), YEAR)).isEmpty();
    }

    /** Python makes these checks by default from 3.13 on. */
    @Test
    void pythonsStrictVerificationIsContent() {
        Path server = authority.issue(folder, List.of("localhost", "127.0.0.1"), YEAR);
        assertThat(pythonConnects(server, "localhost", "127.0.0.1")).isEqualTo("well\nwell\n");
    }

    /** Without a DNS name among the others, OpenSSL takes a common name for one and holds it against the root's constraints. */
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.7", "203.0.113.7", "::1", "fd00::7"})
    void aServerThatHasAnAddressOnlyIsVouchedForToo(String address) {
        Path server = authority.issue(folder, List.of(address), YEAR);
        Subprocess.command(
                        "openssl",
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "sslserver",
                        "-verify_ip",
                        address,
                        "-CAfile",
                        folder.resolve("root.pem").toString(),
                        server.toString())
                .run(SOON)
                .orFail();
        assertThat(pythonConnects(server, address)).isEqualTo("well\n");
        // and it is renewed as one
        assertThat(authority.renew(folder, YEAR.plusDays(1), YEAR)).containsExactly(server);
        assertThat(pythonConnects(server, address)).isEqualTo("well\n");
    }

    @Test
    void anAddressMayComeBeforeAName() {
        Path server = authority.issue(folder, List.of("10.0.0.7", "localhost"), YEAR);
        assertThat(pythonConnects(server, "10.0.0.7", "localhost")).isEqualTo("well\nwell\n");
    }

    /** What Python gets from a server with that certificate that it asks for by each of these names. */
    private String pythonConnects(Path server, String... names) {
        String script = """
                import socket, ssl, sys, threading
                server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                server.load_cert_chain(sys.argv[2])
                client = ssl.create_default_context(cafile=sys.argv[1])
                client.verify_flags |= ssl.VERIFY_X509_STRICT
                for name in sys.argv[3:]:
                    a, b = socket.socketpair()
                    def serve():
                        with server.wrap_socket(b, server_side=True) as s:
                            s.sendall(b"well")
                    thread = threading.Thread(target=serve, daemon=True)
                    thread.start()
                    with client.wrap_socket(a, server_hostname=name) as c:
                        print(c.recv(4).decode())
                    thread.join()
                """;
        List<String> command = new ArrayList<>(
                List.of("python3", "-c", script, folder.resolve("root.pem").toString(), server.toString()));
        command.addAll(List.of(names));
        return Subprocess.command(command.toArray(String[]::new))
                .run(SOON)
                .orFail()
                .out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "-x", "a..b", "http://a", "a:80", "*.*.a", "x/../y"})
    void whatIsNoNameIsSaidToBeNone(String name) {
        assertThatThrownBy(() -> authority.issue(folder, List.of(name), YEAR))
                .hasMessageContaining("neither a DNS name");
    }
}
