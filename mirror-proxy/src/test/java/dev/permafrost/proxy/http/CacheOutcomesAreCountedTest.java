package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each request is counted once, under what it asked for, how it was answered, and how the cache was of help. */
@SuppressWarnings("StringSplitter") // what goes wrong here is a failed test
class CacheOutcomesAreCountedTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int BYTES = 300_000;
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", noise(1));
    private static final IndexFile SLOW = IndexFile.of("slow", "slow-1.0.tar.gz", "1.0", noise(2));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void missesHitsAndNegatives() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).withAdmin().start()) {
            get(mirror, 200, "/simple/demo/", 1);
            get(mirror, 200, "/simple/demo/", 3);
            get(mirror, 200, FILE.path(), 1);
            get(mirror, 200, FILE.path(), 4);
            get(mirror, 404, "/simple/none/", 1);
            get(mirror, 404, "/simple/none/", 2);
            get(mirror, 404, "/packages/demo/demo-9.0.tar.gz", 1);
            get(mirror, 301, "/simple/Demo/", 1);
            get(mirror, 404, "/some/thing/else", 1);
            get(mirror, 200, "/-/health/live", 1);
            try (RawHttp client = mirror.connect()) {
                assertThat(client.request("POST", "/simple/demo/").read().status())
                        .isEqualTo(405);
            }
            awaitRequests(mirror, 17);
            PrometheusText seen = mirror.scrape();
            assertThat(requests(seen))
                    .isEqualTo(new TreeMap<>(Map.ofEntries(
                            Map.entry("pypi page 2xx miss", 1),
                            Map.entry("pypi page 2xx hit", 3),
                            Map.entry("pypi file 2xx miss", 1),
                            Map.entry("pypi file 2xx hit", 4),
                            Map.entry("pypi page 4xx miss", 1),
                            Map.entry("pypi page 4xx negative", 2),
                            // its project's page is too young to be asked for again
                            Map.entry("pypi file 4xx negative", 1),
                            Map.entry("pypi page 3xx none", 1),
                            // of one the method is refused before anybody looks what it asks for
                            Map.entry("pypi other 4xx none", 2),
                            Map.entry("- own 2xx none", 1))));
            double sent = seen.value("permafrost_http_sent_bytes_total", "origin=\"disk\"")
                    + seen.value("permafrost_http_sent_bytes_total", "origin=\"upstream\"");
            assertThat(sent).isEqualTo(5 * BYTES);
            // the first of the five may have found the file complete by the time it began
            assertThat(seen.value("permafrost_http_sent_bytes_total", "origin=\"disk\""))
                    .isGreaterThanOrEqualTo(4 * BYTES);
            assertThat(seen.value("permafrost_http_request_duration_seconds_count", "outcome=\"hit\""))
                    .isEqualTo(7);
            assertThat(seen.value("permafrost_fetch_ended_total", "kind=\"file\",repository=\"pypi\""))
                    .isEqualTo(1);
            assertThat(seen.value("permafrost_fetch_ended_total", "kind=\"page\",repository=\"pypi\""))
                    .isEqualTo(2);
            assertThat(seen.value("permafrost_upstream_answers_total", "host=\"127.0.0.1\",status=\"2xx\""))
                    .isEqualTo(2);
            assertThat(seen.value("permafrost_upstream_answers_total", "host=\"127.0.0.1\",status=\"4xx\""))
                    .isEqualTo(1);
            assertThat(seen.value("permafrost_upstream_received_bytes_total", "host=\"127.0.0.1\""))
                    .isGreaterThan(BYTES);
            assertThat(seen.value("permafrost_open_files_misses_total", "repository=\"pypi\""))
                    .isEqualTo(1);
        }
    }

    @Test
    void thoseWhoWaitForTheSameFileAreCoalesced() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        new SimpleIndexTree().add(SLOW).serve(upstream);
        upstream.on(SLOW.path()).reply(Answer.file(SLOW.bytes(), "\"one\"").gateAfter(BYTES / 2, gate));
        try (RunningMirror mirror =
                        RunningMirror.in(data).from(upstream).withAdmin().start();
                RawHttp first = mirror.connect();
                RawHttp second = mirror.connect();
                RawHttp third = mirror.connect()) {
            mirror.get("/simple/slow/");
            first.request("GET", SLOW.path());
            upstream.awaitRequest(SLOW.path(), SOON);
            second.request("GET", SLOW.path());
            third.request("GET", SLOW.path());
            RawHttp.Head head = second.readHead();
            RawHttp.Head thirdHead = third.readHead();
            RawHttp.Head firstHead = first.readHead();
            assertThat(mirror.scrape().value("permafrost_fetch_in_flight", "kind=\"file\",repository=\"pypi\""))
                    .isEqualTo(1);
            assertThat(mirror.scrape().value("permafrost_upstream_in_flight", "host=\"127.0.0.1\""))
                    .isEqualTo(1);
            gate.countDown();
            assertThat(first.readBody(firstHead, false).sha256()).isEqualTo(SLOW.sha256());
            assertThat(second.readBody(head, false).sha256()).isEqualTo(SLOW.sha256());
            assertThat(third.readBody(thirdHead, false).sha256()).isEqualTo(SLOW.sha256());
            awaitRequests(mirror, 4);
            PrometheusText seen = mirror.scrape();
            assertThat(requests(seen))
                    .isEqualTo(Map.of("pypi page 2xx miss", 1, "pypi file 2xx miss", 1, "pypi file 2xx coalesced", 2));
            assertThat(seen.value("permafrost_http_sent_bytes_total", "origin=\"upstream\""))
                    .isEqualTo(3 * BYTES);
            Eventually.is(SOON, "nothing in flight", () -> {
                PrometheusText now = mirror.scrape();
                return now.value("permafrost_fetch_in_flight", "kind=\"file\",repository=\"pypi\"") == 0
                        && now.value("permafrost_upstream_in_flight", "host=\"127.0.0.1\"") == 0;
            });
        }
    }

    @Test
    void pagesAreRevalidatedAndThenStale() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .pageTtl(Duration.ZERO)
                .failureTtl(Duration.ofMinutes(1))
                .retriesMax(0)
                .withAdmin()
                .start()) {
            get(mirror, 200, "/simple/demo/", 2);
            upstream.on("/simple/demo/").reply(500);
            get(mirror, 200, "/simple/demo/", 3);
            awaitRequests(mirror, 5);
            PrometheusText seen = mirror.scrape();
            assertThat(requests(seen))
                    .isEqualTo(
                            Map.of("pypi page 2xx miss", 1, "pypi page 2xx revalidated", 1, "pypi page 2xx stale", 3));
            assertThat(seen.value(
                            "permafrost_fetch_failures_total",
                            "kind=\"page\",reason=\"upstream_status\",repository=\"pypi\""))
                    .isEqualTo(1);
        }
    }

    @Test
    void whoLeavesBeforeTheAnswerIsCountedAsLeft() {
        CountDownLatch never = new CountDownLatch(1);
        new SimpleIndexTree().add(SLOW).serve(upstream);
        upstream.on(SLOW.path()).reply(Answer.ok(SLOW.bytes()).gate(never));
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).withAdmin().start()) {
            try (RawHttp client = mirror.connect()) {
                client.request("GET", SLOW.path());
                upstream.awaitRequest(SLOW.path(), SOON);
                client.reset();
            }
            awaitRequests(mirror, 1);
            assertThat(requests(mirror.scrape())).isEqualTo(Map.of("pypi file left none", 1));
            never.countDown();
        }
    }

    @Test
    void wrongBytesAreAVerificationFailure() {
        byte[] wrong = FILE.bytes().clone();
        wrong[0] ^= 1;
        new SimpleIndexTree().add(FILE).serve(upstream);
        upstream.on(FILE.path()).reply(Answer.ok(wrong));
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).withAdmin().start()) {
            assertThat(verificationFailures(mirror, "digest")).isZero();
            try (RawHttp client = mirror.connect()) {
                client.request("GET", FILE.path());
                client.readBytes(2 * BYTES);
            }
            Eventually.is(SOON, "a verification failure", () -> verificationFailures(mirror, "digest") == 1);
            assertThat(verificationFailures(mirror, "length")).isZero();
        }
    }

    @Test
    void anUpstreamThatBreaksOffIsAnErrorOfItsHost() {
        new SimpleIndexTree().add(FILE).serve(upstream);
        upstream.on("/simple/broken/").reply(Answer.ok(FILE.bytes()).wrongLength(2 * BYTES));
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).retriesMax(0).withAdmin().start()) {
            assertThat(mirror.get("/simple/broken/").status()).isEqualTo(502);
            Eventually.is(
                    SOON,
                    "an error",
                    () -> mirror.scrape()
                                    .value(
                                            "permafrost_upstream_errors_total",
                                            "host=\"127.0.0.1\",reason=\"upstream_unreachable\"")
                            == 1);
            assertThat(requests(mirror.scrape())).isEqualTo(Map.of("pypi page 5xx none", 1));
        }
    }

    private static double verificationFailures(RunningMirror mirror, String reason) {
        return mirror.scrape()
                .value("permafrost_verification_failures_total", "reason=\"" + reason + "\",repository=\"pypi\"");
    }

    private static byte[] noise(int seed) {
        byte[] bytes = new byte[BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void get(RunningMirror mirror, int status, String path, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(mirror.get(path).status()).as(path).isEqualTo(status);
        }
    }

    /** What has been counted, as {@code repository kind status outcome}. */
    private static Map<String, Integer> requests(PrometheusText seen) {
        Map<String, Integer> counts = new TreeMap<>();
        seen.of("permafrost_http_requests_total").forEach((labels, value) -> {
            Map<String, String> by = new TreeMap<>();
            for (String label : labels.substring(1, labels.length() - 1).split(",")) {
                by.put(label.substring(0, label.indexOf('=')), label.replaceAll(".*=\"|\"", ""));
            }
            counts.put(
                    by.get("repository") + " " + by.get("kind") + " " + by.get("status") + " " + by.get("outcome"),
                    value.intValue());
        });
        return counts;
    }

    /** A client may have its answer before the loop has got to counting it. */
    private static void awaitRequests(RunningMirror mirror, int number) {
        Eventually.is(
                SOON,
                number + " requests counted",
                () -> requests(mirror.scrape()).values().stream()
                                .mapToInt(n -> n)
                                .sum()
                        == number);
    }
}
