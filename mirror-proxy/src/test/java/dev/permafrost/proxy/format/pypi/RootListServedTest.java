package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of all projects is upstream's, in every form, and goes on being served while a newer one is on its way. */
class RootListServedTest {
    private static final String JSON = SimpleIndexTree.JSON;
    private static final String LIST = "{\"meta\":{\"_last-serial\":99,\"api-version\":\"1.4\"},\"projects\":["
            + "{\"_last-serial\":7,\"name\":\"Beta_Two\"},{\"name\":\"!\"},{\"_last-serial\":5,\"name\":\"alpha\"}]}";
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IndexSource SOURCE =
            new IndexSource(null, URI.create("http://up.test/simple/"), null, null, Instant.EPOCH);

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    /** Another mirror that fills from one without upstream compares them with those of pages. */
    @Test
    void offlineItHasTheSerialNumbersOfThePages() {
        IndexFile file = IndexFile.of(TinyWheel.of("demo", "1.0"));
        new SimpleIndexTree().add(file).serve(upstream);
        String page =
                "{\"meta\":{\"_last-serial\":41,\"api-version\":\"1.1\"},\"name\":\"demo\",\"versions\":[\"1.0\"],\"files\":["
                        + "{\"filename\":\"" + file.filename() + "\",\"url\":\"../.." + file.path() + "\",\"size\":"
                        + file.bytes().length + ",\"hashes\":{}}]}";
        upstream.on("/simple/demo/").reply(JSON, page);
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get(file.path()).status()).isEqualTo(200);
        }
        try (RunningMirror offline =
                RunningMirror.in(data).from(upstream).offline().start()) {
            RawHttp.Response list = offline.get("/simple/", "Accept: " + JSON);
            assertThat(list.header("X-PyPI-Last-Serial")).isEqualTo("41");
            assertThat(list.body().text())
                    .contains("\"meta\":{\"_last-serial\":41,", "{\"_last-serial\":41,\"name\":\"demo\"}");
        }
    }

    @Test
    void itIsUpstreamsInEveryForm() throws IOException {
        upstream.on("/simple/").reply(JSON, LIST);
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            RawHttp.Response json = mirror.get("/simple/", "Accept: " + JSON);
            assertThat(json.header("Content-Type")).isEqualTo(JSON);
            assertThat(json.header("Vary")).isEqualTo("Accept, Accept-Encoding");
            assertThat(json.header("Cache-Status")).contains("fwd=");
            assertThat(json.header("X-PyPI-Last-Serial")).isEqualTo("99");
            assertThat(json.body().text())
                    .isEqualTo("{\"meta\":{\"_last-serial\":99,\"api-version\":\"1.1\"},\"projects\":["
                            + "{\"_last-serial\":7,\"name\":\"beta-two\"},{\"_last-serial\":5,\"name\":\"alpha\"}]}");
            RawHttp.Response html = mirror.get("/simple/");
            assertThat(html.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(html.body().text())
                    .contains("<a href=\"beta-two/\">beta-two</a><br />\n<a href=\"alpha/\">alpha</a>")
                    .endsWith("<!--SERIAL 99-->\n");
            RawHttp.Response gzip = mirror.get("/simple/", "Accept-Encoding: gzip");
            assertThat(gzip.header("Content-Encoding")).isEqualTo("gzip");
            assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body().bytes())).readAllBytes())
                    .isEqualTo(html.body().bytes());
            RawHttp.Response zstd = mirror.get("/simple/", "Accept-Encoding: gzip, zstd");
            assertThat(zstd.header("Content-Encoding")).isEqualTo("zstd");
            assertThat(new ZstdInputStream(new ByteArrayInputStream(zstd.body().bytes())).readAllBytes())
                    .isEqualTo(html.body().bytes());
            RawHttp.Response versioned = mirror.get("/simple/?format=application/vnd.pypi.simple.v1+html");
            assertThat(versioned.body().text()).isEqualTo(html.body().text());
            List<String> etags = new ArrayList<>();
            for (RawHttp.Response each : List.of(json, html, gzip, zstd, versioned)) {
                etags.add(each.header("ETag"));
            }
            assertThat(etags).doesNotHaveDuplicates().allMatch(etag -> etag.matches("\"[0-9a-f]{32}\""));
            assertThat(mirror.get("/simple/", "Accept-Encoding: gzip", "If-None-Match: " + gzip.header("ETag"))
                            .status())
                    .isEqualTo(304);
            assertThat(mirror.head("/simple/").header("Content-Length"))
                    .isEqualTo("" + html.body().lengthBytes());
            assertThat(upstream.count("/simple/")).isEqualTo(1);
            assertThat(mirror.staged()).as("the files have lost their names").isZero();
        }
    }

    @Test
    void aNewerOneIsFetchedWhileTheOldOneIsServed() {
        upstream.on("/simple/").reply(200, Map.of("Content-Type", JSON, "ETag", "\"1\""), LIST.getBytes(UTF_8));
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .pageTtl(Duration.ofMillis(300))
                .start()) {
            assertThat(mirror.get("/simple/").body().text()).contains("beta-two");
            upstream.on("/simple/").reply(304);
            Eventually.is(SOON, "asked again", () -> {
                assertThat(mirror.get("/simple/").body().text()).contains("beta-two");
                return upstream.count("/simple/") >= 2;
            });
            assertThat(upstream.requests("/simple/").get(1).header("If-None-Match"))
                    .isEqualTo("\"1\"");
            upstream.on("/simple/").reply("text/html", "<a href='gamma/'>gamma</a>");
            Eventually.is(SOON, "the newer one", () -> {
                RawHttp.Response answer = mirror.get("/simple/");
                assertThat(answer.status()).isEqualTo(200);
                return answer.body().text().contains("gamma");
            });
            upstream.on("/simple/").reply(503);
            for (int i = 0; i < 10; i++) {
                assertThat(mirror.get("/simple/").body().text()).contains("gamma");
            }
        }
    }

    @Test
    void itIsThereAgainAfterAStartThoughUpstreamIsGone() {
        upstream.on("/simple/").reply(JSON, LIST);
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get("/simple/").status()).isEqualTo(200);
        }
        upstream.close();
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .pageTtl(Duration.ofMillis(1))
                .start()) {
            assertThat(mirror.get("/simple/").body().text()).contains("beta-two");
        }
    }

    @Test
    void whereUpstreamHasNoneItIsWhatIsKnownHere() {
        new SimpleIndexTree().add(IndexFile.of(TinyWheel.of("demo", "1.0"))).serve(upstream);
        upstream.on("/simple/").reply(404);
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            assertThat(mirror.get("/simple/").body().text()).contains("<a href=\"demo/\">demo</a>");
            assertThat(mirror.get("/simple/").status()).isEqualTo(200);
            assertThat(upstream.count("/simple/")).as("is remembered").isEqualTo(1);
        }
    }

    @Test
    void whatIsNoListIsAnErrorOfUpstream() {
        upstream.on("/simple/").reply(JSON, "{\"projects\":[{\"name\":\"a\"}");
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            RawHttp.Response answer = mirror.get("/simple/");
            assertThat(answer.status()).isEqualTo(502);
        }
    }

    @Test
    void manyWaitForOneFetch() {
        upstream.on("/simple/").reply(Answer.of(200, Map.of("Content-Type", JSON), LIST.getBytes(UTF_8)));
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            List<RawHttp> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(mirror.connect().request("GET", "/simple/"));
            }
            clients.forEach(client -> {
                assertThat(client.read().body().text()).contains("alpha");
                client.close();
            });
            assertThat(upstream.count("/simple/")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "<a href=\"/simple/a-b/\">a-b</a>,a-b",
        "<a href=\"A_b/\">x</a>,a-b",
        "<a href=\"https://other.test/simple/c?x=y#z\">c</a>,c",
        "<a href=\"../\">up</a><a href=\"d\">d</a>,d",
        "<a href=\"%64/\">d</a>,d"
    })
    void namesAreTheLastSegmentsOfLinks(String html, String name) throws IOException {
        assertThat(read(IndexFormat.HTML, "<title>Simple index</title>" + html))
                .extracting(Listed::name)
                .containsExactly(new ProjectName(name));
    }

    @ParameterizedTest
    @CsvSource({
        "<a href=\"/simple/a-b/\">a-b</a><a href=\"/logout/\">x</a>,a-b",
        "<a href=\"c/\">c</a>,c",
        "<a href=\"https://other.test/pypi/simple/c/\">c</a>,c",
        "<a href=\"/help\">x</a><a href=\"http://up.test/simple/d/\">d</a>,d"
    })
    void withoutAHeadingOnlyFoldersAreProjects(String html, String name) throws IOException {
        assertThat(read(IndexFormat.HTML, html)).extracting(Listed::name).containsExactly(new ProjectName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html><title>Sign in</title><a href='/login'>Sign in</a><a href='/help/'>Help</a></html>",
                "<html><a href='register'>Register</a><a href='https://portal.test/en/'>English</a></html>",
                "<html><h1>Down for maintenance</h1></html>"
            })
    void thePageOfAPortalIsNoList(String html) {
        assertThatThrownBy(() -> read(IndexFormat.HTML, html))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageContaining("login");
    }

    @Test
    void aListWithoutProjectsSaysThatItIsOne() throws IOException {
        assertThat(read(IndexFormat.HTML, "<title>Simple Index</title>")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"projects\":{}}",
                "{\"projects\":[",
                "nothing",
                "{\"projects\":[{\"name\":\"a\"}]}x"
            })
    void brokenJson(String json) {
        assertThatThrownBy(() -> read(IndexFormat.JSON, json))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("list of projects");
    }

    @ParameterizedTest
    @EnumSource
    void aNameThatIsTooLongIsPassedOver(IndexFormat format) throws IOException {
        String longest = "x".repeat(ProjectName.CHARS_MAX);
        String list = format == IndexFormat.HTML
                ? "<a href='" + longest + "/'>a</a><a href='" + longest + "y/'>b</a><a href='z/'>c</a>"
                : "{\"projects\":[{\"name\":\"" + longest + "\"},{\"name\":\"" + longest + "y\"},{\"name\":\"z\"}]}";
        assertThat(read(format, list))
                .extracting(project -> project.name().value())
                .containsExactly(longest, "z");
    }

    /** Names are kept in memory until the last is read. */
    @ParameterizedTest
    @EnumSource
    void namesThatAreTooLongTogetherAreRefused(IndexFormat format) {
        String longest = "x".repeat(ProjectName.CHARS_MAX);
        boolean html = format == IndexFormat.HTML;
        String first = html ? "<html>" : "{\"projects\":[{\"name\":\"a\"}";
        String each = html ? "<a href='" + longest + "/'>x</a>" : ",{\"name\":\"" + longest + "\"}";
        long fit = RootReader.NAME_CHARS_MAX / ProjectName.CHARS_MAX - (html ? 0 : 1);
        AtomicLong taken = new AtomicLong();
        assertThatThrownBy(() -> RootReader.read(
                        format,
                        new SequenceInputStream(bytes(first), new Repeated(each.getBytes(UTF_8), 2 * fit)),
                        SOURCE,
                        project -> taken.incrementAndGet()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining("more than 67108864 characters of names");
        assertThat(taken).hasValue(fit + (html ? 0 : 1));
    }

    /** The same bytes again and again. */
    private static final class Repeated extends InputStream {
        private final byte[] bytes;
        private long times;
        private int at;

        Repeated(byte[] bytes, long times) {
            this.bytes = bytes;
            this.times = times;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (times == 0) {
                return -1;
            }
            int n = Math.min(length, bytes.length - at);
            System.arraycopy(bytes, at, buffer, offset, n);
            at = (at + n) % bytes.length;
            times -= at == 0 ? 1 : 0;
            return n;
        }
    }

    @Test
    void rowsSayWhatWasWritten() {
        RootList.Writer writer = new RootList.Writer();
        List<Listed> projects = new ArrayList<>();
        for (int i = 0; i < 2 * RootList.CHUNK_PROJECTS_MAX + 1; i++) {
            projects.add(new Listed(new ProjectName("p" + i * 7919 % 10_007), i % 3 == 0 ? -1 : i * 31L));
        }
        projects.forEach(writer::add);
        RootList.Header header = new RootList.Header(
                4, "\"e\"", null, Instant.ofEpochSecond(5, 6), writer.count(), "http://up.test/simple/");
        List<byte[]> rows = writer.rows(header);
        assertThat(rows).hasSize(4);
        assertThat(RootList.header(rows.get(0))).isEqualTo(header);
        assertThat(new RootList.Stored(header, rows).projects()).containsExactlyElementsOf(projects);
    }

    private static List<Listed> read(IndexFormat format, String text) throws IOException {
        List<Listed> projects = new ArrayList<>();
        var unused = RootReader.read(format, bytes(text), SOURCE, projects::add);
        return projects;
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
}
