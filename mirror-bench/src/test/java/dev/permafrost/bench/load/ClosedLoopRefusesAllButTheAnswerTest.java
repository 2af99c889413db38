package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.bench.server.Program;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings({"ArrayRecordComponent", "FutureReturnValueIgnored"}) // what goes wrong here is a failed test
final class ClosedLoopRefusesAllButTheAnswerTest {
    private static final String PASSWORD = "password";
    private static final Duration SILENCE_MAX = Duration.ofMillis(500);
    private static final Duration WARM_UP = Duration.ofMillis(100);
    private static final Duration DURATION = Duration.ofMillis(300);
    private static final byte[] BODY = "0123456789".repeat(10_000).getBytes(ISO_8859_1);

    /** What a server says to one request, and then. */
    private record Reply(String head, byte[] body, boolean ends) {
        static Reply of(byte[] body) {
            return new Reply("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n", body, false);
        }

        static Reply withAge(int seconds) {
            return new Reply(
                    "HTTP/1.1 200 OK\r\nAge: " + seconds + "\r\nContent-Length: " + BODY.length + "\r\n\r\n",
                    BODY,
                    false);
        }
    }

    private static final Reply RIGHT = Reply.of(BODY);

    private static EventLoopGroup loops;
    private static SslContext tls;
    private static TlsClient client;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        Path keys = folder.resolve("keys.p12");
        Program.output(
                Duration.ofSeconds(60),
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-keystore",
                        keys.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        tls = SslContextBuilder.forServer(managers)
                .sslProvider(SslProvider.OPENSSL)
                .protocols("TLSv1.3")
                .build();
        client = new TlsClient();
        loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    }

    @AfterAll
    static void stop() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void rightAnswersAreCounted() throws Exception {
        for (boolean overTls : new boolean[] {true, false}) {
            ClosedLoop.Found found = run(overTls, n -> RIGHT);
            assertThat(found.counted()).isPositive().isLessThan(found.total());
            assertThat(found.latencyNanos().getTotalCount()).isEqualTo(found.counted());
            assertThat(found.seconds()).isBetween(0.3, 5.0);
            assertThat(found.busyShare()).isPositive();
        }
    }

    @Test
    void aProgramOfItsOwnTellsTheSame() throws Exception {
        Channel server = listen(true, n -> RIGHT);
        try {
            URI address = URI.create("https://127.0.0.1:" + port(server) + "/");
            Load.Result result = new OwnLoad("", 3, Duration.ofMillis(300))
                    .closed(Answer.of(BODY))
                    .run(address, DURATION);
            assertThat(result.requests()).isGreaterThan(3);
            assertThat(result.requestsPerSecond()).isPositive();
            assertThat(result.latency99Micros()).isPositive();
            assertThat(result.errors()).isZero();
            byte[] other = BODY.clone();
            other[99_999]++;
            assertThatThrownBy(() ->
                            new OwnLoad("", 3, WARM_UP).closed(Answer.of(other)).run(address, DURATION))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("connection 1, the first answer: sha256 ");
        } finally {
            server.close().sync();
        }
    }

    @Test
    void theFirstAnswerIsReadToItsLastByte() {
        byte[] wrong = BODY.clone();
        wrong[99_999]++;
        for (boolean overTls : new boolean[] {true, false}) {
            assertRefused(overTls, n -> Reply.of(wrong), "connection 1, the first answer: sha256 ");
            assertRefused(
                    overTls, n -> Reply.of(new byte[99_999]), "connection 1, the first answer: 99999 bytes of 100000");
            assertRefused(
                    overTls,
                    n -> new Reply("HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\n", new byte[1], false),
                    "connection 1, the first answer: status 503");
        }
    }

    @Test
    void aLaterAnswerOfAnotherStatusIsRefused() {
        Reply gone = new Reply("HTTP/1.1 404 OK\r\nContent-Length: 9\r\n\r\n", new byte[9], false);
        assertRefused(true, n -> n < 3 ? RIGHT : gone, "nothing has come for 500 ms");
        assertRefused(false, n -> n < 3 ? RIGHT : gone, "an answer begins with 'HTTP/1.1 404 OK'");
    }

    @Test
    void aLaterAnswerCutShortIsRefused() {
        Reply cut = new Reply(RIGHT.head(), new byte[50_000], true);
        assertRefused(true, n -> n < 3 ? RIGHT : cut, "the server ended it after 50045 of 100043 bytes of plaintext");
        assertRefused(false, n -> n < 3 ? RIGHT : cut, "the server ended it after 50000 of 100000 bytes");
        Reply stalled = new Reply(RIGHT.head(), new byte[50_000], false);
        assertRefused(
                true, n -> n < 3 ? RIGHT : stalled, "nothing has come for 500 ms; missing are connection 1: 50043");
        assertRefused(
                false, n -> n < 3 ? RIGHT : stalled, "nothing has come for 500 ms; missing are connection 1: 50000");
    }

    @Test
    void aLaterAnswerThatIsLongerIsRefused() {
        Reply longer = Reply.of(new byte[100_001]);
        assertRefused(
                true, n -> n < 3 ? RIGHT : longer, "100044 bytes of plaintext in place of the first answer's 100043");
        assertRefused(false, n -> n < 3 ? RIGHT : longer, "100001 bytes in place of the first answer's 100000");
    }

    @Test
    void anAgeMayGetLonger() throws Exception {
        assertThat(run(true, n -> Reply.withAge(n < 4 ? 9 : n < 6 ? 10 : 100)).total())
                .isGreaterThan(20);
        assertRefused(true, n -> Reply.withAge(n < 4 ? 9 : 100), "bytes of plaintext in place of the first answer's");
        assertThat(run(false, n -> Reply.withAge(n < 4 ? 9 : 100)).total()).isGreaterThan(4);
    }

    private static void assertRefused(boolean overTls, IntFunction<Reply> replies, String complaint) {
        assertThatThrownBy(() -> run(overTls, replies))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(complaint);
    }

    private static ClosedLoop.Found run(boolean overTls, IntFunction<Reply> replies) throws Exception {
        Channel server = listen(overTls, replies);
        try {
            ByteBuffer request = ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1));
            return new ClosedLoop(port(server), overTls ? client : null, request, Answer.of(BODY), SILENCE_MAX)
                    .run(3, WARM_UP, DURATION);
        } finally {
            server.close().sync();
        }
    }

    private static int port(Channel server) {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** A server that answers the requests of each connection by their number, from 1 on. */
    private static Channel listen(boolean overTls, IntFunction<Reply> replies) throws InterruptedException {
        return new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (overTls) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        }
                        channel.pipeline().addLast(new Answering(replies));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    /** Takes each LF LF, but for CR, as the end of a request. */
    private static final class Answering extends SimpleChannelInboundHandler<ByteBuf> {
        private final IntFunction<Reply> replies;
        private int asked;
        private int lineFeeds;

        Answering(IntFunction<Reply> replies) {
            this.replies = replies;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            while (bytes.isReadable()) {
                byte b = bytes.readByte();
                lineFeeds = b == '\n' ? lineFeeds + 1 : b == '\r' ? lineFeeds : 0;
                if (lineFeeds == 2) {
                    lineFeeds = 0;
                    answer(context, replies.apply(++asked));
                }
            }
        }

        private static void answer(ChannelHandlerContext context, Reply reply) {
            context.write(Unpooled.copiedBuffer(reply.head(), ISO_8859_1));
            var sent = context.writeAndFlush(Unpooled.wrappedBuffer(reply.body()));
            if (reply.ends()) {
                var unused = sent.addListener(ChannelFutureListener.CLOSE);
            }
        }
    }
}
