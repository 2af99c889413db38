package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What upstream's index says of a file may be otherwise the next moment: nobody gets the bytes of before for those of now. */
class IndexChangesItsMindTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PAGE = "/simple/demo/";
    private static final IndexFile BEFORE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(300_000, 1));
    private static final IndexFile NOW =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(400_000, 2));
    /** Where upstream has either, and we too: no part of it is a digest. */
    private static final String PATH = "/packages/11/22/" + "3".repeat(60) + "/" + BEFORE.filename();

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void whoAsksForOtherBytesDoesNotJoinTheFetchOfThoseOfBefore() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        list(BEFORE);
        upstream.on(PATH)
                .reply(
                        Answer.file(BEFORE.bytes(), BEFORE.etag()).gateAfter(100_000, gate),
                        Answer.file(NOW.bytes(), NOW.etag()));
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).pageTtl(Duration.ZERO).start()) {
            CompletableFuture<RawHttp.Response> first = CompletableFuture.supplyAsync(() -> mirror.get(PATH));
            upstream.awaitRequest(PATH, SOON);
            list(NOW);
            assertThat(mirror.get(PAGE).body().text()).contains(NOW.sha256());
            CompletableFuture<RawHttp.Response> second = CompletableFuture.supplyAsync(() -> mirror.get(PATH));
            Thread.sleep(300);
            gate.countDown();
            assertThat(first.get(SOON.toSeconds(), TimeUnit.SECONDS).body().bytes())
                    .isEqualTo(BEFORE.bytes());
            RawHttp.Response other = second.get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertThat(other.body().bytes()).isEqualTo(NOW.bytes());
            assertThat(mirror.get(PATH).body().bytes()).isEqualTo(NOW.bytes());
            assertThat(upstream.count(PATH)).isEqualTo(2);
        }
    }

    @Test
    void aFileOtherThanItsPageSaidIsLookedForOnceMore() {
        list(BEFORE);
        try (RunningMirror mirror = mirror()) {
            assertThat(mirror.get(PAGE).body().text()).contains(BEFORE.sha256());
            list(NOW);
            upstream.on(PATH).file(NOW.bytes(), NOW.etag());
            // told by its length alone, so that nobody has had a byte of it
            assertThat(mirror.get(PATH).body().bytes()).isEqualTo(NOW.bytes());
            assertThat(mirror.get(PAGE).body().text()).contains(NOW.sha256());
            assertThat(upstream.count(PAGE)).isEqualTo(2);
        }
    }

    @Test
    void theNextClientIsToldTheTruthWhereTheFirstHadHadSome() {
        byte[] other = BEFORE.bytes().clone();
        other[200_000] ^= 1;
        IndexFile now = IndexFile.of("demo", BEFORE.filename(), "1.0", other);
        list(BEFORE);
        try (RunningMirror mirror = mirror()) {
            assertThat(mirror.get(PAGE).body().text()).contains(BEFORE.sha256());
            list(now);
            upstream.on(PATH).file(other, now.etag());
            RawHttp.Response first = mirror.get(PATH);
            assertThat(
                            first.status() == 200 && first.body().complete()
                                    ? first.body().sha256()
                                    : now.sha256())
                    .isEqualTo(now.sha256());
            Eventually.is(
                    SOON, "the new page", () -> mirror.get(PAGE).body().text().contains(now.sha256()));
            assertThat(mirror.get(PATH).body().bytes()).isEqualTo(other);
        }
    }

    @Test
    void aListedFileThatIsGoneIsAskedForOnceAndItsPageToo() {
        list(BEFORE);
        try (RunningMirror mirror = mirror()) {
            assertThat(mirror.get(PAGE).body().text()).contains(BEFORE.sha256());
            upstream.on(PATH).reply(404);
            upstream.on(PAGE).reply("text/html", "<h1>Links for demo</h1>");
            for (int i = 0; i < 5; i++) {
                assertThat(mirror.get(PATH).status()).isEqualTo(404);
            }
            assertThat(mirror.get(PAGE).body().text()).doesNotContain(BEFORE.filename());
            assertThat(upstream.count(PATH)).isEqualTo(1);
            assertThat(upstream.count(PAGE)).isEqualTo(2);
        }
    }

    @Test
    void anUpstreamThatIsWrongForGoodIsNotAskedAgainAndAgain() {
        list(BEFORE);
        upstream.on(PATH).file(NOW.bytes(), NOW.etag());
        try (RunningMirror mirror = mirror()) {
            for (int i = 0; i < 5; i++) {
                assertThat(mirror.get(PATH).status()).isEqualTo(502);
            }
            assertThat(upstream.count(PAGE)).isEqualTo(2);
        }
    }

    private RunningMirror mirror() {
        return RunningMirror.in(data).from(upstream).retriesMax(0).start();
    }

    private void list(IndexFile file) {
        upstream.on(PAGE)
                .reply(
                        "application/vnd.pypi.simple.v1+json",
                        "{\"meta\":{\"api-version\":\"1.1\"},\"name\":\"demo\",\"files\":[{\"filename\":\""
                                + file.filename()
                                + "\",\"url\":\"" + upstream.url(PATH) + "\",\"size\":" + file.bytes().length
                                + ",\"hashes\":{\"sha256\":\"" + file.sha256() + "\"}}]}");
    }
}
