package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ScriptedUpstreamMisbehavesAsToldTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    /** For how long nothing is to come. */
    private static final Duration SILENT = Duration.ofMillis(300);

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final byte[] body = new byte[100_000];

    ScriptedUpstreamMisbehavesAsToldTest() {
        new SplittableRandom(1).nextBytes(body);
    }

    @AfterEach
    void close() {
        upstream.close();
    }

    @Test
    void repliesInTurnAndRepeatsTheLast() {
        ScriptedUpstream.Route route = upstream.on("/page");
        route.reply(503);
        route.reply("text/html", "<p>");
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            assertThat(client.request("GET", "/page").read().status()).isEqualTo(503);
            for (int i = 0; i < 2; i++) {
                RawHttp.Response page = client.request("GET", "/page?x=1").read();
                assertThat(page.body().text()).isEqualTo("<p>");
                assertThat(page.header("content-type")).isEqualTo("text/html");
            }
            assertThat(client.request("GET", "/elsewhere").read().status()).isEqualTo(404);
        }
        assertThat(upstream.count("/page")).isEqualTo(3);
        assertThat(upstream.connections()).isEqualTo(1);
        assertThat(upstream.requests("/page").get(1).target()).isEqualTo("/page?x=1");
    }

    @Test
    void answersFromTheRequest() {
        upstream.on("/echo")
                .onRequest(
                        r -> Answer.ok("text/plain", r.method() + " " + new String(r.body(), UTF_8) + r.header("x-a")));
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: h\r\nX-A: 7\r\nContent-Length: 3\r\n\r\nabc");
            assertThat(client.read().body().text()).isEqualTo("POST abc7");
        }
    }

    @Test
    void endsABodyCleanlyOrByResetWhereTold() {
        upstream.on("/fin").file(body, "\"a\"").closeAfter(70_000);
        upstream.on("/rst").file(body, "\"a\"").resetAfter(70_000);
        RawHttp.Body fin = RawHttp.get(upstream.port(), "/fin").body();
        RawHttp.Body rst = RawHttp.get(upstream.port(), "/rst").body();
        assertThat(fin.ending()).isEqualTo(RawHttp.Ending.FIN);
        assertThat(rst.ending()).isEqualTo(RawHttp.Ending.RST);
        for (RawHttp.Body part : new RawHttp.Body[] {fin, rst}) {
            assertThat(part.complete()).isFalse();
            assertThat(part.lengthBytes()).isEqualTo(70_000);
        }
    }

    @Test
    void hangsUpBeforeAnyByte() {
        upstream.on("/fin").reply(Answer.raw(new byte[0]));
        upstream.on("/rst").reply(Answer.raw(new byte[0]).resetAfter(0));
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            client.request("GET", "/fin");
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            client.request("GET", "/rst");
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.RST);
        }
    }

    @Test
    void stallsInTheBodyWithTheConnectionOpen() {
        upstream.on("/stall").file(body, "\"a\"").stallAfter(10);
        upstream.on("/pause").file(body, "\"a\"").stallAfter(10, SILENT);
        try (RawHttp client = RawHttp.connect(upstream.port()).readTimeout(SOON)) {
            client.request("GET", "/stall").readHead();
            assertThat(client.readBytes(10)).hasSize(10);
            assertThat(client.awaitEnding(SILENT)).isEqualTo(RawHttp.Ending.OPEN);
        }
        assertThat(RawHttp.get(upstream.port(), "/pause").body().bytes()).isEqualTo(body);
    }

    @Test
    void delaysHeadersAndPacesBodies() {
        upstream.on("/late").reply("text/plain", "x").delayHeaders(SILENT);
        upstream.on("/slow").reply(200, Map.of(), new byte[1000]).slowly(2000);
        assertThat(took(() -> RawHttp.get(upstream.port(), "/late"))).isGreaterThan(SILENT);
        assertThat(took(() -> RawHttp.get(upstream.port(), "/slow"))).isGreaterThan(Duration.ofMillis(400));
    }

    @Test
    void holdsAReplyUntilTheTestOpensItsGate() throws Exception {
        CountDownLatch head = new CountDownLatch(1);
        CountDownLatch rest = new CountDownLatch(1);
        upstream.on("/held").file(body, "\"a\"").gate(head).gateAfter(1000, rest);
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            client.request("GET", "/held");
            upstream.awaitRequest("/held", SOON);
            assertThat(client.awaitEnding(SILENT)).isEqualTo(RawHttp.Ending.OPEN);
            head.countDown();
            client.readTimeout(SOON);
            RawHttp.Head answered = client.readHead();
            assertThat(client.readBytes(1000)).hasSize(1000);
            assertThat(client.awaitEnding(SILENT)).isEqualTo(RawHttp.Ending.OPEN);
            CompletableFuture<RawHttp.Body> later = CompletableFuture.supplyAsync(() -> client.readTimeout(SOON)
                    .readBody(new RawHttp.Head("", 200, List.of(Map.entry("Content-Length", "99000"))), false));
            rest.countDown();
            assertThat(later.get(10, TimeUnit.SECONDS).complete()).isTrue();
            assertThat(answered.header("Content-Length")).isEqualTo("100000");
        }
    }

    @Test
    void framesBodiesInEachWay() {
        upstream.on("/chunked").file(body, "\"a\"").chunked();
        upstream.on("/close").file(body, "\"a\"").withoutLength();
        upstream.on("/more").reply(200, Map.of(), body).wrongLength(body.length + 1);
        upstream.on("/fewer").reply(200, Map.of(), body).wrongLength(body.length - 1);
        RawHttp.Response chunked = RawHttp.get(upstream.port(), "/chunked");
        assertThat(chunked.header("Transfer-Encoding")).isEqualTo("chunked");
        assertThat(chunked.body().bytes()).isEqualTo(body);
        assertThat(chunked.body().complete()).isTrue();
        RawHttp.Response close = RawHttp.get(upstream.port(), "/close");
        assertThat(close.header("Content-Length")).isNull();
        assertThat(close.body().bytes()).isEqualTo(body);
        assertThat(close.body().ending()).isEqualTo(RawHttp.Ending.FIN);
        assertThat(RawHttp.get(upstream.port(), "/more").body().complete()).isFalse();
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            assertThat(client.request("GET", "/fewer").read().body().complete()).isTrue();
            assertThat(client.readBytes(10)).hasSize(1);
        }
    }

    @Test
    void compressesWhenTold() throws Exception {
        upstream.on("/gzip").reply("text/html", "<p>".repeat(1000)).gzip();
        RawHttp.Response page = RawHttp.get(upstream.port(), "/gzip");
        assertThat(page.header("Content-Encoding")).isEqualTo("gzip");
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(page.body().bytes()))) {
            assertThat(in.readAllBytes()).hasSize(3000);
        }
    }

    @Test
    void servesAFileInParts() {
        upstream.on("/f").file(body, "\"a\"");
        assertPart("Range: bytes=10-19", 206, "bytes 10-19/100000", 10, 20);
        assertPart("Range: bytes=99990-", 206, "bytes 99990-99999/100000", 99_990, 100_000);
        assertPart("Range: bytes=-10", 206, "bytes 99990-99999/100000", 99_990, 100_000);
        assertPart("Range: bytes=100000-", 416, "bytes */100000", 0, 0);
        assertThat(RawHttp.get(upstream.port(), "/f", "Range: bytes=1-2", "If-Range: \"b\"")
                        .status())
                .isEqualTo(200);
        assertThat(RawHttp.get(upstream.port(), "/f", "Range: bytes=1-2", "If-Range: \"a\"")
                        .status())
                .isEqualTo(206);
        assertThat(RawHttp.get(upstream.port(), "/f", "If-None-Match: W/\"a\"").status())
                .isEqualTo(304);
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            RawHttp.Head head = client.request("HEAD", "/f").readHead();
            assertThat(head.header("Content-Length")).isEqualTo("100000");
            assertThat(client.request("GET", "/f").readDigest().body().sha256())
                    .isEqualTo(HexFormat.of().formatHex(TinyWheel.sha256(body)));
        }
    }

    @Test
    void remembersThatTheClientHungUp() throws Exception {
        upstream.on("/f").file(new byte[16 << 20], "\"a\"").gateAfter(10, new CountDownLatch(0));
        try (RawHttp client = RawHttp.connect(upstream.port(), 8192)) {
            client.request("GET", "/f").readHead();
            client.reset();
        }
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!upstream.wasHungUpOn("/f") && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertThat(upstream.wasHungUpOn("/f")).isTrue();
    }

    @Test
    void saysWhatItHadInsteadOfTheRequestThatIsMissing() {
        RawHttp.get(upstream.port(), "/other");
        assertThatThrownBy(() -> upstream.awaitRequest("/wanted", SILENT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("0 of 1 requests for /wanted")
                .hasMessageContaining("/other");
    }

    @Test
    void sendsRawBytesAsTheyAre() {
        upstream.on("/raw").reply(Answer.raw("HTTP/1.1 200 OK\r\nbroken".getBytes(ISO_8859_1)));
        try (RawHttp client = RawHttp.connect(upstream.port())) {
            assertThat(new String(client.request("GET", "/raw").readBytes(100), ISO_8859_1))
                    .isEqualTo("HTTP/1.1 200 OK\r\nbroken");
            assertThat(client.ending()).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    private void assertPart(String range, int status, String contentRange, int from, int to) {
        RawHttp.Response part = RawHttp.get(upstream.port(), "/f", range);
        assertThat(part.status()).isEqualTo(status);
        assertThat(part.header("Content-Range")).isEqualTo(contentRange);
        assertThat(part.body().bytes()).isEqualTo(Arrays.copyOfRange(body, from, to));
    }

    private static Duration took(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
