package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.contentOf;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listeners beside each other: Unix sockets, IPv4, IPv6, and both. */
@SuppressWarnings("AddressSelection") // what goes wrong here is a failed test
class ListenersOfEveryKindTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final IndexFile FILE = IndexFile.sized("demo", 8_000_001);

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;
    private Path socket;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
        socket = folder.resolve("http.sock");
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void aUnixSocketServesPagesAndFiles() throws Exception {
        Path log = folder.resolve("access.log");
        try (RunningMirror mirror = mirror().accessLog(new AccessLogConfig(log, AccessLogConfig.Format.COMBINED, 0, 0))
                .alsoAt(Endpoint.parse("unix:" + socket))
                .start()) {
            assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
            assertThat(curl("http://localhost/simple/demo/", "-o", "/dev/null")).isEqualTo("200");
            // a miss, and then a hit by sendfile
            for (int i = 0; i < 2; i++) {
                Path file = folder.resolve("file-" + i);
                assertThat(curl("http://localhost" + FILE.path(), "-o", file.toString()))
                        .isEqualTo("200");
                assertThat(Files.readAllBytes(file)).isEqualTo(FILE.bytes());
            }
            Path part = folder.resolve("part");
            assertThat(curl("http://localhost" + FILE.path(), "-r", "100-199", "-o", part.toString()))
                    .isEqualTo("206");
            assertThat(Files.size(part)).isEqualTo(100);
            // TCP goes on beside it
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            Eventually.is(
                    SOON,
                    "the access log",
                    () -> log.toFile().exists()
                            && contentOf(log.toFile()).lines().count() >= 5);
            assertThat(contentOf(log.toFile()).lines().filter(line -> line.startsWith("unix: - - [")))
                    .hasSize(4);
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void aBadRequestThereIsAnsweredAndTheConnectionEnded() throws Exception {
        try (RunningMirror mirror =
                        mirror().alsoAt(Endpoint.parse("unix:" + socket)).start();
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            client.write(ByteBuffer.wrap("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345"
                    .getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(10_000);
            while (client.read(answer) >= 0) {
                assertThat(answer.hasRemaining()).isTrue();
            }
            assertThat(new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 405 ")
                    .endsWith("only GET and HEAD\n");
            assertThat(mirror.get("/-/health/live").status()).isEqualTo(200);
        }
    }

    @Test
    void itsModeIsAsConfigured() throws Exception {
        UnixAddress open = UnixAddress.parse("unix:" + socket).withMode(UnixAddress.mode("0666"));
        try (RunningMirror mirror = mirror().alsoAt(open).start()) {
            assertThat(mirror.port()).isPositive();
            assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
        }
    }

    @Test
    void whatADeadServerHasLeftIsReplaced() throws Exception {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        try (RunningMirror mirror =
                mirror().alsoAt(Endpoint.parse("unix:" + socket)).start()) {
            assertThat(mirror.port()).isPositive();
            assertThat(curl("http://localhost/-/health/live", "-o", "/dev/null"))
                    .isEqualTo("200");
        }
    }

    @Test
    void whatLivesOrIsNoSocketIsLeftAlone() throws Exception {
        try (ServerSocketChannel alive = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            alive.bind(UnixDomainSocketAddress.of(socket));
            assertThatThrownBy(() ->
                            mirror().alsoAt(Endpoint.parse("unix:" + socket)).start())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("can't listen at unix:" + socket + ": another server listens there");
            assertThat(socket).exists();
        }
        Path text = Files.writeString(folder.resolve("text"), "precious");
        assertThatThrownBy(() -> mirror().alsoAt(Endpoint.parse("unix:" + text)).start())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("there is something that is no socket");
        assertThat(text).hasContent("precious");
        assertThatThrownBy(() -> mirror().alsoAt(Endpoint.parse("unix:" + folder + "/none/x"))
                        .start())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is its folder there");
    }

    @Test
    void nginxComesThroughAUnixSocketAndIsTrustedThere() throws Exception {
        assumeTrue(Nginx.available(), "no nginx here");
        Path log = folder.resolve("access.log");
        try (RunningMirror mirror = mirror().accessLog(new AccessLogConfig(log, AccessLogConfig.Format.COMBINED, 0, 0))
                        .behind(List.of("unix"), "")
                        .alsoAt(Endpoint.parse("unix:" + socket))
                        .start();
                Nginx nginx = Nginx.start(
                        Files.createDirectory(folder.resolve("nginx")),
                        "location / { proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://unix:" + socket
                                + ":; }")) {
            assertThat(RawHttp.get(nginx.port(), FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
            // TCP is not trusted
            mirror.get("/-/health/live", "X-Forwarded-For: 203.0.113.5");
            Eventually.is(
                    SOON,
                    "the access log",
                    () -> log.toFile().exists()
                            && contentOf(log.toFile()).lines().count() >= 2);
            assertThat(contentOf(log.toFile()).lines().toList()).allMatch(line -> line.startsWith("127.0.0.1 - "));
        }
    }

    @Test
    void allOfIpv4AndAllOfIpv6AreAtOnePort() throws Exception {
        assumeTrue(hasIpv6(), "no IPv6 here");
        int port = freePort();
        try (RunningMirror mirror = mirror().alsoAt(Endpoint.parse("0.0.0.0:" + port), Endpoint.parse("[::]:" + port))
                .start()) {
            assertThat(mirror.port()).isNotEqualTo(port);
            assertThat(answers("127.0.0.1", port)).isTrue();
            assertThat(answers("::1", port)).isTrue();
        }
    }

    @Test
    void eachFamilyAloneIsAlone() throws Exception {
        assumeTrue(hasIpv6(), "no IPv6 here");
        int four = freePort();
        int six = freePort();
        int both = freePort();
        try (RunningMirror mirror = mirror().alsoAt(
                        Endpoint.parse("0.0.0.0:" + four), Endpoint.parse("[::]:" + six), Endpoint.parse(":" + both))
                .start()) {
            assertThat(mirror.port()).isPositive();
            assertThat(List.of(answers("127.0.0.1", four), answers("::1", four)))
                    .containsExactly(true, false);
            assertThat(List.of(answers("127.0.0.1", six), answers("::1", six))).containsExactly(false, true);
            assertThat(List.of(answers("127.0.0.1", both), answers("::1", both)))
                    .containsExactly(true, true);
        }
    }

    private RunningMirror.Builder mirror() {
        return RunningMirror.in(folder.resolve("data")).from(upstream);
    }

    private String curl(String url, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("curl", "-sS", "--unix-socket", socket.toString(), "-w", "%{http_code}", url));
        command.addAll(List.of(arguments));
        return Subprocess.command(command).run(Duration.ofSeconds(30)).orFail().out();
    }

    private static boolean answers(String host, int port) {
        try (Socket client = new Socket()) {
            client.connect(new InetSocketAddress(host, port), 5_000);
            client.setSoTimeout(10_000);
            client.getOutputStream().write("GET /-/health/live HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .startsWith("HTTP/1.1 200 ");
        } catch (IOException refused) {
            return false;
        }
    }

    private static boolean hasIpv6() {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress("::1", 0));
            return true;
        } catch (IOException none) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }
}
