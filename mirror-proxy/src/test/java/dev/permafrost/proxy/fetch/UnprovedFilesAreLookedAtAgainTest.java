package dev.permafrost.proxy.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of what its index has no digest, upstream is asked again after a while: files without one, and attestations, which must be JSON. */
class UnprovedFilesAreLookedAtAgainTest {
    private static final String PAGE = "/simple/demo/";
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final String ATTESTATIONS = "application/vnd.pypi.integrity.v1+json";
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final String PATH = "/packages/11/22/" + "3".repeat(60) + "/" + FILE.filename();
    private static final String PROVENANCE = PATH + ".provenance";
    private static final String INTEGRITY = "/integrity/demo";

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void aFileIsAskedForConditionallyAndReplacedWhenItHasChanged() {
        list("");
        has("first", "\"1\"");
        try (RunningMirror mirror = impatient()) {
            assertThat(mirror.get(PATH).body().text()).isEqualTo("first");
            RawHttp.Response again = mirror.get(PATH);
            assertThat(again.body().text()).isEqualTo("first");
            assertThat(again.header("Cache-Status")).contains("fwd-status=304");
            assertThat(upstream.requests(PATH).get(1).header("If-None-Match")).isEqualTo("\"1\"");
            assertThat(upstream.count(PATH)).isEqualTo(2);
        }
        has("second", "\"2\"");
        try (RunningMirror mirror = impatient()) {
            assertThat(mirror.get(PATH).body().text()).isEqualTo("second");
            assertThat(upstream.requests(PATH).get(2).header("If-None-Match")).isEqualTo("\"1\"");
            assertThat(mirror.get(PATH).body().text()).isEqualTo("second");
            assertThat(upstream.requests(PATH).get(3).header("If-None-Match")).isEqualTo("\"2\"");
        }
        assertThat(mirrorStaged()).isZero();
    }

    @Test
    void notBeforeItIsAsOldAsAPageMayBe() {
        list("");
        has("first", "\"1\"");
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get(PATH).body().text()).isEqualTo("first");
            assertThat(mirror.get(PATH).body().text()).isEqualTo("first");
        }
        assertThat(upstream.count(PATH)).isEqualTo(1);
    }

    @Test
    void whatUpstreamHasNoMoreOrCannotSayIsServedAsItIs() {
        list("");
        has("first", "\"1\"");
        try (RunningMirror mirror = impatient()) {
            assertThat(mirror.get(PATH).body().text()).isEqualTo("first");
        }
        for (int status : new int[] {404, 410, 500, 403}) {
            upstream.on(PATH).reply(status);
            try (RunningMirror mirror = impatient()) {
                RawHttp.Response answer = mirror.get(PATH);
                assertThat(answer.status()).as("after %d", status).isEqualTo(200);
                assertThat(answer.body().text()).isEqualTo("first");
                if (status >= 500) {
                    assertThat(answer.header("Cache-Status")).contains("stale");
                }
            }
        }
        // too late an answer is none
        upstream.on(PATH).reply(Answer.file("second".getBytes(UTF_8), "\"2\"").delayHeaders(Duration.ofSeconds(5)));
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .pageTtl(Duration.ZERO)
                .pageWait(Duration.ofMillis(300))
                .start()) {
            assertThat(mirror.get(PATH).body().text()).isEqualTo("first");
        }
    }

    @Test
    void attestationsAreAskedForAgain() {
        list(",\"provenance\":\"" + upstream.url(INTEGRITY) + "\"");
        attested(ATTESTATIONS, "{\"version\":1}");
        try (RunningMirror mirror = impatient()) {
            assertThat(mirror.get(PROVENANCE).body().text()).isEqualTo("{\"version\":1}");
        }
        attested("application/json; charset=utf-8", "{\"version\":2}");
        try (RunningMirror mirror = impatient()) {
            assertThat(mirror.get(PROVENANCE).body().text()).isEqualTo("{\"version\":2}");
            assertThat(mirror.get(PROVENANCE).header("Content-Type")).isEqualTo(ATTESTATIONS);
        }
        attested("text/html", "<h1>Sorry</h1>");
        try (RunningMirror mirror = impatient()) {
            assertThat(mirror.get(PROVENANCE).body().text()).isEqualTo("{\"version\":2}");
        }
    }

    @Test
    void attestationsThatAreNoneAreNeitherKeptNorServed() {
        list(",\"provenance\":\"" + upstream.url(INTEGRITY) + "\"");
        for (Map.Entry<String, String> wrong : Map.of(
                        "<h1>Sorry</h1>",
                        "text/html",
                        "{\"version\":1",
                        ATTESTATIONS,
                        "{\"version\":1}}",
                        ATTESTATIONS,
                        "[1]",
                        ATTESTATIONS,
                        "",
                        ATTESTATIONS,
                        "{\"version\": 1}",
                        "application/octet-stream",
                        "{\"a\":\"" + "x".repeat(11 << 20) + "\"}",
                        ATTESTATIONS)
                .entrySet()) {
            attested(wrong.getValue(), wrong.getKey());
            try (RunningMirror mirror = impatient()) {
                RawHttp.Response answer = mirror.get(PROVENANCE);
                assertThat(answer.status())
                        .as(wrong.getKey()
                                .substring(0, Math.min(20, wrong.getKey().length())))
                        .isEqualTo(502);
                assertThat(answer.header("Content-Type")).startsWith("text/plain");
            }
        }
        try (RunningMirror mirror = RunningMirror.in(data).offline().start()) {
            assertThat(mirror.get(PROVENANCE).status()).isEqualTo(404);
            assertThat(mirror.staged()).isZero();
        }
    }

    private int mirrorStaged() {
        try (RunningMirror mirror = RunningMirror.in(data).offline().start()) {
            return mirror.staged();
        }
    }

    private RunningMirror impatient() {
        return RunningMirror.in(data)
                .from(upstream)
                .pageTtl(Duration.ZERO)
                .retriesMax(0)
                .start();
    }

    private void has(String text, String etag) {
        upstream.on(PATH)
                .onRequest(request -> etag.equals(request.header("If-None-Match"))
                        ? Answer.of(304, Map.of("ETag", etag), new byte[0])
                        : Answer.file(text.getBytes(UTF_8), etag));
    }

    private void attested(String type, String body) {
        upstream.on(INTEGRITY).reply(Answer.ok(type, body));
    }

    private void list(String more) {
        upstream.on(PAGE)
                .reply(
                        JSON,
                        "{\"meta\":{\"api-version\":\"1.3\"},\"name\":\"demo\",\"versions\":[\"1.0\"],\"files\":[{\"filename\":\""
                                + FILE.filename() + "\",\"url\":\"" + upstream.url(PATH) + "\",\"hashes\":{}" + more
                                + "}]}");
    }
}
