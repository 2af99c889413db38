package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every answer leaves one line that tells its status, its bytes, and how the cache was of help. */
class AnswersAreLoggedTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[200_000]);
    private static final IndexFile SLOW = IndexFile.of("slow", "slow-1.0.tar.gz", "1.0", new byte[100_000]);

    @TempDir
    Path folder;

    @Test
    void oneLineForEach() throws Exception {
        Path file = folder.resolve("access.log");
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).add(SLOW).serve(upstream);
            upstream.on(SLOW.path()).reply(Answer.ok(SLOW.bytes()).gate(never));
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .accessLog(new AccessLogConfig(file, AccessLogConfig.Format.COMBINED, 0, 0))
                    .start()) {
                mirror.get("/simple/demo/", "User-Agent: pip \"x\"");
                mirror.get(FILE.path());
                // whoever asks before its fetch has ended shares that
                Eventually.is(
                        SOON,
                        "a hit",
                        () -> "permafrost; hit"
                                .equals(mirror.head(FILE.path(), "User-Agent: waits")
                                        .header("Cache-Status")));
                mirror.get(FILE.path(), "Referer: here");
                mirror.get(FILE.path(), "Range: bytes=10-19");
                mirror.get(FILE.path(), "Range: bytes=0-0,10-19");
                mirror.head(FILE.path());
                mirror.get("/simple/none/");
                mirror.get("/-/health/live");
                try (RawHttp client = mirror.connect()) {
                    client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").read();
                }
                try (RawHttp client = mirror.connect()) {
                    client.request("GET", SLOW.path());
                    upstream.awaitRequest(SLOW.path(), SOON);
                    client.reset();
                }
                Eventually.is(
                        SOON,
                        "the line of the one that left",
                        () -> file.toFile().exists() && contentOf(file.toFile()).contains(" 499 "));
                never.countDown();
            }
            List<String> lines = Files.readAllLines(file).stream()
                    .filter(line -> !line.contains("\"waits\""))
                    .map(line -> line.replaceAll("\\[.*?]", "[]").replaceAll("\\d+\\.\\d{3} ", "T "))
                    .toList();
            // its length depends on the page's
            String page = lines.stream()
                    .filter(line -> line.contains("/simple/demo/"))
                    .findFirst()
                    .orElse("no line");
            assertThat(page)
                    .matches(
                            "127.0.0.1 - - \\[] \"GET /simple/demo/ HTTP/1.1\" 200 \\d+ \"-\" \"pip \\\\x22x\\\\x22\" T miss");
            // its length depends on the boundary
            String several = lines.stream()
                    .filter(line -> line.contains("\" 206 ") && !line.contains("\" 206 10 "))
                    .findFirst()
                    .orElse("no line");
            assertThat(several).contains(FILE.path()).endsWith("T hit");
            assertThat(lines)
                    .containsExactlyInAnyOrder(
                            page,
                            line("GET " + FILE.path(), "200 200000 \"-\"", "miss"),
                            line("GET " + FILE.path(), "200 200000 \"here\"", "hit"),
                            line("GET " + FILE.path(), "206 10 \"-\"", "hit"),
                            several,
                            line("HEAD " + FILE.path(), "200 0 \"-\"", "hit"),
                            line("GET /simple/none/", "404 29 \"-\"", "miss"),
                            line("GET /-/health/live", "200 6 \"-\"", "-"),
                            line("GET /", "400 18 \"-\"", "-"),
                            line("GET " + SLOW.path(), "499 0 \"-\"", "-"));
        }
    }

    private static String line(String request, String statusAndMore, String cache) {
        return "127.0.0.1 - - [] \"" + request + " HTTP/1.1\" " + statusAndMore + " \"-\" T " + cache;
    }
}
