package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9112 on one connection: where one message ends and the next begins is never in doubt, or nothing more is read. */
class ConnectionsStayInStepTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final byte[] BYTES = bytes(300_000);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", BYTES);
    /** More than all buffers between here and there hold. */
    private static final IndexFile LARGE = IndexFile.sized("large", 20_000_000);

    private static final String NEXT = "GET /-/health/ready HTTP/1.1\r\nHost: a\r\n\r\n";

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private CapturedLog log;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).add(LARGE).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).start();
        mirror.get(FILE.path());
        mirror.get(LARGE.path());
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 5\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n Host: b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\tHost: b\r\n\r\n",
                "GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\nHost: a\n\n",
                "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX\u0000Y: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nX: 1\u00002\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
                "\u0000GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void aFramingThatCouldBeReadInTwoWaysIsRefusedAndNothingAfterItIsRead(String request) {
        try (RawHttp client = mirror.connect()) {
            client.send(request + NEXT);
            RawHttp.Response response = client.read();
            assertThat(response.status()).isEqualTo(400);
            assertThat(response.header("Connection")).isEqualTo("close");
            assertThat(client.awaitEnding(SOON)).isNotEqualTo(RawHttp.Ending.OPEN);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 40000\r\n\r\n",
                "Content-Length: 99999999999\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n9c40\r\n",
                "Expect: 100-continue\r\nContent-Length: 40000\r\n\r\n"
            })
    void aBodyIsNotReadButTheAnswerArrives(String rest) {
        try (RawHttp client = mirror.connect()) {
            client.send("POST /simple/ HTTP/1.1\r\nHost: a\r\n" + rest);
            client.send("a".repeat(40_000));
            RawHttp.Response response = client.read();
            assertThat(response.status()).isEqualTo(405);
            assertThat(response.header("Connection")).isEqualTo("close");
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    @Test
    void badChunksAfterAnAnswerEndTheConnection() {
        try (RawHttp client = mirror.connect()) {
            client.send("GET /-/health/live HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + NEXT);
            assertThat(client.read().header("Connection")).isEqualTo("close");
            assertThat(client.awaitEnding(SOON)).isNotEqualTo(RawHttp.Ending.OPEN);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/2.0", "HTTP/0.9", "HTTP/3.7"})
    void anotherMajorVersionIs505(String version) {
        try (RawHttp client = mirror.connect()) {
            assertThat(client.send("GET / " + version + "\r\nHost: a\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(505);
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    @Test
    void anOldClientKeepsItsConnectionOnlyIfItAsksTo() {
        try (RawHttp client = mirror.connect()) {
            for (int i = 0; i < 3; i++) {
                RawHttp.Response response = client.send(
                                "GET " + FILE.path() + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                        .read();
                assertThat(response.header("Connection")).isEqualTo("keep-alive");
                assertThat(response.body().sha256()).isEqualTo(FILE.sha256());
            }
            assertThat(client.send("GET /-/health/live HTTP/1.0\r\n\r\n").read().header("Connection"))
                    .isEqualTo("close");
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    @Test
    void aClientThatAsksForTheEndGetsIt() {
        try (RawHttp client = mirror.connect()) {
            assertThat(client.request("GET", FILE.path(), "Connection: close")
                            .read()
                            .body()
                            .sha256())
                    .isEqualTo(FILE.sha256());
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    @Test
    void manyPipelinedRequestsAreAnsweredInTheirOrder() {
        try (RawHttp client = mirror.connect()) {
            for (int i = 0; i < 40; i++) {
                client.request("GET", i % 2 == 0 ? FILE.path() : "/simple/demo/");
            }
            for (int i = 0; i < 40; i++) {
                RawHttp.Response response = client.read();
                assertThat(response.status()).isEqualTo(200);
                assertThat(FILE.sha256().equals(response.body().sha256())).isEqualTo(i % 2 == 0);
            }
        }
    }

    @Test
    void whoSendsHundredsAheadWaitsForTheirTurn() {
        try (RawHttp client = mirror.connect()) {
            client.request("GET", LARGE.path());
            RawHttp.Head head = client.readHead();
            client.send(NEXT.repeat(1000));
            assertThat(client.readBody(head, false).sha256()).isEqualTo(LARGE.sha256());
            for (int i = 0; i < 1000; i++) {
                assertThat(client.read().body().text()).isEqualTo("ready\n");
            }
            assertThat(client.ending()).isEqualTo(RawHttp.Ending.OPEN);
        }
    }

    @Test
    void aClientThatHalfClosesStillGetsItsAnswer(@TempDir Path other) {
        for (IndexFile file : List.of(FILE, LARGE)) {
            try (RawHttp client = RawHttp.connect(mirror.port(), 16 << 10)) {
                RawHttp.Response response =
                        client.request("GET", file.path()).shutdownOutput().readDigest();
                assertThat(response.body().sha256()).isEqualTo(file.sha256());
                assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
            }
        }
        try (ScriptedUpstream from = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).add(LARGE).serve(from);
            from.on(LARGE.path()).reply(Answer.ok(LARGE.bytes()).slowly(20_000_000));
            try (RunningMirror mine = RunningMirror.in(other).from(from).start();
                    RawHttp client = mine.connect()) {
                // none of them is held
                client.request("GET", "/simple/demo/")
                        .request("GET", LARGE.path())
                        .request("GET", FILE.path())
                        .shutdownOutput();
                assertThat(client.read().body().text()).contains(FILE.filename());
                assertThat(client.readDigest().body().sha256()).isEqualTo(LARGE.sha256());
                assertThat(client.read().body().sha256()).isEqualTo(FILE.sha256());
                assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"})
    void whoHalfClosesWithNothingAskedIsNotWaitedFor(String begun) {
        try (RawHttp client = mirror.connect()) {
            assertThat(client.request("GET", FILE.path()).read().status()).isEqualTo(200);
            client.send(begun).shutdownOutput().readTimeout(SOON.dividedBy(2)).readBytes(1_000);
            assertThat(client.ending()).isNotEqualTo(RawHttp.Ending.OPEN);
        }
    }

    /** Whoever has gone altogether says so only when it is sent something. */
    @Test
    void whoHangsUpInMidFileIsForgotten(@TempDir Path other) {
        try (ScriptedUpstream from = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(LARGE).serve(from);
            try (RunningMirror mine =
                    RunningMirror.in(other).from(from).withAdmin().start()) {
                mine.get(LARGE.path());
                try (RawHttp client = RawHttp.connect(mine.port(), 16 << 10)) {
                    client.request("GET", LARGE.path()).readHead();
                }
                Eventually.is(
                        SOON,
                        "the connection is gone",
                        () -> mine.scrape().value("permafrost_http_connections_open", "") == 0);
            }
        }
    }

    @Test
    void aFileWithoutALengthComesInChunksAndTheConnectionGoesOn(@TempDir Path other) {
        IndexFile endless = IndexFile.of("endless", "endless-1.0.tar.gz", "1.0", BYTES);
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedUpstream from = ScriptedUpstream.start()) {
            // pages in HTML say nothing of sizes
            new SimpleIndexTree()
                    .speaks(SimpleIndexTree.Speaks.HTML)
                    .add(endless)
                    .serve(from);
            from.on(endless.path()).reply(Answer.ok(BYTES).chunked().gateAfter(100_000, gate));
            try (RunningMirror mine = RunningMirror.in(other).from(from).start();
                    RawHttp client = mine.connect()) {
                client.request("GET", endless.path());
                RawHttp.Head head = client.readHead();
                assertThat(head.header("Transfer-Encoding")).isEqualTo("chunked");
                assertThat(head.header("Content-Length")).isNull();
                gate.countDown();
                assertThat(client.readBody(head, false).sha256()).isEqualTo(endless.sha256());
                assertThat(client.request("GET", "/-/health/live").read().status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void aServerThatClosesFinishesWhatItSendsAndEndsWhatIsIdle(@TempDir Path other) throws InterruptedException {
        try (ScriptedUpstream from = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(LARGE).serve(from);
            RunningMirror mine = RunningMirror.in(other).from(from).start();
            try (RawHttp idle = mine.connect();
                    RawHttp busy = mine.connect()) {
                mine.get(LARGE.path());
                assertThat(idle.request("GET", "/-/health/live").read().status())
                        .isEqualTo(200);
                RawHttp.Head head = busy.request("GET", LARGE.path()).readHead();
                Thread closer = new Thread(mine::close);
                closer.start();
                assertThat(idle.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
                RawHttp.Body body = busy.readBody(head, false);
                assertThat(body.complete()).isTrue();
                assertThat(body.sha256()).isEqualTo(LARGE.sha256());
                assertThat(busy.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
                closer.join(SOON.toMillis());
                assertThat(closer.isAlive()).isFalse();
            } finally {
                mine.close();
            }
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
