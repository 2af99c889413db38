package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.PrometheusText;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RawHttp2.Frame;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many of each, and for how long: what is beyond gets its answer or its end at once. */
class LimitsHoldTest {
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final String LIVE = "/-/health/live";

    /** RFC 9113 §7. */
    private static final int REFUSED_STREAM = 7;

    @TempDir
    Path data;

    private final List<RunningMirror> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(RunningMirror::close);
    }

    private RunningMirror start(RunningMirror.Builder builder) {
        RunningMirror mirror = builder.start();
        started.add(mirror);
        return mirror;
    }

    @Test
    void moreFieldsThanTheMostAre431() {
        RunningMirror mirror = start(RunningMirror.in(data).withTls());
        String[] most = new String[99];
        java.util.Arrays.fill(most, "x: y");
        try (RawHttp client = mirror.connect()) {
            assertThat(client.request("GET", LIVE, most).read().status()).isEqualTo(200);
            most = java.util.Arrays.copyOf(most, 100);
            most[99] = "x: y";
            RawHttp.Response refused = client.request("GET", LIVE, most).read();
            assertThat(refused.status()).isEqualTo(431);
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
        String[] fields = new String[200];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = "x";
        }
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.request(1, "GET", LIVE, true, fields).flush();
            client.expect(RawHttp2.HEADERS);
            // the status is coded; the text that comes with it is not
            Frame body = client.expect(RawHttp2.DATA);
            assertThat(new String(body.payload(), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("more than 100 header fields\n");
        }
    }

    @Test
    void oneAddressHasOnlySoManyConnections() {
        RunningMirror mirror = start(RunningMirror.in(data).http("connectionsPerAddressMax", 3));
        List<RawHttp> open = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            open.add(mirror.connect());
            assertThat(open.get(i).request("GET", LIVE).read().status()).isEqualTo(200);
        }
        try (RawHttp beyond = mirror.connect()) {
            assertThat(beyond.awaitEnding(SOON)).isNotEqualTo(RawHttp.Ending.OPEN);
        }
        assertThat(mirror.refused(Refusal.CONNECTIONS_PER_ADDRESS_MAX)).isEqualTo(1);
        assertThat(open.get(0).request("GET", LIVE).read().status()).isEqualTo(200);
        open.get(1).close();
        Eventually.is(SOON, "there is room again", () -> {
            try (RawHttp next = mirror.connect()) {
                return next.request("GET", LIVE).readBytes(12).length == 12;
            } catch (java.io.UncheckedIOException refused) {
                return false;
            }
        });
        open.forEach(RawHttp::close);
    }

    @Test
    void allTogetherHaveOnlySoMany() {
        RunningMirror mirror = start(RunningMirror.in(data).withAdmin().http("connectionsMax", 2));
        try (RawHttp one = mirror.connect();
                RawHttp two = mirror.connect()) {
            assertThat(one.request("GET", LIVE).read().status()).isEqualTo(200);
            assertThat(two.request("GET", LIVE).read().status()).isEqualTo(200);
            try (RawHttp beyond = mirror.connect()) {
                assertThat(beyond.awaitEnding(SOON)).isNotEqualTo(RawHttp.Ending.OPEN);
            }
        }
        assertThat(mirror.refused(Refusal.CONNECTIONS_MAX)).isEqualTo(1);
        PrometheusText seen = mirror.scrape();
        for (Refusal why : Refusal.values()) {
            assertThat(seen.value(
                            "permafrost_http_refused_total",
                            "reason=\"" + why.name().toLowerCase(Locale.ROOT) + "\""))
                    .isEqualTo(why == Refusal.CONNECTIONS_MAX ? 1 : 0);
        }
    }

    /** One host of IPv6 has as many addresses as it likes, within its /64. */
    @Test
    void aNetworkOf64BitsIsOneAddress() throws Exception {
        ConnectionsByAddress addresses = new ConnectionsByAddress(2, TrustedProxies.NONE);
        EmbeddedChannel first = from("2001:db8:1:2::1");
        assertThat(addresses.enter(first)).isTrue();
        assertThat(addresses.enter(from("2001:db8:1:2:ffff::7"))).isTrue();
        assertThat(addresses.enter(from("2001:db8:1:2::3"))).isFalse();
        assertThat(addresses.enter(from("2001:db8:1:3::3"))).isTrue();
        assertThat(addresses.enter(from("192.0.2.1"))).isTrue();
        assertThat(addresses.enter(from("192.0.2.2"))).isTrue();
        assertThat(addresses.size()).isEqualTo(4);
        first.close().sync();
        assertThat(addresses.size()).isEqualTo(4);
    }

    /** Its address is none of a client's. */
    @Test
    void aTrustedProxyHasAsManyConnectionsAsItNeeds() throws Exception {
        ConnectionsByAddress addresses = new ConnectionsByAddress(1, TrustedProxies.parse("192.0.2.1"));
        assertThat(addresses.enter(from("192.0.2.1"))).isTrue();
        assertThat(addresses.enter(from("192.0.2.1"))).isTrue();
        assertThat(addresses.enter(from("192.0.2.2"))).isTrue();
        assertThat(addresses.enter(from("192.0.2.2"))).isFalse();
        assertThat(addresses.size()).isEqualTo(1);
    }

    private static EmbeddedChannel from(String address) throws Exception {
        InetSocketAddress remote = new InetSocketAddress(InetAddress.getByName(address), 1);
        return new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return remote;
            }
        };
    }

    @Test
    void afterSoManyRequestsTheConnectionIsEndedInOrder() {
        RunningMirror mirror = start(RunningMirror.in(data).withTls().http("requestsPerConnectionMax", 3));
        try (RawHttp client = mirror.connect()) {
            for (int i = 0; i < 5; i++) {
                client.request("GET", LIVE);
            }
            for (int i = 0; i < 3; i++) {
                RawHttp.Response response = client.read();
                assertThat(response.body().complete()).isTrue();
                assertThat(response.header("Connection")).isEqualTo(i == 2 ? "close" : null);
            }
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            for (int i = 0; i < 3; i++) {
                client.request(2 * i + 1, "GET", LIVE, true);
            }
            client.flush();
            Frame first = client.expect(RawHttp2.GOAWAY);
            assertThat(first.error()).isZero();
            assertThat(first.lastStream()).isEqualTo(Integer.MAX_VALUE);
            // what was on its way is answered still
            client.request(7, "GET", LIVE, true).flush();
            Frame head = client.expect(RawHttp2.HEADERS);
            while (head.stream() != 7) {
                head = client.expect(RawHttp2.HEADERS);
            }
            Frame second = client.expect(RawHttp2.GOAWAY);
            assertThat(second.lastStream()).isEqualTo(7);
            assertThat(client.read()).isNull();
        }
    }

    /** However it is dribbled: a byte now and then is no progress. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
            })
    void aHeadThatIsDribbledIsCutOff(String bytes) throws InterruptedException {
        RunningMirror mirror = start(RunningMirror.in(data).clientTimeouts(Duration.ofSeconds(2), SOON));
        try (RawHttp client = mirror.connect()) {
            client.request("GET", LIVE).read();
            // a new head has all its time, even if it begins late
            Thread.sleep(1200);
            long begun = System.nanoTime();
            RawHttp.Ending ending = dribble(client, bytes);
            assertThat(ending).isNotEqualTo(RawHttp.Ending.OPEN);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(5));
        }
    }

    @Test
    void aHeadThatBeginsLateHasItsTime() throws InterruptedException {
        RunningMirror mirror = start(RunningMirror.in(data).clientTimeouts(Duration.ofSeconds(6), SOON));
        try (RawHttp client = mirror.connect()) {
            client.request("GET", LIVE).read();
            Thread.sleep(3500);
            client.send("GET " + LIVE + " HTTP/1.1\r\n");
            Thread.sleep(3500);
            assertThat(client.send("Host: a\r\n\r\n").read().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "16030100", "160301020001000100", "GET / HTTP/1.1\r\n"})
    void aHandshakeThatDoesNotEndIsCutOff(String begins) {
        RunningMirror mirror = start(RunningMirror.in(data).withTls().clientTimeouts(Duration.ofSeconds(2), SOON));
        try (RawHttp client = RawHttp.connect(mirror.tlsPort())) {
            client.send(
                    begins.startsWith("1")
                            ? java.util.HexFormat.of().parseHex(begins)
                            : begins.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            client.readTimeout(SOON).readBytes(100);
            assertThat(client.ending()).isNotEqualTo(RawHttp.Ending.OPEN);
        }
    }

    /** What comes of a connection over HTTP/2 on which nothing is asked, or the head of a request is begun and not ended. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void overHttp2SilenceEndsToo(boolean begins) {
        RunningMirror mirror = start(RunningMirror.in(data).withTls().clientTimeouts(Duration.ofSeconds(2), SOON));
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.request(1, "GET", LIVE, true).flush();
            client.expect(RawHttp2.HEADERS);
            client.expect(RawHttp2.DATA);
            long begun = System.nanoTime();
            if (begins) {
                client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 3, RawHttp2.head("GET", LIVE))
                        .flush();
            }
            Frame away = client.expect(RawHttp2.GOAWAY);
            assertThat(away.error()).isZero();
            assertThat(client.read()).isNull();
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(1500), Duration.ofSeconds(6));
        }
    }

    @Test
    void moreStreamsThanTheMostAreRefusedAndTheOthersGoOn() {
        IndexFile slow = IndexFile.of("slow", "slow-1.0.tar.gz", "1.0", new byte[10_000]);
        CountDownLatch gate = new CountDownLatch(1);
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(slow).serve(upstream);
            upstream.on(slow.path()).reply(Answer.ok(slow.bytes()).gate(gate));
            RunningMirror mirror =
                    start(RunningMirror.in(data).from(upstream).withTls().http("streamsMax", 2));
            try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
                client.request(1, "GET", slow.path(), true)
                        .request(3, "GET", slow.path(), true)
                        .request(5, "GET", LIVE, true)
                        .flush();
                Frame refused = client.expect(RawHttp2.RST_STREAM);
                assertThat(refused.stream()).isEqualTo(5);
                assertThat(refused.error()).isEqualTo(REFUSED_STREAM);
                gate.countDown();
                assertThat(client.expect(RawHttp2.HEADERS).stream()).isIn(1, 3);
                assertThat(client.expect(RawHttp2.HEADERS).stream()).isIn(1, 3);
                for (int ended = 0; ended < 2; ) {
                    ended += client.expect(RawHttp2.DATA).has(RawHttp2.END_STREAM) ? 1 : 0;
                }
                client.request(7, "GET", LIVE, true).flush();
                assertThat(client.expect(RawHttp2.HEADERS).stream()).isEqualTo(7);
            }
        }
    }

    private static RawHttp.Ending dribble(RawHttp client, String bytes) {
        client.readTimeout(Duration.ofMillis(200));
        for (int i = 0; i < bytes.length(); i++) {
            try {
                client.send(bytes.substring(i, i + 1));
            } catch (java.io.UncheckedIOException gone) {
                return RawHttp.Ending.RST;
            }
            client.readBytes(1);
            if (client.ending() != RawHttp.Ending.OPEN) {
                return client.ending();
            }
        }
        return RawHttp.Ending.OPEN;
    }
}
