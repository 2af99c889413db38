package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.SnapshotId;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Warehouse's JSON API, for clients that ask it and for mirrors that fill from it: what can be had, under URLs that lead here. */
class JsonApiAnsweredTest {
    private static final IndexFile OLD =
            IndexFile.of(TinyWheel.of("demo", "1.9").requiresPython(">=3.6"));
    private static final IndexFile NEW =
            IndexFile.of(TinyWheel.of("demo", "1.10").requires("six>=1.0").requires("attrs"));
    private static final IndexFile BETA = IndexFile.of(TinyWheel.of("demo", "2.0b1"));
    private static final IndexFile SDIST =
            IndexFile.of("demo", "demo-1.10.tar.gz", "1.10", "no archive".getBytes(UTF_8));

    private static final Duration SOON = Duration.ofSeconds(20);

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
                                        + " 'http://127.0.0.1:%d%s'), ('sdist', 'source', %d, '2026-03-04T05:06:07',"
                                        + " '2026-03-04T05:06:07.089012Z', '%s', 'http://127.0.0.1:%d%s')]")
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
        assertThat(python(mirror.get("/pypi/pypi/demo/1.9/json"), "d['urls'][0]['url']"))
                .as("to the repository by its name, where it was asked for by that")
                .isEqualTo("http://127.0.0.1:" + mirror.port() + "/pypi" + OLD.path());
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

    /** An answer of a project with many files takes much memory while it is made; a sidecar that nobody writes holds them up. */
    @Test
    void onlySoManyAreMadeAtOnceAndTheOthersWait() throws Exception {
        assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
        Path sidecar = sidecar(NEW);
        Files.delete(sidecar);
        Subprocess.command("mkfifo", sidecar.toString()).run(SOON).orFail();
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        ExecutorService clients = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 8; i++) {
            answers.add(CompletableFuture.supplyAsync(
                    () -> mirror.get("/pypi/demo/1.10/json").status(), clients));
        }
        try {
            Thread.sleep(1000);
            assertThat(answers.stream().filter(CompletableFuture::isDone)).isEmpty();
            assertThat(mirror.get("/simple/demo/").status())
                    .as("of pages there is no such limit")
                    .isEqualTo(200);
        } finally {
            // opened to read too, it is open at once, and so it is for all who wait for a writer
            try (FileChannel writer = FileChannel.open(sidecar, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                assertThat(writer.isOpen()).isTrue();
                CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                        .get(SOON.toSeconds(), TimeUnit.SECONDS);
            }
            clients.shutdownNow();
        }
        assertThat(answers.stream().map(CompletableFuture::join)).hasSize(8).containsOnly(200);
        Files.delete(sidecar);
        assertThat(mirror.get("/pypi/demo/json").status())
                .as("their turns are over")
                .isEqualTo(200);
    }

    @Test
    void whatIsTooLongToBeMetadataIsNotRead() throws Exception {
        hold(OLD, metadata("fits", WheelMetadata.BYTES_MAX));
        hold(NEW, metadata("too long", WheelMetadata.BYTES_MAX + 1));
        assertThat(python(mirror.get("/pypi/demo/1.9/json"), "d['info']['summary']"))
                .isEqualTo("fits");
        assertThat(python(mirror.get("/pypi/demo/1.10/json"), "d['info']['summary']"))
                .isEqualTo("None");
    }

    @Test
    void metadataThatCannotBeReadIsDoneWithout() throws Exception {
        assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
        Files.delete(sidecar(NEW));
        assertThat(python(mirror.get("/pypi/demo/json"), "d['info']['version'], d['info']['summary'], len(d['urls'])"))
                .isEqualTo("('1.10', None, 2)");
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
        assertThat(mirror.get("/health").body().text()).as("and its health").isEqualTo("Ok\n");
        assertThat(mirror.get("/Demo/").header("Location")).as("so too").isEqualTo("../simple/demo/");
    }

    @Test
    void whatIsNotThere() {
        upstream.on("/simple/nothing/").reply(404);
        assertThat(mirror.get("/pypi/nothing/json").status()).isEqualTo(404);
        assertThat(mirror.get("/pypi/demo/3.0/json").body().text()).contains("no version 3.0 of demo");
        assertThat(mirror.get("/pypi/demo/1.0/x/json").status()).isEqualTo(404);
        assertThat(mirror.get("/pypi//json").status()).isEqualTo(404);
        assertThat(mirror.get("/json").status()).as("a name as others").isEqualTo(301);
    }

    /** Without a final release that is not withdrawn, the newest of those that are not, then of all. */
    @ParameterizedTest
    @CsvSource({
        "1.9 1.10 2.0b1, 1.10",
        "1.9 1.10-yanked 2.0b1, 1.9",
        "1.9-yanked 1.10-yanked 2.0b1 2.0b2, 2.0b2",
        "1.9-yanked 2.0b1 2.0b2-yanked, 2.0b1",
        "1.10-yanked 1.9-yanked, 1.10",
        "1.9-yanked 2.0b1-yanked, 2.0b1",
        "2.0b1-yanked, 2.0b1"
    })
    void theVersionThatIsMeantWhereNoneIsNamed(String releases, String latest) {
        ProjectName demo = new ProjectName("demo");
        List<LegacyJson.Offered> files = new ArrayList<>();
        for (String release : releases.split(" ", -1)) {
            String version = release.replace("-yanked", "");
            files.add(new LegacyJson.Offered(
                    new FileRecord(
                            "demo-" + version + ".tar.gz",
                            "http://up.test/demo-" + version + ".tar.gz",
                            Map.of(),
                            null,
                            release.equals(version) ? null : "",
                            -1,
                            null,
                            null,
                            null,
                            null),
                    null));
        }
        assertThat(LegacyJson.latest(LegacyJson.releases(demo, files))).isEqualTo(latest);
    }

    /** Where the sidecar lies that is held of a file. */
    private Path sidecar(IndexFile file) {
        ArtifactKey key = new ArtifactKey("pypi", "demo/" + file.filename() + Sidecars.SUFFIX);
        Entry entry = mirror.store().view().lookup(key).orElseThrow();
        return folder.resolve("data").resolve(FileBlobStore.relativePath(entry.digest()));
    }

    private void hold(IndexFile file, byte[] metadata) {
        IndexInHand.hold(mirror.store(), "demo/" + file.filename() + Sidecars.SUFFIX, metadata);
    }

    private static byte[] metadata(String summary, int lengthBytes) {
        String start = "Metadata-Version: 2.1\nName: demo\nSummary: " + summary + "\nX-Padding: ";
        return (start + "x".repeat(lengthBytes - start.length() - 1) + "\n").getBytes(UTF_8);
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
