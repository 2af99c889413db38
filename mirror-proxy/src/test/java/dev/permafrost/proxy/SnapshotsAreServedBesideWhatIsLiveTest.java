package dev.permafrost.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.SnapshotId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Below {@code /-/snapshots/} every snapshot answers as it was, beside what is live and beside another one that is served frozen. */
class SnapshotsAreServedBesideWhatIsLiveTest {
    private static final IndexFile ONE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[10_000]);
    private static final IndexFile TWO = IndexFile.of("demo", "demo-2.0.tar.gz", "2.0", new byte[20_000]);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path folder = Path.of("");

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    private RunningMirror mirror;

    @BeforeEach
    void start() {
        mirror = builder().start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private RunningMirror.Builder builder() {
        return RunningMirror.in(folder.resolve("data")).from(upstream).pageTtl(Duration.ZERO);
    }

    private String page(String base) {
        RawHttp.Response response = mirror.get(base + "simple/demo/");
        assertThat(response.status()).as(base).isEqualTo(200);
        return response.body().text();
    }

    /** The URL that a link of a page leads to. */
    private static String linked(String page, String base, String filename) {
        int end = page.indexOf(filename + "#") + filename.length();
        String href = page.substring(page.lastIndexOf('"', end) + 1, end);
        return URI.create(base + "simple/demo/").resolve(href).getPath();
    }

    /** A snapshot called one of the first file, and one called two of both. */
    private void fillAndFreezeTwice() {
        new SimpleIndexTree().add(ONE).serve(upstream);
        String first = page("/");
        assertThat(mirror.get(linked(first, "/", ONE.filename())).status()).isEqualTo(200);
        mirror.store().freeze(new SnapshotId("one"));
        new SimpleIndexTree().add(ONE).add(TWO).serve(upstream);
        String second = page("/");
        assertThat(mirror.get(linked(second, "/", TWO.filename())).status()).isEqualTo(200);
        mirror.store().freeze(new SnapshotId("two"));
    }

    private void assertServed() {
        for (String base : List.of("/-/snapshots/one/pypi/", "/-/snapshots/two/pypi/", "/-/snapshots/one/pypi/")) {
            String page = page(base);
            boolean isTwo = base.contains("two");
            assertThat(page.contains(TWO.filename())).as(base).isEqualTo(isTwo);
            String link = linked(page, base, (isTwo ? TWO : ONE).filename());
            assertThat(link).startsWith(base);
            RawHttp.Response file = mirror.get(link);
            assertThat(file.status()).isEqualTo(200);
            assertThat(file.body().sha256()).isEqualTo((isTwo ? TWO : ONE).sha256());
        }
        // the newer file was not there then, though the store has it
        String ofTwo = linked(page("/-/snapshots/two/pypi/"), "/-/snapshots/two/pypi/", TWO.filename());
        assertThat(mirror.get(ofTwo.replace("/two/", "/one/")).status()).isEqualTo(404);
    }

    @Test
    void aConnectedServerHasThemAsTheyWere() {
        fillAndFreezeTwice();
        int asked = upstream.requests().size();
        assertServed();
        assertThat(upstream.requests())
                .as("nothing of a snapshot is asked of upstream")
                .hasSize(asked);
        assertThat(mirror.get("/-/snapshots/one/pypi/simple/other/").status()).isEqualTo(404);
        assertThat(mirror.get("/-/snapshots/one/pypi/simple/demo").header("Location"))
                .isEqualTo("demo/");
    }

    @Test
    void aFrozenServerHasTheOthersToo() {
        fillAndFreezeTwice();
        mirror.close();
        mirror = builder().frozen().start();
        assertThat(page("/")).contains(TWO.filename());
        assertServed();
    }

    @Test
    void whatIsNotThereIsNotFoundAndNothingElse() {
        fillAndFreezeTwice();
        for (String path : List.of(
                "/-/snapshots/none/pypi/simple/demo/",
                "/-/snapshots/../pypi/simple/demo/",
                "/-/snapshots/.lock-one/pypi/simple/demo/",
                "/-/snapshots/one/none/simple/demo/",
                "/-/snapshots/one/",
                "/-/snapshots/one",
                "/-/snapshots//pypi/",
                "/-/snapshots/one//")) {
            assertThat(mirror.get(path).status()).as(path).isIn(400, 404);
        }
        try (RawHttp client = mirror.connect()) {
            assertThat(client.request("POST", "/-/snapshots/one/pypi/legacy/", "Content-Length: 0")
                            .readHead()
                            .status())
                    .isEqualTo(405);
        }
    }

    @Test
    void pipInstallsFromASnapshotWhatItsMomentHad() {
        Optional<Pips.Pip> pip = Pips.newest();
        assumeTrue(pip.isPresent(), "no pip here");
        new SimpleIndexTree().add(TinyWheel.of("ice", "0.1")).serve(upstream);
        String host = "http://127.0.0.1:" + mirror.port();
        pip.orElseThrow()
                .target(folder.resolve("filled"))
                .install(host + "/simple/", PATIENCE, "ice")
                .orFail();
        mirror.store().freeze(new SnapshotId("then"));
        new SimpleIndexTree().add(TinyWheel.of("ice", "0.2")).serve(upstream);
        Pips.Environment environment = pip.orElseThrow().target(folder.resolve("target"));
        environment
                .install(host + "/-/snapshots/then/pypi/simple/", PATIENCE, "ice")
                .orFail();
        assertThat(environment
                        .python(PATIENCE, "import ice; print(ice.__version__)")
                        .orFail()
                        .out())
                .isEqualTo("0.1\n");
    }

    @Test
    void theListIsForProgramsAndForPeople() {
        assertThat(mirror.get("/-/snapshots/").body().text()).contains("\"snapshots\" : [ ]");
        mirror.store().freeze(new SnapshotId("one"));
        RawHttp.Response json = mirror.get("/-/snapshots/");
        assertThat(json.header("Content-Type")).isEqualTo("application/json");
        assertThat(json.body().text()).contains("\"current\" : \"one\"", "\"name\" : \"one\"");
        assertThat(mirror.get("/-/snapshots/", "Accept: text/html").body().text())
                .contains("one (current)", "<a href=\"one/pypi/simple/\">");
    }

    @Test
    void theNameThatMovesLeadsToWhereItPoints() throws Exception {
        fillAndFreezeTwice();
        assertThat(page("/-/snapshots/current/pypi/")).contains(TWO.filename());
        mirror.store().snapshots().rollTo(new SnapshotId("one"));
        Thread.sleep(1100);
        assertThat(page("/-/snapshots/current/pypi/")).doesNotContain(TWO.filename());
    }

    @Test
    void moreThanCanBeOpenAtOnceAreServedInTurn() throws Exception {
        fillAndFreezeTwice();
        int most = ServedSnapshots.OPEN_MAX + 3;
        for (int i = 0; i < most; i++) {
            mirror.store().freeze(new SnapshotId("s" + i));
        }
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < most; i++) {
                assertThat(page("/-/snapshots/s" + i + "/pypi/")).contains(TWO.filename());
            }
        }
    }

    @Test
    void aCrowdThatAsksForOneThatIsNotOpenIsAnswered() throws Exception {
        fillAndFreezeTwice();
        ExecutorService pool = Executors.newFixedThreadPool(20);
        try {
            List<Future<String>> all = new ArrayList<>();
            Callable<String> ask = () -> page("/-/snapshots/one/pypi/");
            for (int i = 0; i < 60; i++) {
                all.add(pool.submit(ask));
            }
            for (Future<String> one : all) {
                assertThat(one.get()).contains(ONE.filename());
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
