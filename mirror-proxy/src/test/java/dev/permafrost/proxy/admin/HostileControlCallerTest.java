package dev.permafrost.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a caller sends, or does not, the server answers it plainly and goes on answering others. */
@Timeout(60)
final class HostileControlCallerTest {
    @TempDir
    Path folder;

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final List<SocketChannel> callers = new ArrayList<>();
    private Path socket = Path.of("");
    private List<ControlServer> servers = List.of();

    @BeforeEach
    void listen() {
        socket = folder.resolve("control.sock");
        servers = List.of(new ControlServer(
                socket,
                Map.of(
                        "ping", (arguments, progress) -> Map.of(),
                        "wait", this::waitForRelease,
                        "chatter", this::chatter)));
    }

    @AfterEach
    void close() throws IOException {
        released.countDown();
        for (SocketChannel caller : callers) {
            caller.close();
        }
        servers.forEach(ControlServer::close);
    }

    @Test
    void garbageIsABadRequest() throws IOException {
        for (String garbage : List.of(
                "",
                "GET / HTTP/1.1\r",
                "{",
                "[]",
                "null",
                "{}",
                "{\"verb\": 1}",
                "{\"verb\":\"ping\"} x",
                "{\"verb\":\"ping\",\"arguments\":[]}",
                "{\"verb\":\"ping\",\"arguments\":{\"a\":{}}}",
                "{\"verb\":" + "[".repeat(5000),
                "\u0000\u0001\u00ff")) {
            assertThat(answer(garbage + "\n"))
                    .as(garbage)
                    .startsWith("{\"error\":{")
                    .contains("\"kind\":\"BAD_REQUEST\"");
        }
        assertAnswersOthers();
    }

    @Test
    void truthsAreArgumentsToo() throws IOException {
        assertThat(answer("{\"verb\":\"ping\",\"arguments\":{\"a\":true}}\n")).isEqualTo("{\"result\":{}}\n");
        assertThat(answer("{\"verb\":\"ping\"}\n")).isEqualTo("{\"result\":{}}\n");
    }

    @Test
    void aGiantLineIsCutShort() throws IOException {
        SocketChannel caller = connect();
        ByteBuffer line = ByteBuffer.allocate(ControlChannel.REQUEST_BYTES_MAX + 1);
        while (line.hasRemaining()) {
            caller.write(line);
        }
        assertThat(rest(caller)).contains("a request may have 65536 bytes; this one has more");
        assertAnswersOthers();
    }

    @Test
    void aRequestThatBreaksOffIsABadRequest() throws IOException {
        SocketChannel caller = connect();
        caller.write(ByteBuffer.wrap("{\"verb\":\"ping\"}".getBytes(StandardCharsets.UTF_8)));
        caller.shutdownOutput();
        assertThat(rest(caller)).contains("the request broke off before the end of its line");
    }

    @Test
    void aCallerThatLeavesDoesNotStopItsVerb() throws Exception {
        SocketChannel caller = connect();
        caller.write(ByteBuffer.wrap("{\"verb\":\"wait\"}\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        caller.close();
        released.countDown();
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertAnswersOthers();
    }

    @Test
    void aCallerThatDoesNotReadDoesNotStopItsVerb() throws Exception {
        SocketChannel caller = connect();
        caller.write(ByteBuffer.wrap("{\"verb\":\"chatter\"}\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(rest(caller).lines().toList())
                .hasSizeLessThan(100_000)
                .allSatisfy(line -> assertThat(line).startsWith("{").endsWith("}"))
                .endsWith("{\"result\":{}}");
    }

    @Test
    void silentCallersUseUpOnlyTheirOwnConnections() throws Exception {
        for (int i = 0; i < ControlServer.CONNECTIONS_MAX; i++) {
            connect();
        }
        assertThatThrownBy(() -> ControlClient.call(socket, "ping", Map.of(), ProgressSink.NONE))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.OVERLOADED))
                .hasMessage("8 commands are running already; try again when one has ended");
        assertThat(rest(callers.get(0))).contains("no request came within 10 seconds");
        assertThat(rest(callers.get(1))).contains("no request came within 10 seconds");
        assertAnswersOthers();
    }

    @Test
    void closingWaitsForAVerbAndItsAnswer() throws Exception {
        Thread closer = new Thread(() -> servers.forEach(ControlServer::close));
        Thread releaser = new Thread(() -> {
            awaitQuietly(begun);
            closer.start();
            released.countDown();
        });
        releaser.start();
        assertThat(ControlClient.call(socket, "wait", Map.of(), ProgressSink.NONE))
                .contains(Map.of());
        releaser.join();
        closer.join();
        assertThat(ControlClient.call(socket, "ping", Map.of(), ProgressSink.NONE))
                .isEmpty();
    }

    private Map<String, Object> waitForRelease(Map<String, String> arguments, ProgressSink progress) {
        begun.countDown();
        awaitQuietly(released);
        progress.progress("released", 1, 1);
        ended.countDown();
        return Map.of();
    }

    private Map<String, Object> chatter(Map<String, String> arguments, ProgressSink progress) {
        for (int i = 0; i < 100_000; i++) {
            progress.progress("step", i, 100_000);
        }
        ended.countDown();
        return Map.of();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void assertAnswersOthers() {
        assertThat(ControlClient.call(socket, "ping", Map.of(), ProgressSink.NONE))
                .contains(Map.of());
    }

    private String answer(String line) throws IOException {
        SocketChannel caller = connect();
        caller.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1)));
        return rest(caller);
    }

    private SocketChannel connect() throws IOException {
        SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        callers.add(caller);
        return caller;
    }

    private static String rest(SocketChannel caller) throws IOException {
        return new String(Channels.newInputStream(caller).readAllBytes(), StandardCharsets.UTF_8);
    }
}
