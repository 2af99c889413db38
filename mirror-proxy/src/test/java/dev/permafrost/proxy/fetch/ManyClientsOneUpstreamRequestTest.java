package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However many ask for a file, upstream is asked once, and whoever leaves takes nothing from the others. */
class ManyClientsOneUpstreamRequestTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int CLIENTS = 100;
    private static final int HALF_BYTES = 1_000_000;
    private static final IndexFile FILE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(2 * HALF_BYTES, 2));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private final CountDownLatch gate = new CountDownLatch(1);
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        upstream.on(FILE.path()).reply(Answer.file(FILE.bytes(), "\"one\"").gateAfter(HALF_BYTES, gate));
        mirror = RunningMirror.in(data).from(upstream).start();
    }

    @AfterEach
    void stop() {
        gate.countDown();
        threads.shutdownNow();
        mirror.close();
        upstream.close();
    }

    @Test
    void aHundredClientsGetTheRightBytesOfOneRequest() throws Exception {
        List<Future<RawHttp.Response>> clients = all(i -> {
            try (RawHttp client = mirror.connect()) {
                return client.request("GET", FILE.path()).readDigest();
            }
        });
        upstream.awaitRequest(FILE.path(), SOON);
        gate.countDown();
        for (Future<RawHttp.Response> client : clients) {
            RawHttp.Response response = client.get();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().sha256()).isEqualTo(FILE.sha256());
        }
        assertStoredOnceAndServedWithoutUpstream();
    }

    /** Those who looked for the page just before it was stored once were told 404. */
    @Test
    void nobodyIsToldThatAFileIsAbsentWhileItsPageComes() throws Exception {
        for (int round = 0; round < 10; round++) {
            IndexFile file = IndexFile.of(TinyWheel.of("cold" + round, "1.0"));
            new SimpleIndexTree().add(file).serve(upstream);
            List<Future<RawHttp.Response>> clients = all(i -> mirror.get(file.path()));
            for (Future<RawHttp.Response> client : clients) {
                assertThat(client.get().body().sha256()).isEqualTo(file.sha256());
            }
            assertThat(upstream.count(file.path())).isEqualTo(1);
        }
    }

    @Test
    void theRestCompleteWhenHalfOfThemHangUpInMidTransfer() throws Exception {
        List<Future<RawHttp.Response>> clients = all(i -> {
            try (RawHttp client = mirror.connect()) {
                RawHttp.Head head = client.request("GET", FILE.path()).readHead();
                assertThat(client.readBytes(1000 * (i + 1))).hasSize(1000 * (i + 1));
                if (i % 2 == 0) {
                    client.reset();
                    return new RawHttp.Response(head, new RawHttp.Body(new byte[0], 0, "", false, RawHttp.Ending.RST));
                }
                byte[] rest = client.readBytes(FILE.bytes().length - 1000 * (i + 1));
                return new RawHttp.Response(
                        head, new RawHttp.Body(new byte[0], rest.length, "", true, RawHttp.Ending.OPEN));
            }
        });
        for (int i = 0; i < CLIENTS; i += 2) {
            clients.get(i).get();
        }
        gate.countDown();
        for (int i = 1; i < CLIENTS; i += 2) {
            assertThat(clients.get(i).get().body().lengthBytes()).isEqualTo(FILE.bytes().length - 1000L * (i + 1));
        }
        assertStoredOnceAndServedWithoutUpstream();
    }

    @Test
    void theFetchGoesOnWhenTheOnlyClientLeaves() {
        try (RawHttp leader = mirror.connect()) {
            leader.request("GET", FILE.path()).readHead();
            leader.readBytes(1000);
            leader.reset();
        }
        gate.countDown();
        assertStoredOnceAndServedWithoutUpstream();
    }

    @Test
    void theFetchGoesOnWhenTheOnlyClientLeavesBeforeUpstreamAnswers() {
        CountDownLatch head = new CountDownLatch(1);
        upstream.on(FILE.path()).reply(Answer.file(FILE.bytes(), "\"one\"").gate(head));
        try (RawHttp leader = mirror.connect()) {
            leader.request("GET", FILE.path());
            upstream.awaitRequest(FILE.path(), SOON);
            leader.reset();
        }
        head.countDown();
        assertStoredOnceAndServedWithoutUpstream();
    }

    @Test
    void aLateClientReadsTheGrowingFileFromItsStart() {
        try (RawHttp early = mirror.connect();
                RawHttp late = mirror.connect()) {
            early.request("GET", FILE.path()).readHead();
            assertThat(early.readBytes(HALF_BYTES - 1)).hasSize(HALF_BYTES - 1);
            RawHttp.Head head = late.request("GET", FILE.path()).readHead();
            assertThat(head.header("Cache-Status")).contains("collapsed");
            assertThat(head.header("ETag")).isEqualTo('"' + FILE.sha256() + '"');
            assertThat(late.readBytes(1000)).startsWith('P', 'K').hasSize(1000);
            gate.countDown();
            assertThat(late.readBytes(FILE.bytes().length - 1000)).hasSize(FILE.bytes().length - 1000);
        }
        assertStoredOnceAndServedWithoutUpstream();
    }

    @Test
    void aRangeOfAGrowingFileEndsOnlyAfterAllOfItIsVerified() {
        try (RawHttp client = mirror.connect()) {
            RawHttp.Head head =
                    client.request("GET", FILE.path(), "Range: bytes=0-99").readHead();
            assertThat(head.status()).isEqualTo(206);
            assertThat(head.header("Content-Range")).isEqualTo("bytes 0-99/" + FILE.bytes().length);
            assertThat(client.readBytes(99)).hasSize(99);
            assertThat(client.awaitEnding(Duration.ofMillis(400))).isEqualTo(RawHttp.Ending.OPEN);
            client.readTimeout(SOON);
            gate.countDown();
            assertThat(client.readBytes(1)).containsExactly(FILE.bytes()[99]);
        }
    }

    @Test
    void aSuffixOfAGrowingFileComes() {
        gate.countDown();
        RawHttp.Response response = mirror.get(FILE.path(), "Range: bytes=-10");
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.body().bytes())
                .isEqualTo(java.util.Arrays.copyOfRange(FILE.bytes(), FILE.bytes().length - 10, FILE.bytes().length));
    }

    @Test
    void headIsAnsweredWithoutABodyColdAndHeld() {
        RawHttp.Head cold = mirror.head(FILE.path());
        assertThat(cold.status()).isEqualTo(200);
        assertThat(cold.header("Content-Length")).isEqualTo("" + FILE.bytes().length);
        gate.countDown();
        awaitHit();
        try (RawHttp client = mirror.connect()) {
            client.request("HEAD", FILE.path()).request("GET", "/-/health/live");
            RawHttp.Head held = client.readHead();
            assertThat(held.header("Content-Length")).isEqualTo("" + FILE.bytes().length);
            assertThat(held.header("Cache-Status")).isEqualTo("permafrost; hit");
            assertThat(client.read().body().text()).isEqualTo("alive\n");
        }
    }

    private void assertStoredOnceAndServedWithoutUpstream() {
        awaitHit();
        Eventually.is(Duration.ofSeconds(10), "the wheel and its metadata", () -> mirror.blobs() == 2);
        RawHttp.Response again = mirror.get(FILE.path());
        assertThat(again.body().sha256()).isEqualTo(FILE.sha256());
        assertThat(again.header("Cache-Status")).isEqualTo("permafrost; hit");
        assertThat(upstream.count(FILE.path())).isEqualTo(1);
        assertThat(mirror.staged()).isZero();
    }

    private void awaitHit() {
        Eventually.is(
                SOON,
                "a hit",
                () -> "permafrost; hit".equals(mirror.head(FILE.path()).header("Cache-Status")));
    }

    private List<Future<RawHttp.Response>> all(IntFunction<RawHttp.Response> work) {
        List<Future<RawHttp.Response>> futures = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            futures.add(threads.submit(() -> work.apply(number)));
        }
        return futures;
    }
}
