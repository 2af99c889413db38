package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One Permafrost fills another: what upstream tells comes through both, and the second goes on when the first is gone. */
@Tag("journey")
class TwoInARowTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String JSON = "Accept: " + SimpleIndexTree.JSON;
    private static final TinyWheel WHEEL =
            TinyWheel.of("demo", "1.0").requiresPython(">=2.7").requires("other");
    private static final IndexFile FILE = IndexFile.of(WHEEL).withMetadata(WHEEL.metadata());
    private static final IndexFile YANKED =
            IndexFile.of(TinyWheel.of("demo", "1.1")).yankedFor("it <melts>");
    private static final IndexFile OTHER = IndexFile.of(TinyWheel.of("other", "2.0"));
    private static final String PROVENANCE = "/integrity/demo/1.0/" + FILE.filename() + "/provenance";

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror first;

    @BeforeEach
    void start() {
        new SimpleIndexTree().add(FILE).add(YANKED).add(OTHER).serve(upstream);
        upstream.on("/simple/demo/")
                .reply(
                        SimpleIndexTree.JSON,
                        SimpleIndexTree.json("demo", List.of(FILE, YANKED))
                                .replace("{\"meta\":{", "{\"meta\":{\"_last-serial\":4711,")
                                .replace(
                                        "\"1.1\"},",
                                        "\"1.4\"},\"project-status\":{\"status\":\"archived\",\"reason\":\"old\"},")
                                .replace(
                                        "\"core-metadata\"",
                                        "\"provenance\":\"" + upstream.url(PROVENANCE) + "\",\"core-metadata\""));
        upstream.on(PROVENANCE).reply("application/vnd.pypi.integrity.v1+json", "{\"version\":1}");
        upstream.on("/simple/")
                .reply(
                        SimpleIndexTree.JSON,
                        "{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":4800},\"projects\":["
                                + "{\"_last-serial\":4711,\"name\":\"demo\"},{\"_last-serial\":7,\"name\":\"other\"}]}");
        first = RunningMirror.in(folder.resolve("first")).from(upstream).start();
    }

    @AfterEach
    void stop() {
        first.close();
        upstream.close();
    }

    private RunningMirror second(URI index) {
        return RunningMirror.in(folder.resolve("second"))
                .from(index)
                .pageTtl(Duration.ZERO)
                .start();
    }

    private URI index() {
        return URI.create("http://127.0.0.1:" + first.port() + "/simple/");
    }

    private static String text(RunningMirror mirror, String path, String... fields) {
        RawHttp.Response answer = mirror.get(path, fields);
        assertThat(answer.status()).as(path).isEqualTo(200);
        return answer.body().text();
    }

    @Test
    void whatUpstreamTellsComesThroughBoth() {
        try (RunningMirror second = second(index())) {
            String page = text(second, "/simple/demo/", JSON);
            assertThat(page)
                    .contains("\"_last-serial\":4711", "\"yanked\":\"it <melts>\"", "\"requires-python\":\">=2.7\"")
                    .contains("\"upload-time\":\"" + FILE.uploadTime(), "\"size\":" + FILE.bytes().length)
                    .contains("\"status\":\"archived\"", "\"reason\":\"old\"", "\"core-metadata\":{\"sha256\":")
                    .contains("\"provenance\":\"../.." + FILE.path() + ".provenance\"")
                    .isEqualTo(text(first, "/simple/demo/", JSON));
            assertThat(text(second, "/simple/demo/"))
                    .endsWith("<!--SERIAL 4711-->\n")
                    .isEqualTo(text(first, "/simple/demo/"));
            assertThat(second.get("/simple/demo/").header("X-PyPI-Last-Serial")).isEqualTo("4711");
            assertThat(text(second, "/simple/", JSON))
                    .contains("{\"_last-serial\":4711,\"name\":\"demo\"}")
                    .isEqualTo(text(first, "/simple/", JSON));
            assertThat(text(second, FILE.path() + ".provenance")).isEqualTo("{\"version\":1}");
            assertThat(second.get(FILE.path() + ".metadata").body().bytes()).isEqualTo(WHEEL.metadata());
            assertThat(second.get(FILE.path()).body().bytes()).isEqualTo(FILE.bytes());
        }
    }

    /** As by an older index between the two: HTML has neither sizes nor times nor attestations. */
    @Test
    void whatHtmlCanTellComesThroughBoth() throws Exception {
        assumeTrue(Nginx.available(), "no nginx here");
        Path home = Files.createDirectory(folder.resolve("nginx"));
        try (Nginx html = Nginx.start(home, """
                            location / {
                              proxy_pass http://127.0.0.1:%d;
                              proxy_set_header Accept text/html;
                            }
                        """.formatted(first.port()));
                RunningMirror second = second(URI.create(html.url("/simple/")))) {
            assertThat(text(second, "/simple/demo/"))
                    .contains("data-yanked=\"it &lt;melts&gt;\"", "data-requires-python=\"&gt;=2.7\"")
                    .contains("name=\"pypi:project-status\" content=\"archived\"", "data-core-metadata=\"sha256=")
                    .contains("<!--SERIAL 4711-->")
                    .isEqualTo(text(first, "/simple/demo/"));
            assertThat(second.get(FILE.path() + ".metadata").body().bytes()).isEqualTo(WHEEL.metadata());
            assertThat(second.get(FILE.path()).body().bytes()).isEqualTo(FILE.bytes());
        }
    }

    @Test
    void realPipsInstallThroughBothAndThenWithoutTheFirst() {
        assumeTrue(!Pips.all().isEmpty(), "no pip here");
        try (RunningMirror second = second(index())) {
            String url = "http://127.0.0.1:" + second.port() + "/simple/";
            install(url, "one");
            String page = text(second, "/simple/demo/", JSON);
            first.close();
            upstream.close();
            install(url, "two");
            RawHttp.Response stale = second.get("/simple/demo/", JSON);
            assertThat(stale.body().text()).isEqualTo(page);
            assertThat(stale.header("Cache-Status")).contains("stale");
            assertThat(second.get(FILE.path() + ".metadata").body().bytes()).isEqualTo(WHEEL.metadata());
            assertThat(second.get(YANKED.path()).status())
                    .as("what nobody has asked for is not here, and not absent either")
                    .isEqualTo(502);
        }
    }

    private void install(String url, String target) {
        Pips.Pip oldest = Pips.oldest().orElseThrow();
        for (Pips.Pip pip : List.of(oldest, Pips.newest().orElseThrow())) {
            // the oldest may know nothing of what is yanked
            String said = pip.target(folder.resolve(target + pip.pipVersion()))
                    .install(url, TIMEOUT, pip.equals(oldest) ? "demo<1.1" : "demo")
                    .orFail()
                    .out();
            assertThat(said).as("%s", pip).contains("demo-1.0", "other-2.0");
        }
    }
}
