package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.metrics.Meter;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.PrometheusText;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After some traffic, a scrape has every meter of the catalogue, each with its type, and none besides. */
@SuppressWarnings("DefaultCharset") // what goes wrong here is a failed test
class EveryMeterIsInAScrapeTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[100_000]);

    @TempDir
    Path folder;

    @Test
    void everyMeterAndNoOther() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            upstream.on("/simple/broken/").reply(Answer.ok(FILE.bytes()).wrongLength(200_000));
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .retriesMax(0)
                    .withTls()
                    .withAdmin()
                    .accessLog(new AccessLogConfig(folder.resolve("access.log"), AccessLogConfig.Format.COMBINED, 0, 0))
                    .start()) {
                mirror.get("/simple/demo/");
                mirror.get(FILE.path());
                mirror.get("/simple/broken/");
                handshake(mirror.tlsPort());
                try (RawHttp noTls = RawHttp.connect(mirror.tlsPort())) {
                    noTls.send("GET / HTTP/1.1\r\n\r\n").readBytes(100);
                }
                Map<String, String> expected = Arrays.stream(Meter.values())
                        .collect(Collectors.toMap(
                                Meter::exposedName,
                                meter -> meter.type().name().toLowerCase(Locale.ROOT),
                                (a, b) -> a,
                                TreeMap::new));
                // the loops are measured twice a second
                Eventually.is(
                        SOON,
                        "a measured loop",
                        () -> mirror.scrape().types().size() > 0
                                && mirror.scrape().value("permafrost_loop_delay_seconds_count", "") > 0);
                PrometheusText seen = mirror.scrape();
                Map<String, String> types = new TreeMap<>(seen.types());
                types.keySet().removeIf(name -> name.startsWith("jvm_"));
                assertThat(types).isEqualTo(expected);
                assertThat(seen.types().keySet())
                        .contains(
                                "jvm_memory_used_bytes",
                                "jvm_gc_live_data_size_bytes",
                                "jvm_threads_live_threads",
                                "jvm_classes_loaded_classes");
                assertTruth(mirror, seen);
            }
        }
    }

    @Test
    void aFrozenServerIsMeasuredToo() {
        Path data = folder.resolve("frozen");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
                assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
                assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
                Eventually.is(
                        SOON,
                        "a blob",
                        () -> mirror.blobs() == 1
                                && mirror.store().size().orElseThrow().blobs() == 1);
                mirror.store().freeze(new SnapshotId("sealed"));
            }
        }
        try (RunningMirror mirror = RunningMirror.in(data).frozen().withAdmin().start()) {
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
            assertThat(mirror.get("/simple/none/").status()).isEqualTo(404);
            Eventually.is(SOON, "a counted store", () -> mirror.scrape().value("permafrost_store_blobs", "") == 1);
            PrometheusText seen = mirror.scrape();
            assertThat(seen.value("permafrost_store_blob_bytes", "")).isEqualTo(FILE.bytes().length);
            assertThat(seen.value("permafrost_store_entries", "verification=\"digest\""))
                    .isEqualTo(1);
            assertThat(seen.value("permafrost_index_table_bytes", "")).isPositive();
            assertThat(seen.value("permafrost_ready", "")).isEqualTo(1);
            assertThat(seen.of("permafrost_upstream_answers_total")).isEmpty();
        }
    }

    private static void assertTruth(RunningMirror mirror, PrometheusText seen) {
        assertThat(seen.value("permafrost_tls_handshakes_total", "result=\"done\""))
                .isEqualTo(1);
        assertThat(seen.value("permafrost_tls_handshakes_total", "result=\"failed\""))
                .isEqualTo(1);
        assertThat(seen.value("permafrost_http_connections_accepted_total", "")).isEqualTo(5);
        assertThat(seen.value("permafrost_ready", "")).isEqualTo(1);
        assertThat(seen.value("permafrost_tls_certificate_end_seconds", ""))
                .isGreaterThan(System.currentTimeMillis() / 1e3);
        assertThat(seen.value("process_resident_memory_bytes", "")).isGreaterThan(10e6);
        assertThat(seen.value("process_open_fds", "")).isGreaterThan(10);
        assertThat(seen.value("process_cpu_seconds_total", "")).isPositive();
        assertThat(seen.value("permafrost_index_memtable_bytes", "")).isPositive();
        assertThat(seen.value("permafrost_store_free_bytes", "")).isPositive();
        Eventually.is(
                SOON, "closed connections", () -> mirror.scrape().value("permafrost_http_connections_open", "") == 0);
    }

    private static void handshake(int port) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEverybody()}, new SecureRandom());
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            socket.getOutputStream()
                    .write("GET /-/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes());
            assertThat(new String(socket.getInputStream().readAllBytes())).contains("alive");
        } catch (IOException e) {
            throw new AssertionError("TLS is to work here", e);
        }
    }

    /** Whom it speaks to is not what this is about. */
    private static final class TrustsEverybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return List.of().toArray(X509Certificate[]::new);
        }
    }
}
