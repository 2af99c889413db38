package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that others have written get what they ask for: curl, h2load, and Python as strict as it can be. */
class RealClientsAreServedTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final byte[] BYTES = bytes(1_000_003);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", BYTES);
    private static final Pattern LOADED = Pattern.compile(
            "requests: (\\d+) total, \\d+ started, (\\d+) done, (\\d+) succeeded, (\\d+) failed, (\\d+) errored, (\\d+) timeout");

    @TempDir
    static Path folder;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private CapturedLog log;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
        mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .withTls()
                .start();
        mirror.get(FILE.path());
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
    @ValueSource(strings = {"--http1.0", "--http1.1", "--http2"})
    void curlGetsFilesAndPartsOfThem(String version) throws Exception {
        String url = url(version) + FILE.path();
        Path out = folder.resolve("out");
        assertThat(curl(version, out, "-w", "%{http_code}", url)).isEqualTo("200");
        assertThat(Files.readAllBytes(out)).isEqualTo(BYTES);
        assertThat(curl(version, out, "-w", "%{http_code}", "-r", "1000-1999", url))
                .isEqualTo("206");
        assertThat(Files.readAllBytes(out)).isEqualTo(Arrays.copyOfRange(BYTES, 1000, 2000));
        assertThat(curl(version, out, "-w", "%{http_code}", "-r", "-500", url)).isEqualTo("206");
        assertThat(Files.readAllBytes(out)).isEqualTo(Arrays.copyOfRange(BYTES, BYTES.length - 500, BYTES.length));
        assertThat(curl(version, out, "-w", "%{http_code}", "-r", "2000000-", url))
                .isEqualTo("416");
        assertThat(curl(version, out, "-w", "%{http_code} %{content_type}", "-r", "0-9,20-29", url))
                .startsWith("206 multipart/byteranges");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.0", "--http1.1", "--http2"})
    void curlResumesWhatBrokeOff(String version) throws Exception {
        Path out = folder.resolve("resumed");
        Files.write(out, Arrays.copyOf(BYTES, 400_000));
        assertThat(curl(version, out, "-w", "%{http_code}", "-C", "-", url(version) + FILE.path()))
                .isEqualTo("206");
        assertThat(Files.readAllBytes(out)).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.0", "--http1.1", "--http2"})
    void curlAsksOnConditionAndForHeads(String version) throws Exception {
        String url = url(version) + FILE.path();
        Path out = folder.resolve("conditional");
        String etag = "\"" + FILE.sha256() + "\"";
        assertThat(curl(version, out, "-w", "%{http_code}", "-H", "If-None-Match: " + etag, url))
                .isEqualTo("304");
        assertThat(curl(version, out, "-w", "%{http_code}", "-H", "If-Match: \"other\"", url))
                .isEqualTo("412");
        assertThat(curl(version, out, "-w", "%{http_code}", "-H", "If-Range: \"other\"", "-r", "0-9", url))
                .isEqualTo("200");
        assertThat(curl(version, out, "-I", "-w", "%{http_code} %{size_download}", url))
                .isEqualTo("200 0");
        assertThat(Files.readString(out).toLowerCase(java.util.Locale.ROOT))
                .contains("content-length: " + BYTES.length, "accept-ranges: bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void curlUnpacksPagesThatComePacked(String version) throws Exception {
        String url = url(version) + "/simple/demo/";
        Path plain = folder.resolve("plain");
        Path packed = folder.resolve("packed");
        curl(version, plain, url);
        Path heads = folder.resolve("heads");
        curl(version, packed, "--compressed", "-D", heads.toString(), url);
        assertThat(Files.readString(packed)).isEqualTo(Files.readString(plain)).contains("demo-1.0.tar.gz");
        assertThat(Files.readString(plain)).contains(FILE.sha256());
    }

    @Test
    void curlReusesItsConnection() throws Exception {
        for (String version : List.of("--http1.1", "--http2")) {
            String url = url(version) + FILE.path();
            Path out = folder.resolve("again");
            assertThat(curl(version, out, "-w", "%{num_connects} ", url, "-o", out.toString(), url))
                    .isEqualTo("1 0 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h1", "h1-tls", "h2"})
    void h2loadMeetsNoError(String way) {
        assumeTrue(Subprocess.onPath("h2load").isPresent(), "there is no h2load here");
        for (String path : List.of(FILE.path(), "/simple/demo/", "/-/health/live")) {
            List<String> command = new ArrayList<>(List.of("h2load", "-n", "400", "-c", "20", "-t", "1", "-m"));
            command.add(way.equals("h2") ? "20" : "1");
            if (!way.equals("h2")) {
                command.add("--h1");
            }
            command.add(
                    (way.equals("h1") ? "http://127.0.0.1:" + mirror.port() : "https://127.0.0.1:" + mirror.tlsPort())
                            + path);
            Subprocess.Result result = Subprocess.command(command).run(SOON).orFail();
            Matcher loaded = LOADED.matcher(result.out());
            assertThat(loaded.find()).as(result.toString()).isTrue();
            assertThat(loaded.group(3)).as(result.toString()).isEqualTo("400");
            for (int group = 4; group <= 6; group++) {
                assertThat(loaded.group(group)).as(result.toString()).isEqualTo("0");
            }
        }
    }

    /** The newest Python there is; from 3.13 on it is that strict by itself. */
    @Test
    void pythonAtItsStrictestTrustsTheServer() {
        Optional<String> python = List.of("python3.14", "python3.13", "python3.12", "python3").stream()
                .filter(name -> Subprocess.onPath(name).isPresent()
                        && Subprocess.command(name, "-c", "import ssl")
                                        .run(SOON)
                                        .exit()
                                == 0)
                .findFirst();
        assumeTrue(python.isPresent(), "there is no Python here");
        String script = """
                import ssl, sys, urllib.request
                context = ssl.create_default_context(cafile=sys.argv[1])
                context.verify_flags |= ssl.VERIFY_X509_STRICT | getattr(ssl, 'VERIFY_X509_PARTIAL_CHAIN', 0)
                print(urllib.request.urlopen(sys.argv[2], context=context).read().decode(), end='')
                """;
        assertThat(Subprocess.command(
                                python.get(),
                                "-c",
                                script,
                                root(),
                                "https://localhost:" + mirror.tlsPort() + "/-/health/live")
                        .withoutEnv(
                                name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("_proxy"))
                        .run(SOON)
                        .orFail()
                        .out())
                .isEqualTo("alive\n");
    }

    private static String url(String version) {
        return version.equals("--http2")
                ? "https://localhost:" + mirror.tlsPort()
                : "http://127.0.0.1:" + mirror.port();
    }

    private static String root() {
        return folder.resolve("data/tls/root.pem").toString();
    }

    private static String curl(String version, Path out, String... more) {
        List<String> command = new ArrayList<>(
                List.of("curl", "-q", "-sS", "--noproxy", "*", version, "--cacert", root(), "-o", out.toString()));
        command.addAll(List.of(more));
        return Subprocess.command(command).run(SOON).orFail().out();
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
