package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.SnapshotId;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Offline or frozen, pages list exactly what is held, and no connection is ever made. */
class OfflineServesWhatIsHeldTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final IndexFile HELD = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final IndexFile NOT_HELD = IndexFile.of(TinyWheel.of("demo", "2.0"));
    private static final IndexFile OTHER = IndexFile.of(TinyWheel.of("other", "1.0"));
    private static final IndexFile BARE = IndexFile.of(TinyWheel.of("bare", "1.0"));

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private Path data;

    @BeforeEach
    void fill() {
        data = folder.resolve("data");
        new SimpleIndexTree().add(HELD).add(NOT_HELD).add(OTHER).add(BARE).serve(upstream);
        upstream.on("/simple/bare/")
                .reply("text/html", "<a href=\"../.." + BARE.path() + "\">" + BARE.filename() + "</a>");
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get("/simple/demo/").body().text()).contains(NOT_HELD.filename());
            assertThat(mirror.get("/simple/other/").status()).isEqualTo(200);
            assertThat(mirror.get(HELD.path()).status()).isEqualTo(200);
            assertThat(mirror.get(BARE.path()).body().sha256()).isEqualTo(BARE.sha256());
            mirror.store().freeze(new SnapshotId("first"));
            mirror.store().copySnapshot(new SnapshotId("first"), folder.resolve("copy"), done -> {});
        }
        upstream.close();
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void offlineMakesNoConnection() {
        try (ScriptedUpstream listening = ScriptedUpstream.start();
                RunningMirror mirror =
                        RunningMirror.in(data).from(listening).offline().start()) {
            assertHeldOnly(mirror);
            assertThat(mirror.get("/simple/demo/").header("Cache-Control")).isEqualTo("max-age=60, public");
            assertThat(listening.connections()).isZero();
        }
    }

    @Test
    void frozenMakesNoConnectionAndItsPagesMayBeKept() {
        try (ScriptedUpstream listening = ScriptedUpstream.start();
                RunningMirror mirror =
                        RunningMirror.in(data).from(listening).frozen().start()) {
            assertHeldOnly(mirror);
            assertThat(mirror.get("/simple/demo/").header("Cache-Control")).isEqualTo("max-age=3600, public");
            assertThat(mirror.get("/simple/other/").body().text()).contains("snapshot first");
            assertThat(listening.connections()).isZero();
        }
    }

    @Test
    void theCopyServesTheSameAsWhatItWasMadeFrom() {
        try (RunningMirror copy =
                        RunningMirror.in(folder.resolve("copy")).frozen().start();
                RunningMirror original = RunningMirror.in(data).frozen().start()) {
            assertHeldOnly(copy);
            for (String path : new String[] {"/simple/", "/simple/demo/", "/simple/bare/"}) {
                RawHttp.Response one = original.get(path, JSON);
                RawHttp.Response two = copy.get(path, JSON);
                assertThat(two.body().text()).isEqualTo(one.body().text());
                assertThat(two.header("ETag")).isEqualTo(one.header("ETag"));
            }
        }
    }

    @Test
    void theConnectedStoreGoesOnFillingBesideItsSnapshot() {
        try (ScriptedUpstream listening = ScriptedUpstream.start()) {
            new SimpleIndexTree()
                    .add(HELD)
                    .add(NOT_HELD)
                    .add(IndexFile.of(TinyWheel.of("demo", "3.0")))
                    .serve(listening);
            try (RunningMirror live = RunningMirror.in(data)
                            .from(listening)
                            .pageTtl(Duration.ofMillis(1))
                            .start();
                    RunningMirror frozen = RunningMirror.in(data).frozen().start()) {
                assertThat(live.get("/simple/demo/").body().text()).contains(NOT_HELD.filename());
                assertThat(live.get(NOT_HELD.path()).status()).isEqualTo(200);
                assertHeldOnly(frozen);
            }
        }
    }

    @Test
    void whatIsNotThereIsNotedOnce() {
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror = RunningMirror.in(data).offline().start()) {
            mirror.get("/simple/wanted/");
            mirror.get("/simple/wanted/");
            mirror.get(NOT_HELD.path());
            log.await(Duration.ofSeconds(5), "pypi:" + NOT_HELD.filename(), "not held");
            assertThat(log.messages().stream().filter(m -> m.contains("pypi:wanted")))
                    .hasSize(1);
        }
    }

    private static void assertHeldOnly(RunningMirror mirror) {
        String page = mirror.get("/simple/demo/", JSON).body().text();
        assertThat(page).contains(HELD.filename(), HELD.sha256()).doesNotContain(NOT_HELD.filename());
        assertThat(mirror.get(HELD.path()).body().sha256()).isEqualTo(HELD.sha256());
        RawHttp.Response missing = mirror.get(NOT_HELD.path());
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.body().text()).contains("not held");
        RawHttp.Response empty = mirror.get("/simple/other/");
        assertThat(empty.status()).isEqualTo(404);
        assertThat(empty.body().text()).contains("no file of project other is held here");
        assertThat(mirror.get("/simple/never-heard-of/").status()).isEqualTo(404);
        assertThat(mirror.get("/simple/", JSON).body().text())
                .contains("\"demo\"", "\"bare\"")
                .doesNotContain("\"other\"");
        // upstream gave no hash of this one; we know it now
        assertThat(mirror.get("/simple/bare/").body().text()).contains("#sha256=" + BARE.sha256());
    }
}
