package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A page in each of its forms: its own strong ETag, 304, exact Content-Type, Vary, and its length always. */
class PagesAreConditionalAndVaryTest {
    private static final String PAGE = "/simple/demo/";
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final String HTML = "application/vnd.pypi.simple.v1+html";

    private static final String BIG = "/simple/big/";
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        SimpleIndexTree tree = new SimpleIndexTree().add(FILE);
        for (int i = 0; i < 50; i++) {
            tree.add(IndexFile.of(TinyWheel.of("big", "1." + i)));
        }
        tree.serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).start();
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @ParameterizedTest
    @CsvSource({
        "text/html,text/html; charset=utf-8",
        "*/*,text/html; charset=utf-8",
        JSON + "," + JSON,
        HTML + "," + HTML,
        "application/vnd.pypi.simple.latest+json," + JSON
    })
    void theContentTypeIsExact(String accept, String contentType) {
        RawHttp.Response response = mirror.get(PAGE, "Accept: " + accept);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Type")).isEqualToIgnoringCase(contentType);
        assertThat(response.header("Vary")).isEqualTo("Accept, Accept-Encoding");
        assertThat(response.header("Content-Length"))
                .isEqualTo("" + response.body().lengthBytes());
        assertThat(response.head().count("Content-Length")).isEqualTo(1);
    }

    @Test
    void theFormMayBeNamedInTheUrl() {
        RawHttp.Response json = mirror.get(PAGE + "?format=" + JSON, "Accept: text/html");
        assertThat(json.header("Content-Type")).isEqualTo(JSON);
        assertThat(json.header("ETag"))
                .isEqualTo(mirror.get(PAGE, "Accept: " + JSON).header("ETag"));
        assertThat(mirror.get(PAGE + "?format=application/json").status()).isEqualTo(406);
        assertThat(mirror.get("/simple/Demo/?format=" + JSON).header("Location"))
                .as("is not lost on the way")
                .isEqualTo("../demo/?format=" + JSON);
        assertThat(mirror.get("/simple/demo?a=b:c//d").header("Location")).isEqualTo("demo/?a=b%3Ac//d");
    }

    @Test
    void eachFormHasItsOwnStrongEtag() {
        String json = mirror.get(PAGE, "Accept: " + JSON).header("ETag");
        String html = mirror.get(PAGE, "Accept: text/html").header("ETag");
        String versioned = mirror.get(PAGE, "Accept: " + HTML).header("ETag");
        assertThat(json).matches("\"[0-9a-f]{32}\"").isNotEqualTo(html).isNotEqualTo(versioned);
        assertThat(html).isNotEqualTo(versioned);
        assertThat(mirror.get(PAGE, "Accept: " + JSON).header("ETag")).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(strings = {PAGE, "/simple/", "/pypi/simple/demo/"})
    void anUnchangedPageIs304WithItsEtagAndVary(String path) {
        String etag = mirror.get(path, "Accept: " + JSON).header("ETag");
        RawHttp.Response same = mirror.get(path, "Accept: " + JSON, "If-None-Match: " + etag);
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.header("ETag")).isEqualTo(etag);
        assertThat(same.header("Vary")).isEqualTo("Accept, Accept-Encoding");
        assertThat(mirror.get(path, "Accept: text/html", "If-None-Match: " + etag)
                        .status())
                .isEqualTo(200);
        assertThat(mirror.get(path, "If-Match: \"x\"").status()).isEqualTo(412);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"gzip", "gzip, deflate", "GZIP, deflate, br", "br;q=1.0, gzip;q=0.8", "*", "identity, *;q=0.1"})
    void whoTakesGzipGetsIt(String accepted) throws IOException {
        RawHttp.Response plain = mirror.get(BIG);
        RawHttp.Response gzip = mirror.get(BIG, "Accept-Encoding: " + accepted);
        assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(gzip.header("Content-Length")).isEqualTo("" + gzip.body().lengthBytes());
        assertThat(gzip.body().lengthBytes()).isLessThan(plain.body().lengthBytes() / 2);
        assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body().bytes())).readAllBytes())
                .isEqualTo(plain.body().bytes());
        assertThat(gzip.header("ETag")).isNotEqualTo(plain.header("ETag"));
        assertThat(gzip.header("Content-Type")).isEqualTo(plain.header("Content-Type"));
        assertThat(mirror.get(BIG, "Accept-Encoding: gzip", "If-None-Match: " + gzip.header("ETag"))
                        .status())
                .isEqualTo(304);
        assertThat(mirror.get(BIG, "If-None-Match: " + gzip.header("ETag")).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip, deflate, br, zstd", "zstd", "zstd;q=0.5, gzip"})
    void whoTakesZstandardGetsThat(String accepted) {
        RawHttp.Response plain = mirror.get(BIG);
        RawHttp.Response zstd = mirror.get(BIG, "Accept-Encoding: " + accepted);
        assertThat(zstd.header("Content-Encoding")).isEqualTo("zstd");
        assertThat(zstd.header("Vary")).isEqualTo("Accept, Accept-Encoding");
        assertThat(zstd.body().lengthBytes())
                .isLessThan(mirror.get(BIG, "Accept-Encoding: gzip").body().lengthBytes());
        byte[] page = plain.body().bytes();
        assertThat(Zstd.decompress(zstd.body().bytes(), page.length)).isEqualTo(page);
        assertThat(zstd.header("ETag"))
                .isNotEqualTo(plain.header("ETag"))
                .isNotEqualTo(mirror.get(BIG, "Accept-Encoding: gzip").header("ETag"));
        assertThat(mirror.get(BIG, "Accept-Encoding: zstd", "If-None-Match: " + zstd.header("ETag"))
                        .status())
                .isEqualTo(304);
    }

    /** RFC 9111 §5.1: together they say until when upstream need not be asked. */
    @Test
    void aPageTellsItsAgeAndTheTimeToLiveThatItCountsAgainst() {
        RawHttp.Response first = mirror.get(BIG);
        assertThat(first.header("Cache-Control")).isEqualTo("max-age=600, public");
        long age = Long.parseLong(first.header("Age"));
        assertThat(age).isBetween(0L, 600L);
        Eventually.is(
                Duration.ofSeconds(10),
                "it grows older",
                () -> Long.parseLong(mirror.get(BIG).header("Age")) > age);
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "", "zip"})
    void whoDoesNotTakeGzipGetsThePage(String accepted) {
        RawHttp.Response response = mirror.get(BIG, "Accept-Encoding: " + accepted);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Encoding")).isNull();
        assertThat(response.body().text()).contains("big-1.0");
    }

    @Test
    void filesAndSmallPagesAreNeverCompressed() {
        assertThat(mirror.get(FILE.path(), "Accept-Encoding: gzip").header("Content-Encoding"))
                .isNull();
        assertThat(mirror.get(PAGE, "Accept-Encoding: gzip").header("Content-Encoding"))
                .isNull();
    }

    @Test
    void headOfAPageHasItsLengthAndNoBody() {
        long length = mirror.get(PAGE).body().lengthBytes();
        try (RawHttp client = mirror.connect()) {
            client.request("HEAD", PAGE).request("GET", PAGE);
            assertThat(client.readHead().header("Content-Length")).isEqualTo("" + length);
            assertThat(client.read().body().lengthBytes()).isEqualTo(length);
        }
    }

    @Test
    void aRangeOfAPageIsThePage() {
        assertThat(mirror.get(PAGE, "Range: bytes=0-1").status()).isEqualTo(200);
    }

    @Test
    void whatNobodyCanServeIs406() {
        assertThat(mirror.get(PAGE, "Accept: image/png").status()).isEqualTo(406);
        assertThat(mirror.get(PAGE, "Accept: image/png").body().text()).contains(JSON);
    }

    @Test
    void oneConnectionServesManyRequests() {
        try (RawHttp client = mirror.connect()) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.request("GET", PAGE).read().status()).isEqualTo(200);
            }
            assertThat(client.ending()).isEqualTo(RawHttp.Ending.OPEN);
        }
    }
}
