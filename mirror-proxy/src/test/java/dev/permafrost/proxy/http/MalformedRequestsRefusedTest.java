package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not plain HTTP/1.1, or could mean one thing here and another elsewhere, is refused with the right status. */
class MalformedRequestsRefusedTest {
    @TempDir
    static Path data;

    private static RunningMirror mirror;
    private CapturedLog log;

    @BeforeAll
    static void start() {
        mirror = RunningMirror.in(data)
                .clientTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(60))
                .start();
    }

    @AfterAll
    static void stop() {
        mirror.close();
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
                "/simple/%00/",
                "/simple/a%2Fb/",
                "/simple/a%2fb/",
                "/simple/a%5Cb/",
                "/simple/a\\b/",
                "/simple/../x",
                "/simple/%2e%2E/x",
                "/simple/./x",
                "/..",
                "/simple/a;b/",
                "/simple/%zz/",
                "/simple/%4",
                "/simple/%ff/",
                "/simple/%0a/",
                "/simple/%7f/",
                "/simple/%C2%80/",
                "/a#b",
                "simple/",
                "*",
                "ftp://h/x",
                "/é"
            })
    void aPathThatCouldMeanTwoThingsIs400(String target) {
        assertThat(mirror.get(target).status()).isEqualTo(400);
    }

    @Test
    void hostIsThereExactlyOnce() {
        assertThat(raw("GET /-/health/live HTTP/1.1\r\n\r\n")).isEqualTo(400);
        assertThat(raw("GET /-/health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"))
                .isEqualTo(400);
        assertThat(raw("GET /-/health/live HTTP/1.0\r\n\r\n")).isEqualTo(200);
        assertThat(raw("GET /-/health/live HTTP/1.1\r\nHost: a\r\n\r\n")).isEqualTo(200);
    }

    @Test
    void theAbsoluteFormIsTaken() {
        assertThat(mirror.get("http://anything.example/-/health/live").status()).isEqualTo(200);
        assertThat(mirror.get("HTTP://anything.example/-/health/live").status()).isEqualTo(200);
        assertThat(mirror.get("Https://anything.example/-/health/live").status())
                .isEqualTo(200);
    }

    /** The authority ends at the first of three (RFC 3986 §3.2), and a path that is not there is the root's. */
    @Test
    void theAbsoluteFormsPathBeginsBehindItsAuthority() {
        assertThat(RequestPath.decode("http://h")).isEqualTo("/");
        assertThat(RequestPath.decode("http://h?x=/simple/pip/")).isEqualTo("/");
        assertThat(RequestPath.decode("http://h/a?x=/b")).isEqualTo("/a");
        assertThat(RequestPath.decode("hTTps://h/a/")).isEqualTo("/a/");
        assertThat(RequestPath.decode("http://h#/a")).isNull();
        assertThat(RequestPath.decode("httpx://h/a")).isNull();
        assertThat(mirror.get("http://h?x=/-/health/live").body().text()).doesNotContain("alive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"})
    void otherMethodsAre405AndNameTheRightOnes(String method) {
        try (RawHttp client = mirror.connect()) {
            RawHttp.Response response =
                    client.request(method, "/simple/", "Content-Length: 0").read();
            assertThat(response.status()).isEqualTo(405);
            assertThat(response.header("Allow")).isEqualTo("GET, HEAD");
            assertThat(response.head().headers())
                    .extracting(java.util.Map.Entry::getKey)
                    .contains("Allow");
        }
    }

    @Test
    void aLongLineIs414() {
        assertThat(raw("GET /" + "a".repeat(9000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo(414);
        assertThat(raw("GET /" + "a".repeat(7000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo(404);
    }

    @Test
    void longHeadersAre431() {
        assertThat(raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"))
                .isEqualTo(431);
        StringBuilder many = new StringBuilder("GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 0; i < 2000; i++) {
            many.append("X-").append(i).append(": 123456789\r\n");
        }
        assertThat(raw(many.append("\r\n").toString())).isEqualTo(431);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /-/health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "GET /-/health/live HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "GET /-/health/live HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET /-/health/live HTTP/9.9 x\r\nHost: a\r\n\r\n",
                "nonsense\r\n\r\n",
                "GET  \r\n\r\n"
            })
    void whatIsNotHttpIs400(String request) {
        assertThat(raw(request)).isEqualTo(400);
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        try (RawHttp client = mirror.connect()) {
            client.request("GET", "/-/health/live")
                    .request("GET", "/simple/nothing/")
                    .request("HEAD", "/-/health/live")
                    .request("GET", "/-/health/ready");
            assertThat(client.read().body().text()).isEqualTo("alive\n");
            assertThat(client.read().status()).isEqualTo(404);
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.read().body().text()).isEqualTo("ready\n");
        }
    }

    @Test
    void anIdleConnectionIsClosedCleanly() {
        try (RawHttp client = mirror.connect()) {
            client.request("GET", "/-/health/live").read();
            assertThat(client.awaitEnding(Duration.ofSeconds(10))).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    @Test
    void aHeadThatNeverEndsIsCutOff() {
        try (RawHttp client = mirror.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n");
            assertThat(client.awaitEnding(Duration.ofSeconds(10))).isNotEqualTo(RawHttp.Ending.OPEN);
        }
    }

    private static int raw(String request) {
        try (RawHttp client = mirror.connect()) {
            return client.send(request).read().status();
        }
    }
}
