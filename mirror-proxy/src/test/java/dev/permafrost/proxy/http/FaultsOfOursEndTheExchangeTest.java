package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.RawHttp;
import io.netty.channel.embedded.EmbeddedChannel;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** What goes wrong on our side does not keep a client, or the end of the server, waiting for ever. */
@SuppressWarnings("FutureReturnValueIgnored") // what goes wrong here is a failed test
class FaultsOfOursEndTheExchangeTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final HttpConfig CONFIG = HttpConfig.defaults()
            .listeningAt(List.of(new Listener(new ListenAddress("127.0.0.1", 0), Listener.Security.PLAIN)));

    @Test
    void aReplyThatCantBeWrittenIsLoggedAndItsClientReset() {
        Tail broken = (Tail) Proxy.newProxyInstance(
                Tail.class.getClassLoader(), new Class<?>[] {Tail.class}, (tail, method, arguments) -> {
                    throw new IllegalStateException("made to fail");
                });
        FileHead head = new FileHead("text/plain", null, null, "no-store", CacheOutcome.MISS);
        OwnAnswer answer = accept -> Mono.delay(Duration.ofMillis(10)).map(done -> new Reply.Growing(broken, head));
        LoopResources loops = LoopResources.create("faults", 1, true);
        try (CapturedLog log = CapturedLog.open();
                HttpFrontEnd frontEnd = HttpFrontEnd.admin(CONFIG, Map.of("/-/broken", answer), () -> null)) {
            int port = ((InetSocketAddress) frontEnd.listen(loops).get(0)).getPort();
            try (RawHttp client = RawHttp.connect(port)) {
                client.request("GET", "/-/broken");
                assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.RST);
            }
            log.await(SOON, "answering /-/broken failed by a fault of ours");
        } finally {
            loops.disposeLater(Duration.ZERO, SOON).block(SOON);
        }
    }

    @Test
    void whoIsRegisteredAfterTheServerHasEndedIsSentAway() {
        HttpFrontEnd frontEnd = HttpFrontEnd.admin(CONFIG, Map.of(), () -> null);
        EmbeddedChannel before = new EmbeddedChannel();
        frontEnd.accept(before, false);
        assertThat(before.isOpen()).isTrue();
        before.close();
        frontEnd.close();
        EmbeddedChannel after = new EmbeddedChannel();
        frontEnd.accept(after, false);
        assertThat(after.isOpen()).isFalse();
    }
}
