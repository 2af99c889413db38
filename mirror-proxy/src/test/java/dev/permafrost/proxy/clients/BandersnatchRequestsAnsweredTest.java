package dev.permafrost.proxy.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SettableClock;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.Wire;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A bandersnatch 7 that fills from us, in the clear and under TLS; it can't be run here. */
class BandersnatchRequestsAnsweredTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration PAGE_TTL = Duration.ofMinutes(4);
    private static final String LIST = "Accept: " + SimpleIndexTree.JSON;
    private static final String[] ASKS = {
        "Accept: */*", "Accept-Encoding: gzip, deflate", "User-Agent: bandersnatch/7.0"
    };
    private static final TinyWheel WHEEL = TinyWheel.of("demo", "1.0");
    private static final IndexFile FILE = IndexFile.of(WHEEL).withMetadata(WHEEL.metadata());
    private static final IndexFile NEWER = IndexFile.of(TinyWheel.of("demo", "1.1"));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final SettableClock clock = new SettableClock(Instant.now());
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        for (IndexFile file : new IndexFile[] {FILE, NEWER}) {
            upstream.on(file.path()).file(file.bytes(), file.etag());
        }
        upstream.on(FILE.path() + ".metadata").file(WHEEL.metadata(), "\"m\"");
        serve(4711, FILE);
        mirror = RunningMirror.in(data)
                .from(upstream)
                .withTls()
                .pageTtl(PAGE_TTL)
                .clock(clock)
                .start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    /** What PyPI has when it is at that serial number. */
    private void serve(long serial, IndexFile... files) {
        StringBuilder records = new StringBuilder();
        for (IndexFile file : files) {
            records.append(records.isEmpty() ? "" : ",")
                    .append("{\"filename\":\"%s\",\"url\":\"../..%s\",\"hashes\":{\"sha256\":\"%s\"},\"size\":%d}"
                            .formatted(file.filename(), file.path(), file.sha256(), file.bytes().length));
        }
        String page = "{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":%d},\"name\":\"demo\",\"files\":[%s]}"
                .formatted(serial, records);
        String list = ("{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":%d},\"projects\":["
                        + "{\"_last-serial\":%d,\"name\":\"demo\"},{\"_last-serial\":7,\"name\":\"other\"}]}")
                .formatted(serial, serial);
        upstream.on("/simple/demo/").reply(SimpleIndexTree.JSON, page);
        upstream.on("/simple/").reply(200, Map.of("Content-Type", SimpleIndexTree.JSON), list.getBytes(UTF_8));
    }

    private static JsonNode json(RawHttp.Response answer) throws Exception {
        return JsonMapper.builder().build().readTree(MadeUpIndex.unpacked(answer));
    }

    private Map<String, Long> serials(Wire wire) throws Exception {
        RawHttp.Response list = wire.get(mirror, "/simple/", LIST, ASKS[1], ASKS[2]);
        assertThat(list.status()).isEqualTo(200);
        assertThat(list.header("Content-Type")).isEqualTo(SimpleIndexTree.JSON);
        Map<String, Long> serials = new HashMap<>();
        json(list)
                .get("projects")
                .forEach(project -> serials.put(
                        project.get("name").asText(),
                        project.get("_last-serial").asLong()));
        return serials;
    }

    @ParameterizedTest
    @EnumSource
    void theListTellsTheSerialNumberOfEachProject(Wire wire) throws Exception {
        assertThat(serials(wire)).isEqualTo(Map.of("demo", 4711L, "other", 7L));
    }

    @ParameterizedTest
    @EnumSource
    void aProjectIsAsNewAsTheListSays(Wire wire) throws Exception {
        long expected = serials(wire).getOrDefault("demo", -1L);
        RawHttp.Response project = wire.get(mirror, "/pypi/demo/json", ASKS);
        assertThat(project.status()).isEqualTo(200);
        assertThat(Long.parseLong(String.valueOf(project.header("X-PyPI-Last-Serial"))))
                .isGreaterThanOrEqualTo(expected);
        assertThat(json(project).get("last_serial").asLong()).isEqualTo(expected);
    }

    /** Its page may have been fetched just before the list was: three such answers are a StaleMetadata. */
    @ParameterizedTest
    @EnumSource
    void aProjectIsAsNewAsANewerListSays(Wire wire) throws Exception {
        serials(wire);
        clock.advance(PAGE_TTL.multipliedBy(3).dividedBy(4));
        assertThat(wire.get(mirror, "/pypi/demo/json", ASKS).header("X-PyPI-Last-Serial"))
                .isEqualTo("4711");
        serve(4800, FILE, NEWER);
        // the list is stale now, and the page is not
        clock.advance(PAGE_TTL.dividedBy(2));
        Eventually.is(
                SOON,
                "the newer list",
                () -> wire.get(mirror, "/simple/", LIST).body().text().contains("4800"));
        RawHttp.Response project = wire.get(mirror, "/pypi/demo/json", ASKS);
        assertThat(project.header("X-PyPI-Last-Serial")).isEqualTo("4800");
        assertThat(json(project).get("urls").get(0).get("filename").asText()).isEqualTo(NEWER.filename());
    }

    /** It refuses URLs whose path does not begin with {@code /packages}, and keeps files under that path. */
    @ParameterizedTest
    @EnumSource
    void filesAndTheirSidecarsAreWhereItLooksForThem(Wire wire) throws Exception {
        JsonNode file = json(wire.get(mirror, "/pypi/demo/json", ASKS))
                .get("releases")
                .get("1.0")
                .get(0);
        URI url = URI.create(file.get("url").asText());
        assertThat(url.getScheme()).isEqualTo(wire == Wire.HTTP ? "http" : "https");
        assertThat(url.getPath()).isEqualTo(FILE.path());
        RawHttp.Response got = wire.get(mirror, url.getPath(), ASKS);
        assertThat(got.body().sha256())
                .isEqualTo(file.get("digests").get("sha256").asText());
        assertThat(got.body().lengthBytes()).isEqualTo(file.get("size").asLong());
        Eventually.is(
                SOON,
                "its sidecar",
                () -> wire.get(mirror, url.getPath() + ".metadata", ASKS).status() == 200);
        assertThat(wire.get(mirror, url.getPath() + ".metadata", ASKS).body().bytes())
                .isEqualTo(WHEEL.metadata());
    }

    /** It deletes what is gone. */
    @ParameterizedTest
    @EnumSource
    void aProjectThatIsNotThereIsNotFound(Wire wire) {
        assertThat(wire.get(mirror, "/pypi/gone/json", ASKS).status()).isEqualTo(404);
    }

    /** Where it thinks that a page is stale, it asks for its removal from the cache, and minds no refusal. */
    @ParameterizedTest
    @EnumSource
    void itsPurgeIsRefusedAndDoesNoHarm(Wire wire) {
        try (RawHttp client = wire.connect(mirror)) {
            assertThat(client.request("PURGE", "/pypi/demo/json", ASKS).read().status())
                    .isEqualTo(405);
        }
        assertThat(wire.get(mirror, "/pypi/demo/json", ASKS).status()).isEqualTo(200);
    }
}
