package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.PrometheusText;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator has a listener of its own; clients see nothing of what it tells, and it nothing of what they get. */
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
        assertThat(mirror.get("/metrics").status()).isEqualTo(404);
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
    void itStaysUntilClientsAreGone() {
        try (RawHttp operator = RawHttp.connect(mirror.adminPort())) {
            operator.request("GET", "/-/health/ready");
            assertThat(operator.read().status()).isEqualTo(200);
        }
        mirror.close();
        assertThatThrownBy(() -> RawHttp.connect(mirror.adminPort())).hasMessageContaining("can't connect");
    }

    private RawHttp.Response metrics(String accept) {
        return accept == null
                ? RawHttp.get(mirror.adminPort(), "/-/metrics")
                : RawHttp.get(mirror.adminPort(), "/-/metrics", "Accept: " + accept);
    }
}
