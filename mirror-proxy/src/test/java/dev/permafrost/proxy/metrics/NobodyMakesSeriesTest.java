package dev.permafrost.proxy.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.PrometheusText;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However many names clients and indexes invent, the number of series stays what it is. */
class NobodyMakesSeriesTest {
    private static final int INVENTED = 1000;

    @TempDir
    Path data;

    @Test
    void clientsInventPathsHostsAndMethods() {
        try (RunningMirror mirror =
                RunningMirror.in(data).offline().host("known.local").withAdmin().start()) {
            invent(mirror, 0, 10);
            Set<String> before = mirror.scrape().samples().keySet();
            invent(mirror, 10, INVENTED);
            Eventually.is(
                    Duration.ofSeconds(10),
                    "all of them counted",
                    () -> mirror.scrape().of("permafrost_http_requests_total").values().stream()
                                    .mapToDouble(n -> n)
                                    .sum()
                            == 5 * INVENTED);
            PrometheusText after = mirror.scrape();
            assertThat(after.samples().keySet())
                    // how late loops are is told from the first look on
                    .filteredOn(key -> key.startsWith("permafrost_") && !key.startsWith("permafrost_loop_delay"))
                    .isSubsetOf(before);
            assertThat(after.labelValues())
                    .allSatisfy(value -> assertThat(value).doesNotContain("invented"));
        }
    }

    private static void invent(RunningMirror mirror, int from, int to) {
        for (int i = from; i < to; i++) {
            String name = "invented" + i;
            try (RawHttp client = mirror.connect()) {
                for (String request : List.of(
                        "GET /simple/" + name + "/ HTTP/1.1\r\nHost: " + name + "\r\n\r\n",
                        "GET /" + name + "/packages/" + name + ".whl HTTP/1.1\r\nHost: known.local\r\n\r\n",
                        "HEAD /packages/" + name + "-1.0.tar.gz HTTP/1.1\r\nHost: " + name + "\r\n\r\n",
                        "GET /-/" + name + " HTTP/1.1\r\nHost: a\r\nX-" + name + ": b\r\n\r\n")) {
                    client.send(request);
                    if (request.startsWith("HEAD")) {
                        client.readHead();
                    } else {
                        client.read();
                    }
                }
                client.send("INVENTED" + i + " / HTTP/1.1\r\nHost: a\r\n\r\n").read();
            }
        }
    }

    @Test
    void anIndexInventsHosts() {
        try (MirrorMeters meters = new MirrorMeters()) {
            UpstreamMeters upstream = meters.upstream();
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < INVENTED; i++) {
                    UpstreamMeters.Call call = upstream.ask("invented" + i + ".example");
                    call.answered(200);
                    call.received(5);
                    call.over();
                    call.over();
                }
            }
            PrometheusText seen =
                    PrometheusText.parse(new String(meters.scrape(null).bytes(), UTF_8));
            assertThat(seen.of("permafrost_upstream_in_flight"))
                    .hasSize(UpstreamMeters.HOSTS_MAX + 1)
                    .allSatisfy((host, inFlight) -> assertThat(inFlight).isZero());
            assertThat(seen.value("permafrost_upstream_received_bytes_total", "host=\"invented0.example\""))
                    .isEqualTo(10);
            assertThat(seen.value("permafrost_upstream_received_bytes_total", "host=\"other\""))
                    .isEqualTo(10.0 * (INVENTED - UpstreamMeters.HOSTS_MAX));
        }
    }
}
