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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever upstream does in mid-body, no client takes wrong or missing bytes for a file, and nothing wrong is kept. */
class UnverifiedBytesNeverDeliveredTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final IndexFile FILE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(700_000, 1));

    @TempDir
    Path data;

    private final CapturedLog log = CapturedLog.open();
    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        mirror = mirror().start();
    }

    private RunningMirror.Builder mirror() {
        return RunningMirror.in(data).from(upstream).retriesMax(2);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
        log.close();
    }

    @Test
    void wrongBytesEndInAResetBeforeTheLastByte() {
        byte[] wrong = FILE.bytes().clone();
        wrong[1000] ^= 1;
        upstream.on(FILE.path()).reply(Answer.ok(wrong));
        abortedIn("/", 0);
        log.await(SOON, FILE.filename(), "sha256");
        assertFailedAndNothingKept(502);
    }

    @Test
    void wrongBytesNeverCompleteEvenARange() {
        byte[] wrong = FILE.bytes().clone();
        wrong[600_000] ^= 1;
        upstream.on(FILE.path()).reply(Answer.ok(wrong));
        try (RawHttp client = mirror.connect()) {
            RawHttp.Head head =
                    client.request("GET", FILE.path(), "Range: bytes=0-99").readHead();
            if (head.status() == 206) {
                RawHttp.Body body = client.readBody(head, true);
                assertThat(body.complete()).isFalse();
                assertThat(body.lengthBytes()).isLessThan(100);
                assertThat(body.ending()).isEqualTo(RawHttp.Ending.RST);
            } else {
                assertThat(head.status()).isEqualTo(502);
            }
        }
        assertFailedAndNothingKept(502);
    }

    @Test
    void aBodyShorterThanItsLengthEndsInAReset() {
        upstream.on(FILE.path())
                .reply(Answer.ok(Arrays.copyOf(FILE.bytes(), 400_000)).wrongLength(FILE.bytes().length));
        abortedIn("closed", 400_000);
        assertFailedAndNothingKept(502);
    }

    @Test
    void aBodyInChunksShorterThanTheIndexSaysEndsInAReset() {
        upstream.on(FILE.path())
                .reply(Answer.ok(Arrays.copyOf(FILE.bytes(), 400_000)).chunked());
        abortedIn("ended after 400000", 400_000);
        assertFailedAndNothingKept(502);
    }

    @Test
    void aBodyLongerThanTheIndexSaysEndsInAReset() {
        byte[] more = Arrays.copyOf(FILE.bytes(), FILE.bytes().length + 1);
        upstream.on(FILE.path()).reply(Answer.ok(more).chunked());
        abortedIn("more than", FILE.bytes().length);
        assertFailedAndNothingKept(502);
    }

    @Test
    void aLengthOtherThanTheIndexSaysIsRefusedBeforeAByteIsSent() {
        upstream.on(FILE.path()).reply(Answer.ok(Arrays.copyOf(FILE.bytes(), 1000)));
        RawHttp.Response response = mirror.get(FILE.path());
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text()).contains("the index says " + FILE.bytes().length + " bytes", "1000");
        assertFailedAndNothingKept(502);
    }

    @Test
    void anUpstreamThatResetsInMidBodyAndCanNotGoOnEndsInAReset() {
        upstream.on(FILE.path()).reply(Answer.ok(FILE.bytes()).resetAfter(300_000));
        abortedIn("going on from byte", 300_000);
        assertFailedAndNothingKept(502);
    }

    @Test
    void anUpstreamThatFallsSilentEndsInAReset() {
        upstream.on(FILE.path()).reply(Answer.ok(FILE.bytes()).stallAfter(300_000));
        mirror.close();
        mirror = mirror().progressTimeout(Duration.ofSeconds(2)).start();
        abortedIn("sent nothing for", 300_000);
        assertFailedAndNothingKept(504);
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "reset"})
    void aBrokenConnectionIsGoneOnWith(String how) {
        Answer broken = Answer.file(FILE.bytes(), "\"one\"");
        upstream.on(FILE.path())
                .reply(
                        how.equals("close") ? broken.closeAfter(300_000) : broken.resetAfter(300_000),
                        Answer.file(FILE.bytes(), "\"one\""));
        RawHttp.Response response = mirror.get(FILE.path());
        assertThat(response.body().complete()).isTrue();
        assertThat(response.body().sha256()).isEqualTo(FILE.sha256());
        assertThat(upstream.requests(FILE.path())).hasSize(2);
        assertThat(upstream.requests(FILE.path()).get(1).header("Range")).matches("bytes=[1-9][0-9]*-");
        assertThat(upstream.requests(FILE.path()).get(1).header("If-Range")).isEqualTo("\"one\"");
        // the wheel and its metadata
        assertThat(mirror.blobs()).isEqualTo(2);
    }

    @Test
    void anUpstreamThatHasOtherBytesAfterABreakEndsInAReset() {
        byte[] other = FILE.bytes().clone();
        other[10] ^= 1;
        upstream.on(FILE.path())
                .reply(Answer.file(FILE.bytes(), "\"one\"").closeAfter(300_000), Answer.file(other, "\"two\""));
        abortedIn("does not go on", 300_000);
        assertFailedAndNothingKept(502);
    }

    @Test
    void aBodyWithoutALengthWorks() {
        upstream.on(FILE.path()).reply(Answer.ok(FILE.bytes()).chunked());
        RawHttp.Response response = mirror.get(FILE.path());
        assertThat(response.body().complete()).isTrue();
        assertThat(response.body().sha256()).isEqualTo(FILE.sha256());
        assertThat(response.header("Content-Length")).isEqualTo("" + FILE.bytes().length);
    }

    @Test
    void aBodyEndedByTheConnectionsEndWorks() {
        upstream.on(FILE.path()).reply(Answer.ok(FILE.bytes()).withoutLength());
        RawHttp.Response response = mirror.get(FILE.path());
        assertThat(response.body().complete()).isTrue();
        assertThat(response.body().sha256()).isEqualTo(FILE.sha256());
    }

    @Test
    void aFileThatUpstreamEncodesThoughAskedNotToIsRefused() {
        upstream.on(FILE.path()).reply(Answer.ok(FILE.bytes()).gzip());
        RawHttp.Response response = mirror.get(FILE.path());
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text()).contains("gzip");
    }

    @Test
    void aFailureIsForgottenAfterAWhileAndTheFileThenFetched() {
        upstream.on(FILE.path()).reply(Answer.of(500, Map.of(), new byte[0]), Answer.file(FILE.bytes(), "\"one\""));
        assertThat(mirror.get(FILE.path()).status()).isEqualTo(502);
        assertThat(mirror.get(FILE.path()).status()).isEqualTo(502);
        assertThat(upstream.count(FILE.path())).isEqualTo(1);
        Eventually.is(SOON, "the file", () -> mirror.get(FILE.path()).status() == 200);
    }

    /** One client is aborted by RST, without ever having had the last byte; the log says why. */
    private void abortedIn(String logged, int bytesMax) {
        try (RawHttp client = mirror.connect()) {
            client.request("GET", FILE.path());
            RawHttp.Head head = client.readHead();
            assertThat(head.status()).isEqualTo(200);
            RawHttp.Body body = client.readBody(head, true);
            assertThat(body.ending()).isEqualTo(RawHttp.Ending.RST);
            assertThat(body.complete()).isFalse();
            assertThat(body.lengthBytes())
                    .isLessThan(bytesMax == 0 ? FILE.bytes().length : Math.min(bytesMax, FILE.bytes().length));
        }
        log.await(SOON, FILE.filename(), logged);
    }

    private void assertFailedAndNothingKept(int status) {
        RawHttp.Response next = mirror.get(FILE.path());
        assertThat(next.status()).isEqualTo(status);
        assertThat(next.body().text()).contains(FILE.filename()).doesNotContain("Exception");
        assertThat(next.header("Cache-Control")).isEqualTo("no-store");
        assertThat(mirror.blobs()).isZero();
        Eventually.is(SOON, "staging is empty", () -> mirror.staged() == 0);
        assertThat(log.withStackTrace()).isEmpty();
    }
}
