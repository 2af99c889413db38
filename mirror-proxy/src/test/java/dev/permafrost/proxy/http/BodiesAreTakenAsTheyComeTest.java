package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A request's body is read where somebody takes it, as fast as it is taken, and what follows it is not read wrong. */
class BodiesAreTakenAsTheyComeTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final TinyWheel WHEEL = TinyWheel.of("floe", "1.0").padded(3_000_000, 7);
    private static final String TYPE = "Content-Type: multipart/form-data; boundary=" + Form.BOUNDARY;
    private static final String GET = "GET /simple/floe/ HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    Path folder;

    private RunningMirror mirror;
    private WriteLogin writer;
    private String login = "";
    private CapturedLog log;
    private final byte[] body = Form.upload(WHEEL).bytes();

    @BeforeEach
    void start() throws Exception {
        log = CapturedLog.open();
        writer = WriteLogin.in(folder);
        login = writer.headerLine();
        mirror = RunningMirror.in(folder.resolve("data"))
                .auth(writer.auth())
                .clientTimeouts(IDLE, SOON)
                .withTls()
                .start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    private void restart(UploadConfig uploads) {
        mirror.close();
        mirror = RunningMirror.in(folder.resolve("data"))
                .auth(writer.auth())
                .uploads(uploads)
                .start();
    }

    /** A chunk, behind which more may come. */
    private static byte[] chunk(byte[] bytes) {
        byte[] chunked = chunked(bytes, bytes.length);
        return Arrays.copyOf(chunked, chunked.length - "0\r\n\r\n".length());
    }

    private static byte[] chunked(byte[] body, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < body.length; i += size) {
            int count = Math.min(size, body.length - i);
            out.writeBytes((Integer.toHexString(count) + "\r\n").getBytes(UTF_8));
            out.write(body, i, count);
            out.writeBytes("\r\n".getBytes(UTF_8));
        }
        out.writeBytes("0\r\n\r\n".getBytes(UTF_8));
        return out.toByteArray();
    }

    @Test
    void theNextRequestOnTheConnectionIsAnswered() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Content-Length: " + body.length, login)
                    .send(body)
                    .send(GET);
            assertThat(http.read().status()).isEqualTo(200);
            assertThat(http.read().body().text()).contains(WHEEL.filename());
        }
    }

    @Test
    void aBodyInChunksIsTakenAndSoIsWhatFollows() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Transfer-Encoding: chunked", login)
                    .send(chunked(body, 7_919))
                    .send(GET);
            assertThat(http.read().status()).isEqualTo(200);
            assertThat(http.read().body().text()).contains(WHEEL.filename());
        }
    }

    @Test
    void aBodyOfWhichALengthAndChunksAreSaidIsRefusedAndTheConnectionCloses() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Transfer-Encoding: chunked", "Content-Length: 5", login)
                    .send(chunked(body, 100_000))
                    .send(GET);
            RawHttp.Response refused = http.read();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(http.awaitEnding(SOON)).isNotNull();
        }
        assertThat(mirror.blobs()).isZero();
    }

    @Test
    void malformedChunksAreRefused() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Transfer-Encoding: chunked", login).send("5\r\nhello\r\nnonsense\r\n");
            assertThat(http.read().status()).isEqualTo(400);
            assertThat(http.awaitEnding(SOON)).isNotNull();
        }
    }

    @Test
    void whoWaitsToBeToldToSendIsTold() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Content-Length: " + body.length, "Expect: 100-continue", login);
            assertThat(http.readHead().status()).isEqualTo(100);
            assertThat(http.send(body).read().status()).isEqualTo(200);
        }
    }

    @Test
    void whoMayNotWriteIsNotToldToSend() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Content-Length: " + body.length, "Expect: 100-continue");
            assertThat(http.read().status()).isEqualTo(401);
        }
    }

    @Test
    void aBodyThatStallsIsGivenUp() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Content-Length: " + body.length, login)
                    .send(Arrays.copyOf(body, 1_000_000));
            Eventually.is(SOON, "the upload has begun", () -> mirror.staged() == 1);
            RawHttp.Response refused = http.read();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body().text()).contains("no more of the body came for 2 s");
        }
        Eventually.is(SOON, "nothing is staged", () -> mirror.staged() == 0);
    }

    /** Uploads the wheel; its path. */
    private String uploaded() {
        try (RawHttp http = mirror.connect()) {
            assertThat(http.request("POST", "/", TYPE, "Content-Length: " + body.length, login)
                            .send(body)
                            .read()
                            .status())
                    .isEqualTo(200);
        }
        String sha256 = Form.digest("SHA-256", WHEEL.bytes());
        return "/packages/" + sha256.substring(0, 2) + "/" + sha256.substring(2, 4) + "/" + sha256.substring(4) + "/"
                + WHEEL.filename();
    }

    @Test
    void overHttp2ABodyThatStallsIsGivenUpThoughSomethingElseIsBeingSent() {
        String file = uploaded();
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            // more than its window holds, which nothing opens
            client.request(1, "GET", file, true).flush();
            client.expect(RawHttp2.DATA);
            client.request(
                            3,
                            "POST",
                            "/",
                            false,
                            "content-type",
                            "multipart/form-data; boundary=" + Form.BOUNDARY,
                            "authorization",
                            writer.headerValue())
                    .frame(RawHttp2.DATA, 0, 3, Arrays.copyOf(body, 10_000))
                    .flush();
            long begun = System.nanoTime();
            RawHttp2.Frame refused = client.expect(RawHttp2.HEADERS);
            assertThat(refused.stream()).isEqualTo(3);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(IDLE.dividedBy(2), SOON.dividedBy(2));
        }
        Eventually.is(SOON, "nothing is staged", () -> mirror.staged() == 0);
    }

    /** Here it is the socket that is full, since the client reads nothing. */
    @Test
    void overHttp2ABodyThatStallsIsGivenUpThoughNothingIsRead() {
        String file = uploaded();
        int windowSetting = 4;
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort(), windowSetting, 1 << 30)) {
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30);
            for (int stream = 1; stream < 20; stream += 2) {
                client.request(stream, "GET", file, true);
            }
            client.request(
                            21,
                            "POST",
                            "/",
                            false,
                            "content-type",
                            "multipart/form-data; boundary=" + Form.BOUNDARY,
                            "authorization",
                            writer.headerValue())
                    .frame(RawHttp2.DATA, 0, 21, Arrays.copyOf(body, 10_000))
                    .flush();
            Eventually.is(SOON, "the upload has begun", () -> mirror.staged() == 1);
            long begun = System.nanoTime();
            Eventually.is(SOON, "nothing is staged", () -> mirror.staged() == 0);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SOON.dividedBy(2));
            assertThat(mirror.refused(Refusal.SLOW_READER)).isZero();
        }
    }

    @Test
    void aBodyThatEndsWithItsClientsSideIsRefused() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Content-Length: " + body.length, login)
                    .send(Arrays.copyOf(body, 1_000_000))
                    .shutdownOutput();
            RawHttp.Response refused = http.read();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body().text()).contains("before the body");
            assertThat(http.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
        Eventually.is(SOON, "nothing is staged", () -> mirror.staged() == 0);
    }

    @Test
    void aConnectionThatLingersTakesNothingMore() {
        try (RawHttp http = mirror.connect()) {
            // refused before its body is looked at, and the connection ends behind the answer
            http.request("POST", "/", TYPE, "Content-Length: " + body.length);
            assertThat(http.read().status()).isEqualTo(401);
            http.send(body);
            long begun = System.nanoTime();
            // more than the sockets hold: who took it for a request would wait for somebody who wants it
            http.send("POST / HTTP/1.1\r\nHost: x\r\n" + TYPE + "\r\nContent-Length: 30000000\r\n\r\n")
                    .send(new byte[30_000_000]);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
        }
    }

    @Test
    void aFormThatDoesNotEndIsGivenUp() {
        restart(new UploadConfig(false, 1 << 20, null, false));
        byte[] begins = Arrays.copyOf(body, 100_000);
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/", TYPE, "Transfer-Encoding: chunked", login).send(chunk(begins));
            byte[] more = chunk(new byte[1 << 20]);
            // the longest file, and twice all fields
            for (int i = 0; i < 34; i++) {
                http.send(more);
            }
            RawHttp.Response refused = http.read();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body().text()).contains("the form does not end");
        }
    }

    @Test
    void aCallThatDoesNotEndIsGivenUp() {
        try (RawHttp http = mirror.connect()) {
            http.request("POST", "/RPC2", "Content-Type: text/xml", "Transfer-Encoding: chunked")
                    .send(chunk(new byte[140_000]));
            RawHttp.Response refused = http.read();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body().text()).contains("a call has at most 65536 bytes");
        }
    }

    @Test
    void otherMethodsAreToldThatThereIsPost() {
        try (RawHttp http = mirror.connect()) {
            RawHttp.Response refused = http.request("PUT", "/legacy/", login).read();
            assertThat(refused.status()).isEqualTo(405);
            assertThat(refused.header("Allow")).isEqualTo("GET, HEAD, POST");
        }
    }

    @Test
    void overHttp2AndTlsToo() throws Exception {
        Path file = Files.write(folder.resolve("form"), body);
        for (String version : new String[] {"--http2", "--http1.1"}) {
            Subprocess.Result sent = Subprocess.command(
                            "curl",
                            "-sS",
                            "-k",
                            version,
                            "-u",
                            writer.userAndPassword(),
                            "-H",
                            TYPE,
                            "--data-binary",
                            "@" + file,
                            "-w",
                            " %{http_version} %{http_code}",
                            "https://127.0.0.1:" + mirror.tlsPort() + "/legacy/")
                    .run(SOON);
            assertThat(sent.orFail().out()).endsWith(version.equals("--http2") ? " 2 200" : " 1.1 200");
        }
        assertThat(mirror.get("/simple/floe/").body().text()).contains(WHEEL.filename());
    }

    @Test
    void overHttp2ABodyThatBreaksOffLeavesNothing() throws Exception {
        Path file = Files.write(folder.resolve("form"), body);
        Subprocess.Result cut = Subprocess.command(
                        "curl",
                        "-sS",
                        "-k",
                        "--http2",
                        "-u",
                        writer.userAndPassword(),
                        "-H",
                        TYPE,
                        "--data-binary",
                        "@" + file,
                        "--limit-rate",
                        "200k",
                        "--max-time",
                        "2",
                        "https://127.0.0.1:" + mirror.tlsPort() + "/")
                .run(SOON);
        assertThat(cut.exit()).isNotZero();
        Eventually.is(SOON, "nothing is staged", () -> mirror.staged() == 0);
        assertThat(mirror.blobs()).isZero();
    }
}
