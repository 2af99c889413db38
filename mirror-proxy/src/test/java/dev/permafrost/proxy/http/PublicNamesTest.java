package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A site that points the public names of an index and of its file host at one server by DNS. */
class PublicNamesTest {
    private static final String INDEX = "pypi.org";
    private static final String FILES = "files.pythonhosted.org";
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[300_000]);

    @TempDir
    static Path folder;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
        mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .withTls()
                .host(INDEX, FILES)
                .start();
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    /** One certificate for both names, and a file by the URL that lock files have, whose page nobody has asked for. */
    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void bothNamesAnswerUnderTheirOwnUrls(String version) {
        String out = curl(
                version,
                "-w",
                "%{http_code} %{size_download} %{num_connects}\\n",
                "-o",
                folder.resolve("file").toString(),
                "https://" + FILES + FILE.path(),
                "-o",
                folder.resolve("page").toString(),
                "https://" + INDEX + "/simple/demo/",
                "-o",
                folder.resolve("again").toString(),
                "https://" + INDEX + FILE.path());
        assertThat(out.lines().toList()).hasSize(3).allMatch(line -> line.startsWith("200 "));
        assertThat(out).startsWith("200 300000 ").contains("\n200 300000 ");
    }

    @Test
    void theNamesAreNoPrefixesThere() {
        assertThat(curl("-o", "/dev/null", "-w", "%{http_code}", "https://" + FILES + "/pypi/simple/demo/"))
                .isEqualTo("404");
        assertThat(mirror.get("/pypi/simple/demo/").status()).isEqualTo(200);
    }

    @Test
    void aClientWithoutAHostFieldIsKnownByItsHandshake() throws Exception {
        // there, the first segment is no repository's name
        assertThat(overTls(INDEX, "GET /pypi/simple/demo/ HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(overTls("localhost", "GET /pypi/simple/demo/ HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        // the Host field counts for more
        assertThat(overTls(INDEX, "GET /pypi/simple/demo/ HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ");
        assertThat(overTls(
                        "localhost",
                        "GET /pypi/simple/demo/ HTTP/1.1\r\nHost: " + INDEX + ":443\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ");
    }

    @Test
    void inTheClearItGoesByTheHostAlone() {
        try (RawHttp client = mirror.connect()) {
            assertThat(client.send("GET " + FILE.path() + " HTTP/1.1\r\nHost: " + FILES + "\r\n\r\n")
                            .read()
                            .body()
                            .sha256())
                    .isEqualTo(FILE.sha256());
        }
    }

    private static String overTls(String server, String request) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsAnybody()}, new SecureRandom());
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", mirror.tlsPort())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(server)));
            socket.setSSLParameters(parameters);
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(200), StandardCharsets.ISO_8859_1);
        }
    }

    private static String curl(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "curl", "-sS", "--cacert", folder.resolve("data/tls/root.pem").toString()));
        for (String name : List.of(INDEX, FILES)) {
            command.addAll(List.of("--resolve", name + ":443:127.0.0.1"));
            command.addAll(List.of("--connect-to", name + ":443:127.0.0.1:" + mirror.tlsPort()));
        }
        command.addAll(List.of(arguments));
        return Subprocess.command(command).run(Duration.ofSeconds(30)).orFail().out();
    }

    /** The handshake's name is what matters, not who answers. */
    private static final class TrustsAnybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
