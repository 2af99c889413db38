package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hostile or huge page of upstream's is a clear 502, or works; others are answered meanwhile. */
class HostilePagesHurtNobodyElseTest {
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));

    @TempDir
    Path data;

    private final CapturedLog log = CapturedLog.open();
    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        mirror = RunningMirror.in(data)
                .from(upstream)
                .pageWait(Duration.ofSeconds(60))
                .start();
        assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @Test
    void tenMegabytesOfNestedTagsAreReadOrRefused() {
        upstream.on("/simple/evil/").reply("text/html", "<div>".repeat(2_000_000));
        assertThat(whileOthersAreServed("/simple/evil/").status()).isIn(200, 502);
        upstream.on("/simple/evil2/").reply("application/json", "[".repeat(10_000_000));
        assertThat(whileOthersAreServed("/simple/evil2/").status()).isEqualTo(502);
        upstream.on("/simple/evil3/")
                .reply(
                        "application/json",
                        "{\"files\":[],\"name\":\"evil3\",\"meta\":{\"api-version\":\"1.0\",\"x\":"
                                + "{\"a\":".repeat(2_000_000));
        assertThat(whileOthersAreServed("/simple/evil3/").status()).isEqualTo(502);
    }

    @Test
    void unsafeNamesAndOtherSchemesAreLeftOutAndLogged() {
        upstream.on("/simple/evil/").reply("text/html", """
                <a href="/f/evil-1.0.tar.gz">evil-1.0.tar.gz</a>
                <a href="/f/..%2F..%2Fevil-2.0.tar.gz">../../evil-2.0.tar.gz</a>
                <a href="file:///etc/passwd">evil-3.0.tar.gz</a>
                <a href="javascript:alert(1)">evil-4.0.tar.gz</a>
                <a href="/f/evil-5.0.tar.gz">evil-5.0&#10;&#27;[31m.tar.gz</a>
                <a href="ftp://h/evil-6.0.tar.gz">evil-6.0.tar.gz</a>
                """);
        String page = mirror.get("/simple/evil/").body().text();
        assertThat(page)
                .contains("evil-1.0.tar.gz")
                .doesNotContain("passwd", "javascript", "evil-2", "evil-6", "\u001b");
        assertThat(log.await(Duration.ofSeconds(5), "evil: left out")).doesNotContain("\u001b", "\n");
    }

    @Test
    void aPageOfAHundredThousandFilesWorks() {
        upstream.on("/simple/huge/").onRequest(request -> huge("huge", 100_000));
        RawHttp.Response response = whileOthersAreServed("/simple/huge/");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body().text()).contains("huge-0.99999.tar.gz");
        assertThat(mirror.get("/simple/huge/").header("Cache-Status")).isEqualTo("permafrost; hit");
    }

    @Test
    void oneFileBeyondTheLimitIs502AndNamesIt() {
        upstream.on("/simple/huge/").onRequest(request -> huge("huge", 200_001));
        RawHttp.Response response = whileOthersAreServed("/simple/huge/");
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text()).contains("200000", "huge");
    }

    @Test
    void aGzipBombIs502AndNamesTheLimit() throws IOException {
        byte[] bomb = bomb(300);
        upstream.on("/simple/bomb/")
                .reply(Answer.of(200, Map.of("Content-Type", "text/html", "Content-Encoding", "gzip"), bomb));
        RawHttp.Response response = whileOthersAreServed("/simple/bomb/");
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text()).contains("" + (256 << 20));
        assertThat(mirror.staged()).isZero();
    }

    @Test
    void aGzipStreamThatBreaksOffIs502() {
        Answer whole = Answer.of(200, Map.of("Content-Type", "text/html", "Content-Encoding", "gzip"), new byte[] {
            0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3
        });
        upstream.on("/simple/broken/").reply(whole);
        assertThat(mirror.get("/simple/broken/").status()).isEqualTo(502);
        upstream.on("/simple/brotli/")
                .reply(Answer.of(200, Map.of("Content-Type", "text/html", "Content-Encoding", "br"), new byte[10]));
        assertThat(mirror.get("/simple/brotli/").body().text()).contains("encoded as br");
    }

    /** The answer for that path, while another client gets its file again and again without having to wait. */
    private RawHttp.Response whileOthersAreServed(String path) {
        CompletableFuture<RawHttp.Response> hostile = CompletableFuture.supplyAsync(() -> {
            try (RawHttp client = mirror.connect().readTimeout(Duration.ofSeconds(60))) {
                return client.request("GET", path).read();
            }
        });
        int served = 0;
        do {
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
            served++;
        } while (!hostile.isDone());
        assertThat(served).isPositive();
        return hostile.join();
    }

    private static Answer huge(String project, int files) {
        StringBuilder page = new StringBuilder(files * 130);
        for (int i = 0; i < files; i++) {
            String name = project + "-0." + i + ".tar.gz";
            page.append("<a href=\"/f/")
                    .append(name)
                    .append("#sha256=")
                    .append(String.format("%064x", i))
                    .append("\">")
                    .append(name)
                    .append("</a>\n");
        }
        return Answer.of(
                200, Map.of("Content-Type", "text/html"), page.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bomb(int megabytes) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        byte[] blank = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            for (int i = 0; i < megabytes; i++) {
                out.write(blank);
            }
        }
        return compressed.toByteArray();
    }
}
