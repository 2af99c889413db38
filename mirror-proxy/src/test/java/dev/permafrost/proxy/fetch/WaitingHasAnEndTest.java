package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that takes nothing is cut off, a slow one is not, and a server that closes does not wait for either for ever. */
class WaitingHasAnEndTest {
    private static final IndexFile FILE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(20_000_000, 1));

    @TempDir
    Path data;

    @Test
    void aClientThatTakesNothingIsCutOffAndASlowOneIsServed() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(data)
                        .from(upstream)
                        .clientTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(2))
                        .start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
            try (RawHttp idle = RawHttp.connect(mirror.port(), 16 << 10);
                    RawHttp slow = RawHttp.connect(mirror.port(), 16 << 10)) {
                idle.request("GET", FILE.path());
                slow.request("GET", FILE.path()).readSlowly(5_000_000);
                assertThat(slow.readDigest().body().sha256()).isEqualTo(FILE.sha256());
                RawHttp.Head head = idle.readHead();
                RawHttp.Body body = idle.readBody(head, false);
                assertThat(body.complete()).isFalse();
                assertThat(body.ending()).isEqualTo(RawHttp.Ending.RST);
            }
        }
    }

    @Test
    void aServerThatClosesInMidTransferAbortsTheClient() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            upstream.on(FILE.path()).reply(Answer.file(FILE.bytes(), "\"one\"").stallAfter(2_000_000));
            RunningMirror mirror = RunningMirror.in(data).from(upstream).start();
            try (RawHttp client = mirror.connect()) {
                RawHttp.Head head = client.request("GET", FILE.path()).readHead();
                client.readBytes(500_000);
                long start = System.nanoTime();
                mirror.close();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(25));
                RawHttp.Body body = client.readBody(head, false);
                assertThat(body.complete()).isFalse();
                assertThat(body.ending()).isEqualTo(RawHttp.Ending.RST);
            }
            upstream.on(FILE.path()).file(FILE.bytes(), "\"one\"");
            upstream.forgetRequests();
            try (RunningMirror again = RunningMirror.in(data).from(upstream).start()) {
                assertThat(again.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
                assertThat(upstream.requests(FILE.path()).get(0).header("Range"))
                        .as("what had come before the server closed is kept")
                        .isEqualTo("bytes=2000000-");
            }
        }
    }

    @Test
    void aFileOfUnknownLengthReachesClientsOfBothVersions() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            for (String version : new String[] {"1.0", "1.1"}) {
                String project = "bare" + version.charAt(2);
                IndexFile file = IndexFile.of(TinyWheel.of(project, "1.0").padded(500_000, 3));
                upstream.on("/simple/" + project + "/")
                        .reply("text/html", "<a href=\"../.." + file.path() + "\">" + file.filename() + "</a>");
                upstream.on(file.path()).reply(Answer.ok(file.bytes()).chunked());
                try (RawHttp client = mirror.connect()) {
                    RawHttp.Response response = client.send(
                                    "GET " + file.path() + " HTTP/" + version + "\r\nHost: h\r\n\r\n")
                            .read();
                    assertThat(response.body().sha256()).isEqualTo(file.sha256());
                    if (version.equals("1.0")) {
                        assertThat(response.header("Transfer-Encoding")).isNull();
                    }
                }
            }
        }
    }
}
