package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds in the clear holds under TLS, over HTTP/1.1 and HTTP/2 alike. */
class EncryptedClientsTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final IndexFile SMALL = IndexFile.sized("demo", 1_000);
    private static final IndexFile LARGE = IndexFile.sized("large", 5_000_003);
    private static final IndexFile WRONG = IndexFile.sized("wrong", 3_000_000);

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private CapturedLog log;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(SMALL).add(LARGE).add(WRONG).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).withTls().start();
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void pagesAndFilesAreTheSame(HttpClient.Version version) throws Exception {
        HttpClient client = client(version);
        HttpResponse<byte[]> page = get(client, "/simple/demo/");
        assertThat(page.version()).isEqualTo(version);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).isEqualTo(mirror.get("/simple/demo/").body().bytes());
        for (IndexFile file : List.of(SMALL, LARGE, SMALL, LARGE)) {
            HttpResponse<byte[]> response = get(client, file.path());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValueAsLong("Content-Length")).hasValue(file.bytes().length);
            assertThat(sha256(response.body())).isEqualTo(file.sha256());
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void rangesPreconditionsAndRefusalsAreTheSame(HttpClient.Version version) throws Exception {
        HttpClient client = client(version);
        get(client, LARGE.path());
        HttpResponse<byte[]> part = get(client, LARGE.path(), "Range", "bytes=1000000-2999999");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(LARGE.bytes(), 1_000_000, 3_000_000));
        HttpResponse<byte[]> parts = get(client, LARGE.path(), "Range", "bytes=0-99999,4000000-");
        assertThat(parts.statusCode()).isEqualTo(206);
        assertThat(parts.headers().firstValueAsLong("Content-Length")).hasValue(parts.body().length);
        assertThat(parts.body().length).isBetween(1_100_003, 1_101_000);
        assertThat(get(client, LARGE.path(), "Range", "bytes=9999999-").statusCode())
                .isEqualTo(416);
        assertThat(get(client, LARGE.path(), "If-None-Match", "\"" + LARGE.sha256() + "\"")
                        .statusCode())
                .isEqualTo(304);
        assertThat(get(client, "/simple/%00/").statusCode()).isEqualTo(400);
        assertThat(get(client, "/simple/nothing/").statusCode()).isEqualTo(404);
        HttpResponse<byte[]> head = client.send(
                request(LARGE.path())
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        HttpResponse<byte[]> post = client.send(
                request("/simple/")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(bytes(20_000)))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void manyAtOnce(HttpClient.Version version) throws Exception {
        HttpClient client = client(version);
        List<CompletableFuture<HttpResponse<byte[]>>> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            IndexFile file = i % 3 == 0 ? LARGE : SMALL;
            all.add(client.sendAsync(request(file.path()).build(), HttpResponse.BodyHandlers.ofByteArray()));
        }
        for (int i = 0; i < 60; i++) {
            HttpResponse<byte[]> response = all.get(i).get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertThat(sha256(response.body())).isEqualTo((i % 3 == 0 ? LARGE : SMALL).sha256());
        }
    }

    /** Bytes that turn out wrong never make a complete download, whatever carries them. */
    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aFileThatFailsIsNotCompleted(HttpClient.Version version) throws Exception {
        byte[] corrupt = WRONG.bytes().clone();
        corrupt[corrupt.length / 2] ^= 1;
        upstream.on(WRONG.path()).reply(Answer.ok(corrupt));
        HttpClient client = client(version);
        assertThatThrownBy(() -> {
                    HttpResponse<byte[]> response = get(client, WRONG.path());
                    assertThat(response.statusCode()).isEqualTo(502);
                    throw new IOException("refused before it began");
                })
                .isInstanceOf(IOException.class);
        assertThat(get(client, "/-/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void onlyTls12And13AreSpoken() throws Exception {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            assertThat(get(client(HttpClient.Version.HTTP_2, protocol), "/-/health/live")
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThatThrownBy(() -> get(client(HttpClient.Version.HTTP_2, "TLSv1.1"), "/-/health/live"))
                .isInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void theRootIsGivenOutAndStaysOverAStart(@TempDir Path other) throws Exception {
        String first;
        try (RunningMirror mine = RunningMirror.in(other).offline().withTls().start()) {
            first = mine.get("/-/ca.pem").body().text();
            assertThat(first).startsWith("-----BEGIN CERTIFICATE-----");
        }
        try (RunningMirror mine = RunningMirror.in(other).offline().withTls().start()) {
            assertThat(mine.get("/-/ca.pem").body().text()).isEqualTo(first);
        }
    }

    @Test
    void aHostOfItsOwnHasTheRepositoryAtItsRoot(@TempDir Path other) {
        try (RunningMirror mine =
                RunningMirror.in(other).from(upstream).host("pypi.local").start()) {
            assertThat(mine.connect()
                            .send("GET /simple/demo/ HTTP/1.1\r\nHost: PyPI.local:8080\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
            // there, the first segment is no repository's name
            assertThat(mine.connect()
                            .send("GET /pypi/simple/demo/ HTTP/1.1\r\nHost: pypi.local\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(404);
            assertThat(mine.get("/pypi/simple/demo/").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void aServerThatClosesFinishesWhatItSends(String version, @TempDir Path other) throws Exception {
        try (ScriptedUpstream from = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(LARGE).serve(from);
            from.on(LARGE.path()).reply(Answer.ok(LARGE.bytes()).slowly(4_000_000));
            RunningMirror mine =
                    RunningMirror.in(other.resolve("data")).from(from).withTls().start();
            Path file = other.resolve("file");
            try (Subprocess curl = Subprocess.command(
                            "curl",
                            "-sS",
                            version,
                            "--cacert",
                            other.resolve("data/tls/root.pem").toString(),
                            "-w",
                            "%{http_version} %{http_code}",
                            "-o",
                            file.toString(),
                            "https://localhost:" + mine.tlsPort() + LARGE.path())
                    .start()) {
                from.awaitRequest(LARGE.path(), SOON);
                Eventually.is(SOON, "some of it has come", () -> file.toFile().length() > 0);
                mine.close();
                assertThat(curl.await(SOON).orFail().out()).isEqualTo(version.endsWith("2") ? "2 200" : "1.1 200");
                assertThat(sha256(Files.readAllBytes(file))).isEqualTo(LARGE.sha256());
            } finally {
                mine.close();
            }
        }
    }

    private static HttpResponse<byte[]> get(HttpClient client, String path, String... fields) throws Exception {
        HttpRequest.Builder request = request(path);
        if (fields.length > 0) {
            request.headers(fields);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpRequest.Builder request(String path) {
        return request(mirror, path);
    }

    private static HttpRequest.Builder request(RunningMirror of, String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + of.tlsPort() + path))
                .timeout(SOON);
    }

    private static HttpClient client(HttpClient.Version version) throws Exception {
        return client(version, mirror, "TLSv1.3");
    }

    private static HttpClient client(HttpClient.Version version, String protocol) throws Exception {
        return client(version, mirror, protocol);
    }

    private static HttpClient client(HttpClient.Version version, RunningMirror of, String protocol) throws Exception {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(trusting(of.get("/-/ca.pem").body().text()))
                .sslParameters(parameters)
                .build();
    }

    private static SSLContext trusting(String pem) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry(
                "root",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static String sha256(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
