package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Upstream's 404 is ours; an upstream that is down is not: what is held is served stale, and the rest is 502 or 504. */
class AbsentIsNotBrokenTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final String PAGE = "/simple/demo/";

    @TempDir
    Path data;

    private final CapturedLog log = CapturedLog.open();
    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @ParameterizedTest
    @CsvSource({"404,404", "410,404", "500,502", "503,502", "403,502", "401,502", "429,502", "204,502"})
    void whatUpstreamSaysOfAPage(int upstreamStatus, int ours) {
        upstream.on(PAGE).reply(Answer.status(upstreamStatus));
        try (RunningMirror mirror = mirror().start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(ours);
            assertThat(response.body().text()).contains(ours == 404 ? "no project demo" : "" + upstreamStatus);
        }
    }

    @ParameterizedTest
    @CsvSource({"404,404", "410,404", "500,502", "503,502", "403,502", "206,502"})
    void whatUpstreamSaysOfAFileThatItLists(int upstreamStatus, int ours) {
        new SimpleIndexTree().add(FILE).serve(upstream);
        upstream.on(FILE.path()).reply(Answer.status(upstreamStatus));
        try (RunningMirror mirror = mirror().start()) {
            RawHttp.Response response = mirror.get(FILE.path());
            assertThat(response.status()).isEqualTo(ours);
            assertThat(response.body().text()).contains(FILE.filename());
        }
    }

    @Test
    void anUnknownProjectIsAskedForOnce() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get("/simple/nothing/").status()).isEqualTo(404);
            assertThat(mirror.get("/simple/nothing/").status()).isEqualTo(404);
            assertThat(mirror.get("/packages/no/nothing-1.0.tar.gz").status()).isEqualTo(404);
            assertThat(upstream.count("/simple/nothing/")).isEqualTo(1);
        }
    }

    @Test
    void aPageThatIsHeldIsServedStaleWhenUpstreamBreaks() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror = mirror().pageTtl(Duration.ofMillis(1)).start()) {
            String fresh = mirror.get(PAGE).body().text();
            upstream.on(PAGE).reply(Answer.status(503));
            RawHttp.Response stale = mirror.get(PAGE);
            assertThat(stale.status()).isEqualTo(200);
            assertThat(stale.header("Cache-Status")).contains("stale");
            assertThat(stale.body().text()).isEqualTo(fresh);
            assertThat(mirror.get(PAGE).header("Cache-Status")).contains("stale");
        }
    }

    @Test
    void aPageThatIsHeldIsServedStaleWhenNobodyListensUpstream() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        URI index = upstream.uri("/simple/");
        try (RunningMirror mirror = mirror().from(index).retriesMax(0).start()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
        }
        upstream.close();
        try (RunningMirror mirror =
                mirror().from(index).pageTtl(Duration.ofMillis(1)).retriesMax(0).start()) {
            assertThat(mirror.get(PAGE).header("Cache-Status")).contains("stale");
            RawHttp.Response other = mirror.get("/simple/other/");
            assertThat(other.status()).isEqualTo(502);
            assertThat(other.body().text()).contains("/simple/other/");
        }
    }

    @Test
    void aBrokenPageDoesNotReplaceTheOneThatIsHeld() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror = mirror().pageTtl(Duration.ofMillis(1)).start()) {
            mirror.get(PAGE);
            upstream.on(PAGE)
                    .reply(Answer.ok("application/json", "{\"files\": [").header("ETag", "\"x\""));
            RawHttp.Response stale = mirror.get(PAGE);
            assertThat(stale.header("Cache-Status")).contains("stale");
            assertThat(stale.body().text()).contains(FILE.filename());
        }
    }

    @Test
    void aPageThatTakesTooLongIs504AndIsThereLater() {
        CountDownLatch gate = new CountDownLatch(1);
        upstream.on(PAGE)
                .reply(Answer.ok("text/html", SimpleIndexTree.html("demo", List.of(FILE)))
                        .gate(gate));
        try (RunningMirror mirror = mirror().pageWait(Duration.ofMillis(300)).start()) {
            RawHttp.Response slow = mirror.get(PAGE);
            assertThat(slow.status()).isEqualTo(504);
            assertThat(slow.body().text()).contains("demo", "try again");
            gate.countDown();
            Eventually.is(SOON, "the page", () -> mirror.get(PAGE).status() == 200);
            assertThat(upstream.count(PAGE)).isEqualTo(1);
        }
    }

    @Test
    void aHeldPageThatTakesTooLongIsStaleAndThenFresh() {
        CountDownLatch gate = new CountDownLatch(1);
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror = mirror().pageWait(Duration.ofMillis(300))
                .pageTtl(Duration.ofMillis(500))
                .failureTtl(Duration.ofMillis(50))
                .start()) {
            mirror.get(PAGE);
            IndexFile more = IndexFile.of(TinyWheel.of("demo", "2.0"));
            upstream.on(PAGE)
                    .reply(Answer.ok("text/html", SimpleIndexTree.html("demo", List.of(FILE, more)))
                            .gate(gate));
            Eventually.is(
                    SOON,
                    "stale",
                    () -> String.valueOf(mirror.get(PAGE).header("Cache-Status"))
                            .contains("stale"));
            gate.countDown();
            Eventually.is(
                    SOON, "the new page", () -> mirror.get(PAGE).body().text().contains(more.filename()));
        }
    }

    @Test
    void clientsDoNotQueueUpBehindADeadUpstream() throws Exception {
        upstream.on(PAGE).reply(Answer.raw(new byte[0]));
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try (RunningMirror mirror = mirror().retriesMax(1).start()) {
            List<Future<RawHttp.Response>> clients = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                clients.add(threads.submit(() -> mirror.get(PAGE)));
            }
            for (Future<RawHttp.Response> client : clients) {
                assertThat(client.get().status()).isEqualTo(502);
            }
            assertThat(upstream.count(PAGE)).isLessThanOrEqualTo(2);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anUpstreamThatTricklesIsGivenUp() {
        upstream.on(PAGE)
                .reply(Answer.ok("text/html", SimpleIndexTree.html("demo", List.of(FILE)))
                        .slowly(40));
        try (RunningMirror mirror =
                mirror().slowest(10_000, Duration.ofSeconds(1)).start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(504);
            assertThat(response.body().text()).contains("upstream.min-bytes-per-second", "10000");
        }
    }

    @Test
    void anUpstreamThatNeverAnswersIsGivenUp() {
        upstream.on(PAGE).reply(Answer.status(200).delayHeaders(Duration.ofSeconds(30)));
        try (RunningMirror mirror =
                mirror().progressTimeout(Duration.ofMillis(300)).start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(504);
            assertThat(response.body().text()).contains("upstream.progress-timeout");
        }
    }

    @Test
    void whatIsNoIndexIsNamed() {
        upstream.on(PAGE).reply(Answer.ok("image/png", "x"));
        try (RunningMirror mirror = mirror().start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text()).contains("image/png", "/simple/");
        }
    }

    @Test
    void whatIsNoHttpIs502() {
        upstream.on(PAGE)
                .reply(Answer.raw("SSH-2.0-OpenSSH_9.0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        try (RunningMirror mirror = mirror().retriesMax(0).start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text()).contains(PAGE).doesNotContain("Exception");
        }
    }

    private RunningMirror.Builder mirror() {
        return RunningMirror.in(data).from(upstream);
    }
}
