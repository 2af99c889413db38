package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.Policies;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SettableClock;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.SnapshotId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the policy refuses is on no page, and is served to nobody, who is told why. */
class PolicyIsObeyedTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final IndexFile OLD = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final IndexFile NEW = IndexFile.of(TinyWheel.of("demo", "2.0"));
    private static final IndexFile EVIL = IndexFile.of(TinyWheel.of("evil-one", "1.0"));
    private static final IndexFile FREE = IndexFile.of(TinyWheel.of("free", "1.0"));
    private static final TinyWheel BOUND_WHEEL = TinyWheel.of("bound", "1.0");
    private static final IndexFile BOUND = IndexFile.of(BOUND_WHEEL)
            .withMetadata((new String(BOUND_WHEEL.metadata(), UTF_8)
                            + "Classifier: License :: OSI Approved :: GNU Affero General Public License v3\n")
                    .getBytes(UTF_8));
    private static final String RULES =
            "{rules: [{deny: {project: evil-*}}, {deny: {project: demo, versions: '<2'}}, {deny: {licence: '*affero*'}}]}";
    private static final Instant UPLOADED = Instant.parse("2020-01-02T03:04:05.678901Z");

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(OLD).add(NEW).add(EVIL).add(FREE).add(BOUND).serve(upstream);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void pagesListWhatIsServedInEveryForm() {
        try (RunningMirror mirror = live(RULES)) {
            assertThat(mirror.get("/simple/demo/").body().text())
                    .contains(NEW.filename())
                    .doesNotContain(OLD.filename());
            assertThat(mirror.get("/simple/demo/", JSON).body().text())
                    .contains(NEW.filename(), "\"versions\":[\"2.0\"]")
                    .doesNotContain(OLD.filename());
            assertThat(mirror.get("/pypi/demo/json").body().text())
                    .contains(NEW.filename())
                    .doesNotContain(OLD.filename());
            assertThat(mirror.get("/pypi/demo/1.0/json").status()).isEqualTo(404);
            assertThat(mirror.get("/simple/").body().text()).contains("demo").doesNotContain("evil");
        }
    }

    @Test
    void searchFindsNothingOfANameThatIsRefused() {
        try (RunningMirror mirror = live(RULES);
                RawHttp http = mirror.connect()) {
            mirror.get("/simple/");
            String call =
                    "<?xml version='1.0'?><methodCall><methodName>search</methodName><params><param><value><struct>"
                            + "<member><name>name</name><value><array><data><value><string>e</string></value></data></array></value>"
                            + "</member></struct></value></param></params></methodCall>";
            String found = http.request("POST", "/pypi", "Content-Type: text/xml", "Content-Length: " + call.length())
                    .send(call)
                    .read()
                    .body()
                    .text();
            assertThat(found)
                    .contains("<string>demo</string>", "<string>free</string>")
                    .doesNotContain("evil");
        }
    }

    @Test
    void aFileIsRefusedByItsUrl() {
        try (RunningMirror mirror = live(RULES)) {
            for (String path : new String[] {OLD.path(), OLD.path() + ".metadata"}) {
                RawHttp.Response refused = mirror.get(path);
                assertThat(refused.status()).isEqualTo(403);
                assertThat(refused.header("Cache-Control")).isEqualTo("no-store");
                assertThat(refused.body().text())
                        .isEqualTo(OLD.filename()
                                + " is not served: rule 2 of the policy refuses it: deny: {project: demo,"
                                + " versions: \"<2\"}; ask 'permafrost explain pypi demo==1.0'\n");
            }
            assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
            assertThat(upstream.requests(OLD.path())).isEmpty();
        }
    }

    @Test
    void upstreamIsNotAskedForAProjectRefusedByItsName() {
        try (RunningMirror mirror = live(RULES)) {
            for (String path :
                    new String[] {"/simple/evil-one/", "/pypi/evil-one/json", "/pypi/evil-one/1.0/json", EVIL.path()}) {
                RawHttp.Response refused = mirror.get(path);
                assertThat(refused.status()).as(path).isEqualTo(403);
                assertThat(refused.body().text())
                        .as(path)
                        .isEqualTo("project evil-one is not served: rule 1 of the policy refuses it: deny: {project:"
                                + " \"evil-*\"}; ask 'permafrost explain pypi evil-one'\n");
            }
            assertThat(upstream.requests("/simple/evil-one/")).isEmpty();
            assertThat(mirror.get("/simple/never-heard-of/").status()).isEqualTo(404);
        }
    }

    @Test
    void whatIsRefusedCanBeHiddenInstead() {
        try (RunningMirror mirror = live("{rules: [{deny: {project: [evil-*, demo]}}], refuse-with: 404}")) {
            assertThat(mirror.get("/simple/evil-one/").status()).isEqualTo(404);
            RawHttp.Response hidden = mirror.get(OLD.path());
            assertThat(hidden.status()).isEqualTo(404);
            assertThat(hidden.body().text()).contains("rule 1");
        }
    }

    @Test
    void aProjectOfWhichNothingIsLeftSaysWhy() {
        try (RunningMirror mirror = live("{rules: [{deny: {project: demo, type: wheel}}]}")) {
            for (int i = 0; i < 2; i++) {
                RawHttp.Response refused = mirror.get("/simple/demo/", JSON);
                assertThat(refused.status()).isEqualTo(403);
                assertThat(refused.body().text())
                        .contains("none of its 2 files is", OLD.filename(), "rule 1", "permafrost explain pypi demo");
            }
            assertThat(upstream.requests("/simple/demo/")).hasSize(1);
            assertThat(mirror.get("/pypi/demo/json").status()).isEqualTo(403);
        }
    }

    @Test
    void whatIsHeldObeysThePolicyOfToday() {
        try (RunningMirror mirror =
                RunningMirror.in(folder.resolve("data")).from(upstream).start()) {
            assertThat(mirror.get(OLD.path()).status()).isEqualTo(200);
            assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
            assertThat(mirror.get(EVIL.path()).status()).isEqualTo(200);
            mirror.store().freeze(new SnapshotId("first"));
        }
        for (RunningMirror.Builder view : new RunningMirror.Builder[] {
            builder(RULES), builder(RULES).offline(), builder(RULES).frozen()
        }) {
            try (RunningMirror mirror = view.start()) {
                assertThat(mirror.get(OLD.path()).status()).isEqualTo(403);
                assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
                assertThat(mirror.get("/simple/demo/", JSON).body().text())
                        .contains(NEW.filename())
                        .doesNotContain(OLD.filename());
                assertThat(mirror.get("/simple/evil-one/").status()).isEqualTo(403);
                assertThat(mirror.get("/simple/").body().text())
                        .contains("demo")
                        .doesNotContain("evil");
            }
        }
    }

    @Test
    void aLicenceIsLearntBeforeTheFileIsServed() {
        try (RunningMirror mirror = live(RULES)) {
            assertThat(mirror.get("/simple/bound/").body().text()).contains(BOUND.filename());
            RawHttp.Response refused = mirror.get(BOUND.path());
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body().text()).contains("rule 3");
            assertThat(upstream.requests(BOUND.path())).isEmpty();
            assertThat(upstream.requests(BOUND.path() + ".metadata")).hasSize(1);
            // of this one upstream offers no metadata
            assertThat(mirror.get(FREE.path()).status()).isEqualTo(200);
        }
        try (RunningMirror mirror = live(RULES)) {
            assertThat(mirror.get("/simple/bound/").status()).isEqualTo(403);
        }
    }

    @Test
    void aFileWhoseLicenceCannotBeLearntForNowIsNotServed() {
        upstream.on(BOUND.path() + ".metadata").reply("text/plain", "Metadata-Version: 2.1\n");
        try (RunningMirror mirror = live(RULES)) {
            assertThat(mirror.get(BOUND.path()).status()).isEqualTo(502);
            assertThat(upstream.requests(BOUND.path())).isEmpty();
        }
    }

    @Test
    void quarantineEndsWithTime() {
        SettableClock clock = new SettableClock(UPLOADED.plus(Duration.ofDays(6)));
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .policy(Policies.ofAge(Duration.ofDays(7), "free"))
                .clock(clock)
                .pageTtl(Duration.ofDays(300))
                .start()) {
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(403);
            assertThat(mirror.get("/simple/demo/", JSON).body().text()).contains("from 2020-01-09T03:04:05.678901Z");
            assertThat(mirror.get(OLD.path()).status()).isEqualTo(403);
            assertThat(mirror.get("/simple/free/").status()).isEqualTo(200);
            clock.advance(Duration.ofDays(1));
            assertThat(mirror.get("/simple/demo/").body().text()).contains(OLD.filename(), NEW.filename());
            assertThat(mirror.get("/simple/demo/", JSON).body().text()).contains(OLD.filename());
            assertThat(mirror.get(OLD.path()).status()).isEqualTo(200);
            assertThat(upstream.requests("/simple/demo/")).hasSize(1);
        }
    }

    @Test
    void aPageIsRememberedUntilTheNextFileIsOldEnough() {
        String young = "2026-01-01T00:00:00Z";
        IndexFile third = IndexFile.of(TinyWheel.of("demo", "3.0"));
        String page = SimpleIndexTree.json("demo", List.of(OLD, third));
        int last = page.lastIndexOf("2020-01-02T03:04:05.678901Z");
        upstream.on("/simple/demo/")
                .reply(SimpleIndexTree.JSON, page.substring(0, last) + young + page.substring(last + 27));
        SettableClock clock = new SettableClock(Instant.parse("2026-01-07T23:59:30Z"));
        RunningMirror.Builder builder = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .policy(Policies.ofAge(Duration.ofDays(7)))
                .clock(clock);
        try (RunningMirror mirror = builder.start()) {
            RawHttp.Response before = mirror.get("/simple/demo/", JSON);
            assertThat(before.body().text()).contains(OLD.filename()).doesNotContain(third.filename());
            assertThat(before.header("Cache-Control")).isEqualTo("max-age=30, public");
            String etag = before.header("ETag");
            assertThat(mirror.get("/simple/demo/", JSON, "If-None-Match: " + etag)
                            .status())
                    .isEqualTo(304);
            clock.advance(Duration.ofSeconds(30));
            RawHttp.Response after = mirror.get("/simple/demo/", JSON, "If-None-Match: " + etag);
            assertThat(after.status()).isEqualTo(200);
            assertThat(after.body().text())
                    .contains(OLD.filename(), third.filename(), "\"versions\":[\"1.0\",\"3.0\"]");
            assertThat(after.header("Cache-Control")).isEqualTo("max-age=600, public");
        }
    }

    @Test
    void aRealPipShowsTheReason() {
        assumeTrue(Pips.newest().isPresent(), "no pip here");
        try (RunningMirror mirror = live(RULES)) {
            String index = "http://127.0.0.1:" + mirror.port() + "/simple/";
            Pips.Environment pip = Pips.newest().orElseThrow().target(folder.resolve("target"));
            Subprocess.Result installed = pip.install(index, Duration.ofMinutes(2), "demo");
            assertThat(installed.exit()).as(installed.err()).isZero();
            Subprocess.Result older = pip.install(index, Duration.ofMinutes(2), "demo<2");
            assertThat(older.exit()).isEqualTo(1);
            assertThat(older.err()).contains("from versions: 2.0");
            Subprocess.Result byUrl =
                    pip.install(index, Duration.ofMinutes(2), "http://127.0.0.1:" + mirror.port() + OLD.path());
            assertThat(byUrl.exit()).isEqualTo(1);
            assertThat(byUrl.err()).contains("403", "refused by rule 2 of the policy");
        }
    }

    private RunningMirror.Builder builder(String rules) {
        return RunningMirror.in(folder.resolve("data")).from(upstream).policy(Policies.of(rules));
    }

    private RunningMirror live(String rules) {
        return builder(rules).start();
    }
}
