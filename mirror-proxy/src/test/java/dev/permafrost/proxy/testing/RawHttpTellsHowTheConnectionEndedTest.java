package dev.permafrost.proxy.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RawHttpTellsHowTheConnectionEndedTest {
    private final ScriptedUpstream server = ScriptedUpstream.start();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void readsPipelinedResponsesInTurn() {
        server.on("/a").reply("text/plain", "one");
        server.on("/b").reply("text/plain", "two").chunked();
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.request("GET", "/a")
                    .request("GET", "/b")
                    .request("HEAD", "/a")
                    .request("GET", "/a");
            assertThat(client.read().body().text()).isEqualTo("one");
            assertThat(client.read().body().text()).isEqualTo("two");
            assertThat(client.readHead().header("Content-Length")).isEqualTo("3");
            assertThat(client.read().body().text()).isEqualTo("one");
            assertThat(client.ending()).isEqualTo(RawHttp.Ending.OPEN);
            assertThat(client.awaitEnding(Duration.ofMillis(100))).isEqualTo(RawHttp.Ending.OPEN);
        }
    }

    @Test
    void aStrayByteIsNoEnding() {
        server.on("/a").reply(200, Map.of(), new byte[10]).wrongLength(9);
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.request("GET", "/a").read();
            assertThatThrownBy(() -> client.awaitEnding(Duration.ofSeconds(5)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("0x00");
        }
    }

    @Test
    void aChunkedBodyCutShortIsIncomplete() {
        server.on("/a").reply(200, Map.of(), new byte[100_000]).chunked().closeAfter(70_000);
        RawHttp.Body body = RawHttp.get(server.port(), "/a").body();
        assertThat(body.complete()).isFalse();
        assertThat(body.lengthBytes()).isEqualTo(70_000);
        assertThat(body.ending()).isEqualTo(RawHttp.Ending.FIN);
    }

    @Test
    void readsNoFasterThanTold() {
        server.on("/a").reply(200, Map.of(), new byte[1000]);
        long start = System.nanoTime();
        try (RawHttp client = RawHttp.connect(server.port(), 1024).readSlowly(2000)) {
            assertThat(client.request("GET", "/a").read().body().complete()).isTrue();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(400));
    }

    @Test
    void digestsWithoutKeeping() {
        server.on("/a").reply("text/plain", "abc");
        try (RawHttp client = RawHttp.connect(server.port())) {
            RawHttp.Body body = client.request("GET", "/a").readDigest().body();
            assertThat(body.sha256()).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
            assertThat(body.lengthBytes()).isEqualTo(3);
            assertThat(body.bytes()).isEmpty();
        }
    }
}
