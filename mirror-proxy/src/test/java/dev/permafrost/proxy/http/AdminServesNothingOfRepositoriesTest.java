package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.PrometheusText;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator has a listener of its own; clients see nothing of what it tells, and it nothing of what they get. */
@SuppressWarnings("NullAway") // what goes wrong here is a failed test
class AdminServesNothingOfRepositoriesTest {
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[1000]);

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).withAdmin().start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    @Test
    void clientsDontSeeMetrics() {
        assertThat(mirror.get("/-/metrics").status()).isEqualTo(404);
        // as pypiserver has it, that is a project of which nothing is known
        assertThat(mirror.get("/metrics").header("Location")).isEqualTo("simple/metrics/");
    }

    @Test
    void theOperatorSeesNoPackages() {
        assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
        assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
        for (String path : List.of("/simple/demo/", "/pypi/simple/demo/", FILE.path(), "/", "/-/ca.pem")) {
            assertThat(RawHttp.get(mirror.adminPort(), path).status()).as(path).isEqualTo(404);
        }
        assertThat(upstream.requests("/simple/demo/")).hasSize(1);
    }

    @Test
    void bothTellOfHealth() {
        for (int port : new int[] {mirror.port(), mirror.adminPort()}) {
            assertThat(RawHttp.get(port, "/-/health/live").body().text()).isEqualTo("alive\n");
            assertThat(RawHttp.get(port, "/-/health/ready").body().text()).isEqualTo("ready\n");
        }
    }

    @Test
    void theFormatIsWhatIsAskedFor() {
        assertThat(metrics(null).header("Content-Type")).startsWith("text/plain; version=0.0.4");
        assertThat(metrics(null).header("Cache-Control")).isEqualTo("no-store");
        RawHttp.Response open =
                metrics("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
        assertThat(open.header("Content-Type")).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(open.body().text()).endsWith("# EOF\n");
        assertThat(metrics("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
                        .header("Content-Type"))
                .startsWith("text/plain");
    }

    @Test
    void scrapesAreNotAmongTheRequestsCounted() {
        for (int i = 0; i < 3; i++) {
            PrometheusText seen = mirror.scrape();
            assertThat(seen.of("permafrost_http_requests_total")).isEmpty();
            assertThat(seen.value("permafrost_http_connections_accepted_total", ""))
                    .isZero();
        }
    }

    @Test
    void itSaysThatItIsClosingWhileClientsAreStillServed() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        IndexFile slow = IndexFile.of("slow", "slow-1.0.tar.gz", "1.0", new byte[300_000]);
        new SimpleIndexTree().add(slow).serve(upstream);
        upstream.on(slow.path()).reply(Answer.file(slow.bytes(), "\"one\"").gateAfter(200_000, gate));
        int admin = mirror.adminPort();
        Thread closing = new Thread(mirror::close, "closing");
        try (RawHttp client = mirror.connect()) {
            RawHttp.Head head = client.request("GET", slow.path()).readHead();
            closing.start();
            Eventually.is(
                    Duration.ofSeconds(5),
                    "not ready",
                    () -> RawHttp.get(admin, "/-/health/ready").status() == 503);
            assertThat(RawHttp.get(admin, "/-/health/ready").body().text()).isEqualTo("the server is shutting down\n");
            assertThat(PrometheusText.parse(
                                    RawHttp.get(admin, "/-/metrics").body().text())
                            .value("permafrost_ready", ""))
                    .isZero();
            gate.countDown();
            assertThat(client.readBody(head, false).sha256()).isEqualTo(slow.sha256());
        } finally {
            gate.countDown();
            closing.join();
        }
        assertThatThrownBy(() -> RawHttp.connect(admin)).hasMessageContaining("can't connect");
    }

    private RawHttp.Response metrics(String accept) {
        RawHttp.Response response = accept == null
                ? RawHttp.get(mirror.adminPort(), "/-/metrics")
                : RawHttp.get(mirror.adminPort(), "/-/metrics", "Accept: " + accept);
        assertThat(response.status()).isEqualTo(200);
        return response;
    }
}
