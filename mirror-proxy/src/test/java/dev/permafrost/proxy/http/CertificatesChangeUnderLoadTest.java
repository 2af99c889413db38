package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.tls.CertificateAuthority;
import dev.permafrost.proxy.tls.CertificateFiles;
import dev.permafrost.proxy.tls.TlsConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that are replaced while clients are at work: none of their requests fails, and the next ones see the new. */
class CertificatesChangeUnderLoadTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration YEAR = Duration.ofDays(365);
    private static final int REPLACEMENTS = 5;

    @TempDir
    Path folder;

    @Test
    void noRequestFailsAndTheNextConnectionSeesTheNewOne() throws Exception {
        CertificateAuthority authority =
                CertificateAuthority.init(folder.resolve("ca"), Set.of("one.local", "two.local"), null);
        Path one = put(authority, "one", "localhost", "one.local");
        Path two = put(authority, "two", "two.local");
        X509Certificate root = authority.root();
        SSLContext trusting = trusting(root);
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                .offline()
                .withTls(new TlsConfig(
                        List.of(new CertificateFiles(one, one, null), new CertificateFiles(two, two, null)),
                        TlsConfig.defaults().clientAuth(),
                        null,
                        Duration.ofMillis(100)))
                .start()) {
            AtomicBoolean enough = new AtomicBoolean();
            AtomicInteger answers = new AtomicInteger();
            Queue<String> faults = new ConcurrentLinkedQueue<>();
            List<Thread> clients = new ArrayList<>();
            for (HttpClient.Version version : HttpClient.Version.values()) {
                clients.add(new Thread(() -> hammer(mirror, trusting, version, true, enough, answers, faults)));
                clients.add(new Thread(() -> hammer(mirror, trusting, version, false, enough, answers, faults)));
            }
            clients.forEach(Thread::start);
            try (SSLSocket old = handshake(mirror, trusting, "one.local")) {
                for (int i = 0; i < REPLACEMENTS; i++) {
                    String before = serial(mirror, root, "one.local");
                    String other = serial(mirror, root, "two.local");
                    put(authority, "one", "localhost", "one.local");
                    Eventually.is(
                            SOON,
                            "the new one is shown",
                            () -> !serial(mirror, root, "one.local").equals(before));
                    assertThat(serial(mirror, root, "two.local")).isEqualTo(other);
                    put(authority, "two", "two.local");
                    Eventually.is(
                            SOON,
                            "by the other name too",
                            () -> !serial(mirror, root, "two.local").equals(other));
                }
                // a connection from before goes on
                old.getOutputStream()
                        .write("GET /-/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                assertThat(new String(old.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII))
                        .startsWith("HTTP/1.1 200")
                        .endsWith("alive\n");
            }
            enough.set(true);
            for (Thread client : clients) {
                client.join(SOON.toMillis());
                assertThat(client.isAlive()).isFalse();
            }
            assertThat(faults).isEmpty();
            assertThat(answers.get()).isGreaterThan(4 * REPLACEMENTS);
        }
    }

    /** Issues a new one and renames it over the old one, as a careful program does. */
    private Path put(CertificateAuthority authority, String name, String... names) throws IOException {
        Path issued = authority.issue(Files.createTempDirectory(folder, "issued"), List.of(names), YEAR);
        Path place = folder.resolve(name + ".pem");
        return Files.move(issued, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void hammer(
            RunningMirror mirror,
            SSLContext trusting,
            HttpClient.Version version,
            boolean keeps,
            AtomicBoolean enough,
            AtomicInteger answers,
            Queue<String> faults) {
        HttpClient client = client(trusting, version);
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("https://localhost:" + mirror.tlsPort() + "/-/health/live"))
                .timeout(SOON)
                .build();
        while (!enough.get()) {
            try {
                HttpResponse<String> response = (keeps ? client : client(trusting, version))
                        .send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200 || !response.body().equals("alive\n")) {
                    faults.add(version + ": " + response.statusCode());
                }
                answers.incrementAndGet();
                if (!keeps) {
                    // each of these clients is threads of its own
                    Thread.sleep(50);
                }
            } catch (IOException e) {
                faults.add(version + ": " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static HttpClient client(SSLContext trusting, HttpClient.Version version) {
        return HttpClient.newBuilder().version(version).sslContext(trusting).build();
    }

    private static SSLSocket handshake(RunningMirror mirror, SSLContext trusting, String name) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), mirror.tlsPort());
        SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket(plain, name, mirror.tlsPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static String serial(RunningMirror mirror, X509Certificate root, String name) {
        // a context of its own, since what is resumed shows what it has seen
        try (SSLSocket socket = handshake(mirror, trusting(root), name)) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext trusting(X509Certificate root) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("root", root);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
