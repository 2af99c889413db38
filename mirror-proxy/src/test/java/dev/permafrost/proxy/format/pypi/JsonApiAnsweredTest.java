package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.SnapshotId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Warehouse's JSON API, for clients that ask it and for mirrors that fill from it: what can be had, under URLs that lead here. */
class JsonApiAnsweredTest {
    private static final IndexFile OLD =
            IndexFile.of(TinyWheel.of("demo", "1.9").requiresPython(">=3.6"));
    private static final IndexFile NEW =
            IndexFile.of(TinyWheel.of("demo", "1.10").requires("six>=1.0").requires("attrs"));
    private static final IndexFile BETA = IndexFile.of(TinyWheel.of("demo", "2.0b1"));
    private static final IndexFile SDIST =
            IndexFile.of("demo", "demo-1.10.tar.gz", "1.10", "no archive".getBytes(UTF_8));

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        StringBuilder files = new StringBuilder();
        for (IndexFile file : new IndexFile[] {BETA, NEW, OLD, SDIST}) {
            upstream.on(file.path()).file(file.bytes(), file.etag());
            files.append(files.isEmpty() ? "" : ",")
                    .append("{\"filename\":\"%s\",\"url\":\"../..%s\",\"hashes\":{\"sha256\":\"%s\"},\"size\":%d,"
                            .formatted(file.filename(), file.path(), file.sha256(), file.bytes().length))
                    .append("\"upload-time\":\"2026-03-04T05:06:07.089012Z\",\"yanked\":")
                    .append(file.equals(OLD) ? "\"broken\"" : "false")
                    .append(file.equals(OLD) ? ",\"requires-python\":\">=3.6\"}" : "}");
        }
        upstream.on("/simple/demo/")
                .reply(
                        "application/vnd.pypi.simple.v1+json",
                        "{\"meta\":{\"api-version\":\"1.1\",\"_last-serial\":4711},\"name\":\"demo\",\"files\":["
                                + files + "]}");
        mirror = RunningMirror.in(folder.resolve("data")).from(upstream).start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    @Test
    void aProjectWithAllItsReleases() throws Exception {
        RawHttp.Response answer = mirror.get("/pypi/demo/json");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("X-PyPI-Last-Serial")).isEqualTo("4711");
        assertThat(
                        python(
                                answer,
                                "d['last_serial'], list(d['releases']), [u['filename'] for u in d['urls']], d['info']['version'],"
                                        + " d['info']['name'], d['info']['requires_dist'], d['releases']['1.9'][0]['yanked_reason']"))
                .isEqualTo("(4711, ['1.9', '1.10', '2.0b1'], ['%s', '%s'], '1.10', 'demo', None, 'broken')"
                        .formatted(NEW.filename(), SDIST.filename()));
        assertThat(python(
                        answer,
                        "[(f['packagetype'], f['python_version'], f['size'], f['upload_time'], f['upload_time_iso_8601'],"
                                + " f['digests']['sha256'], f['url']) for f in d['urls']]"))
                .isEqualTo(
                        ("[('bdist_wheel', 'py2.py3', %d, '2026-03-04T05:06:07', '2026-03-04T05:06:07.089012Z', '%s',"
                                        + " 'http://127.0.0.1:%d/pypi%s'), ('sdist', 'source', %d, '2026-03-04T05:06:07',"
                                        + " '2026-03-04T05:06:07.089012Z', '%s', 'http://127.0.0.1:%d/pypi%s')]")
                                .formatted(
                                        NEW.bytes().length,
                                        NEW.sha256(),
                                        mirror.port(),
                                        NEW.path(),
                                        SDIST.bytes().length,
                                        SDIST.sha256(),
                                        mirror.port(),
                                        SDIST.path()));
        assertThat(mirror.get("/pypi/demo/json", "If-None-Match: " + answer.header("ETag"))
                        .status())
                .isEqualTo(304);
        assertThat(mirror.get("/simple/demo/").header("X-PyPI-Last-Serial")).isEqualTo("4711");
        assertThat(upstream.count("/simple/demo/")).isEqualTo(1);
    }

    @Test
    void theUrlsLeadHere() throws Exception {
        assertThat(python(mirror.get("/demo/1.9/json"), "d['urls'][0]['url']"))
                .isEqualTo("http://127.0.0.1:" + mirror.port() + OLD.path());
        assertThat(mirror.get("/pypi" + OLD.path()).body().sha256()).isEqualTo(OLD.sha256());
    }

    @Test
    void whatTheWheelSaysOfItselfOnceItIsHeld() throws Exception {
        assertThat(python(mirror.get("/pypi/demo/1.10/json"), "d['info']['requires_dist'], d['info']['summary']"))
                .isEqualTo("(None, None)");
        assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
        assertThat(python(
                        mirror.get("/pypi/demo/1.10/json"),
                        "d['info']['requires_dist'], d['info']['summary'], d['info']['home_page'], 'releases' in d,"
                                + " d['info']['requires_python']"))
                .isEqualTo("(['six>=1.0', 'attrs'], 'made up for a test', None, False, None)");
        assertThat(python(
                        mirror.get("/pypi/demo/1.9/json"), "d['info']['requires_python'], d['info']['yanked_reason']"))
                .isEqualTo("('>=3.6', 'broken')");
    }

    @Test
    void frozenItTellsOfWhatIsHeldAlone() throws Exception {
        assertThat(mirror.get(OLD.path()).status()).isEqualTo(200);
        assertThat(mirror.get(BETA.path()).status()).isEqualTo(200);
        mirror.store().freeze(new SnapshotId("one"));
        mirror.close();
        mirror = RunningMirror.in(folder.resolve("data")).frozen().start();
        assertThat(python(mirror.get("/pypi/demo/json"), "list(d['releases']), d['info']['version']"))
                .isEqualTo("(['1.9', '2.0b1'], '2.0b1')");
        assertThat(mirror.get("/pypi/demo/1.10/json").status()).isEqualTo(404);
    }

    @Test
    void everySpellingLeadsToTheOneThatIsNormal() {
        assertThat(mirror.get("/pypi/Demo/json").header("Location")).isEqualTo("../demo/json");
        assertThat(mirror.get("/pypi/DEMO/1:0/json").header("Location")).isEqualTo("../../demo/1%3A0/json");
        assertThat(mirror.get("/pypi/demo/v1.10.0/json").status()).isEqualTo(200);
        assertThat(mirror.get("/demo/json").status()).as("as pypiserver has it").isEqualTo(200);
        assertThat(mirror.get("/Demo/").header("Location")).as("so too").isEqualTo("../simple/demo/");
    }

    @Test
    void whatIsNotThere() {
        upstream.on("/simple/nothing/").reply(404);
        assertThat(mirror.get("/pypi/nothing/json").status()).isEqualTo(404);
        assertThat(mirror.get("/pypi/demo/3.0/json").body().text()).contains("no version 3.0 of demo");
        assertThat(mirror.get("/pypi/demo/1.0/x/json").status()).isEqualTo(404);
        assertThat(mirror.get("/pypi//json").status()).isEqualTo(404);
        assertThat(mirror.get("/json").status()).isEqualTo(404);
    }

    /** What Python makes of an answer. */
    private String python(RawHttp.Response answer, String expression) throws Exception {
        assertThat(answer.status()).isEqualTo(200);
        Path file = Files.writeString(folder.resolve("answer"), answer.body().text());
        String code = "import json, sys; d = json.load(open(sys.argv[1])); print((%s))".formatted(expression);
        return Subprocess.command("python3", "-c", code, file.toString())
                .run(Duration.ofSeconds(30))
                .orFail()
                .out()
                .strip();
    }
}
