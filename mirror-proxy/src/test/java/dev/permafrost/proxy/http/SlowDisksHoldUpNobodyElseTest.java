package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.SlowDisk;
import dev.permafrost.proxy.tls.AutoTls;
import dev.permafrost.proxy.tls.TlsConfig;
import dev.permafrost.proxy.tls.TlsContexts;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Whoever waits for a disk waits alone: the others of its event loop, of which there is one here, are answered meanwhile. What is
 * read on a loop from a disk that makes it wait fails this class, as all that blocks on one does.
 */
class SlowDisksHoldUpNobodyElseTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration QUIET = Duration.ofMillis(300);
    private static final int BLOCK_BYTES = 256 << 10;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final byte[] BYTES = bytes(3_000_001);
    private static final String SEVERAL = "Range: bytes=5-9,1000000-2000000,2999990-";
    private static final FileHead HEAD = new FileHead("text/plain", null, null, "no-store", CacheOutcome.HIT);

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final LoopResources loops = LoopResources.create("slow", 1, true);
    private final AtomicInteger tasks = new AtomicInteger();
    /** What a task waits for before it begins. */
    private final Semaphore begins = new Semaphore(0);

    private final AtomicInteger rejections = new AtomicInteger();
    private final Executor pool = task -> {
        if (rejections.getAndDecrement() > 0) {
            throw new FetchException(FailureKind.OVERLOADED, "made to be full", null);
        }
        tasks.incrementAndGet();
        threads.execute(() -> {
            begins.acquireUninterruptibly();
            task.run();
        });
    };

    private Path file;
    private OpenBlob blob;
    private HttpFrontEnd frontEnd;
    private int port;
    private int tlsPort;

    @BeforeEach
    void write() throws IOException {
        file = Files.write(folder.resolve("file"), BYTES);
        serve(FileChannel.open(file));
    }

    /** Has the file on such a disk from now on. */
    private SlowDisk onSlowDisk() throws IOException {
        frontEnd.close();
        blob.release();
        SlowDisk disk = new SlowDisk(file);
        serve(disk);
        return disk;
    }

    @AfterEach
    void stop() {
        begins.release(1_000_000);
        frontEnd.close();
        Eventually.is(SOON, "nobody has the file but this test", () -> blob.references() == 1);
        blob.release();
        loops.disposeLater(Duration.ZERO, SOON).block(SOON);
        threads.shutdown();
    }

    private void serve(FileChannel channel) {
        blob = new OpenBlob(Digest.of(Algorithm.SHA256, new byte[32]), channel, BYTES.length);
        HttpConfig config = HttpConfig.defaults()
                .listeningAt(List.of(
                        new Listener(new ListenAddress("127.0.0.1", 0), Listener.Security.PLAIN),
                        new Listener(new ListenAddress("127.0.0.1", 0), Listener.Security.AUTO)));
        OwnAnswer slow = accept -> {
            assertThat(blob.tryRetain()).isTrue();
            return Mono.just(new Reply.Held(blob, HEAD));
        };
        OwnAnswer quick = accept -> Mono.just(new Reply.Text("text/plain", "quick".getBytes(US_ASCII)));
        frontEnd = new HttpFrontEnd(
                config,
                RequestHandler.admin(config, Map.of("/-/slow", slow, "/-/quick", quick), () -> null),
                TlsContexts.of(TlsConfig.defaults(), AutoTls.in(null, Set.of(), Clock.systemUTC())),
                null,
                "listen",
                new FileTraffic(pool, 2));
        List<SocketAddress> addresses = frontEnd.listen(loops);
        port = ((InetSocketAddress) addresses.get(0)).getPort();
        tlsPort = ((InetSocketAddress) addresses.get(1)).getPort();
    }

    @Test
    void inTheClear() {
        try (RawHttp client = RawHttp.connect(port)) {
            RawHttp.Head head = client.request("GET", "/-/slow").readHead();
            assertThat(head.status()).isEqualTo(200);
            assertOthersAreServed();
            assertThat(client.readTimeout(QUIET).readBytes(1)).isEmpty();
            begins.release();
            client.readTimeout(SOON);
            assertThat(client.readBytes(BLOCK_BYTES)).isEqualTo(Arrays.copyOf(BYTES, BLOCK_BYTES));
            assertOthersAreServed();
            assertThat(client.readTimeout(QUIET).readBytes(1)).isEmpty();
            begins.release(1_000);
            client.readTimeout(SOON);
            int rest = BYTES.length - BLOCK_BYTES;
            assertThat(client.readBytes(rest)).isEqualTo(Arrays.copyOfRange(BYTES, BLOCK_BYTES, BYTES.length));
            assertThat(client.request("GET", "/-/quick").read().body().text()).isEqualTo("quick");
        }
        int read = tasks.get();
        assertThat(read).isBetween(3, 12);
        assertAllIsServedWithoutTheDisk(read);
    }

    @Test
    void inTheClearSeveralParts() {
        try (RawHttp client = RawHttp.connect(port)) {
            client.request("GET", "/-/slow", SEVERAL);
            assertOthersAreServed();
            begins.release(1_000);
            assertHasParts(client.read());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: y", SEVERAL})
    void underTls(String field) throws IOException {
        SlowDisk disk = onSlowDisk();
        begins.release(1_000);
        try (RawHttp client = RawHttp.connectTls(tlsPort, 0)) {
            client.request("GET", "/-/slow", field);
            for (int i = 0; i < 5; i++) {
                assertOthersAreServed();
                disk.turn(1);
            }
            disk.turn(1_000);
            RawHttp.Response answer = client.read();
            if (field.equals(SEVERAL)) {
                assertHasParts(answer);
            } else {
                assertThat(answer.body().bytes()).isEqualTo(BYTES);
                assertAllIsServedWithoutTheDisk(tasks.get());
            }
        }
    }

    @Test
    void overHttp2() throws IOException {
        SlowDisk disk = onSlowDisk();
        begins.release(1_000);
        try (RawHttp2 client = RawHttp2.connect(tlsPort, INITIAL_WINDOW_SIZE, 1 << 30)) {
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30);
            client.request(1, "GET", "/-/slow", true).flush();
            assertThat(client.expect(RawHttp2.HEADERS).stream()).isEqualTo(1);
            for (int i = 0; i < 5; i++) {
                assertOthersAreServed();
                // one that shares the connection is none the worse
                client.request(3 + 2 * i, "GET", "/-/quick", true).flush();
                assertThat(client.expect(RawHttp2.DATA).stream()).isNotEqualTo(1);
            }
            disk.turn(1_000);
            assertThat(body(client, 1)).isEqualTo(BYTES);
        }
        assertAllIsServedWithoutTheDisk(tasks.get());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoLeavesMeanwhileHoldsNothing(boolean encrypted) {
        for (int i = 0; i < 5; i++) {
            try (RawHttp client = encrypted ? RawHttp.connectTls(tlsPort, 0) : RawHttp.connect(port)) {
                client.request("GET", "/-/slow");
                int asked = i + 2;
                Eventually.is(SOON, "it has asked", () -> blob.references() > asked);
                client.reset();
            }
        }
        // by the same thread, which has seen them go by then
        assertOthersAreServed();
        begins.release(1_000);
        Eventually.is(SOON, "nobody has the file but this test", () -> blob.references() == 1);
        assertThat(blob.warmUntil(0, 1, System.nanoTime())).isZero();
    }

    @Test
    void theEndOfTheServerDoesNotWaitForADisk() {
        try (RawHttp client = RawHttp.connect(port)) {
            client.request("GET", "/-/slow").readHead();
            client.reset();
            long begun = System.nanoTime();
            frontEnd.close();
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(15));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneThatFailsIsTheEndOfItsAnswer(boolean http2) throws IOException {
        SlowDisk disk = onSlowDisk();
        begins.release(1_000);
        disk.turn(BLOCK_BYTES / SlowDisk.PIECE_BYTES);
        try (CapturedLog log = CapturedLog.open()) {
            if (http2) {
                try (RawHttp2 client = RawHttp2.connect(tlsPort, INITIAL_WINDOW_SIZE, 1 << 30)) {
                    client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30);
                    client.request(1, "GET", "/-/slow", true).flush();
                    client.expect(RawHttp2.DATA);
                    disk.breakWith(new IOException("Input/output error"));
                    disk.turn(1);
                    assertThat(client.expect(RawHttp2.RST_STREAM).stream()).isEqualTo(1);
                }
            } else {
                try (RawHttp client = RawHttp.connectTls(tlsPort, 0)) {
                    client.request("GET", "/-/slow").readHead();
                    // before it breaks: the reset that follows overtakes what has not been read yet
                    assertThat(client.readBytes(BLOCK_BYTES)).isEqualTo(Arrays.copyOf(BYTES, BLOCK_BYTES));
                    disk.breakWith(new IOException("Input/output error"));
                    disk.turn(1);
                    assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.RST);
                }
            }
            log.await(SOON, "/-/slow can't be read to its end: Input/output error", "after 262144 of 3000001 bytes");
        }
    }

    @Test
    void aPoolThatIsFullIsAskedAgain() {
        begins.release(1_000);
        rejections.set(3);
        assertThat(RawHttp.get(port, "/-/slow").body().bytes()).isEqualTo(BYTES);
        assertThat(rejections.get()).isNegative();
    }

    @Test
    void notAllThreadsWaitForIt() {
        try (RawHttp first = RawHttp.connect(port);
                RawHttp second = RawHttp.connect(port);
                RawHttp third = RawHttp.connect(port)) {
            List<RawHttp> clients = List.of(first, second, third);
            clients.forEach(client -> client.request("GET", "/-/slow").readHead());
            assertThat(tasks.get()).isEqualTo(2);
            begins.release(1_000);
            for (RawHttp client : clients) {
                assertThat(client.readBytes(BYTES.length)).isEqualTo(BYTES);
            }
        }
    }

    private void assertOthersAreServed() {
        long begun = System.nanoTime();
        for (int i = 0; i < 3; i++) {
            assertThat(RawHttp.get(port, "/-/quick").body().text()).isEqualTo("quick");
        }
        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(5));
    }

    /** What has been read lately needs no thread again. In the clear it leaves by the kernel, which a slow disk of ours can't stand in for. */
    private void assertAllIsServedWithoutTheDisk(int tasksBefore) {
        boolean real = !(blob.channel() instanceof SlowDisk);
        if (real) {
            assertThat(RawHttp.get(port, "/-/slow").body().bytes()).isEqualTo(BYTES);
            assertHasParts(RawHttp.get(port, "/-/slow", SEVERAL));
            assertThat(RawHttp.get(port, "/-/slow", "Range: bytes=7-1000006")
                            .body()
                            .bytes())
                    .isEqualTo(Arrays.copyOfRange(BYTES, 7, 1_000_007));
        }
        try (RawHttp client = RawHttp.connectTls(tlsPort, 0)) {
            assertThat(client.request("GET", "/-/slow").read().body().bytes()).isEqualTo(BYTES);
        }
        try (RawHttp2 client = RawHttp2.connect(tlsPort, INITIAL_WINDOW_SIZE, 1 << 30)) {
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30);
            client.request(1, "GET", "/-/slow", true).flush();
            assertThat(body(client, 1)).isEqualTo(BYTES);
        }
        assertThat(tasks.get()).isEqualTo(tasksBefore);
    }

    private static void assertHasParts(RawHttp.Response answer) {
        assertThat(answer.status()).isEqualTo(206);
        assertThat(new String(answer.body().bytes(), ISO_8859_1))
                .contains(text(5, 10), text(1_000_000, 2_000_001), text(2_999_990, BYTES.length));
        assertThat(answer.body().complete()).isTrue();
    }

    private static String text(int start, int end) {
        return new String(BYTES, start, end - start, ISO_8859_1);
    }

    private static byte[] body(RawHttp2 client, int stream) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            RawHttp2.Frame frame = client.expect(RawHttp2.DATA);
            if (frame.stream() == stream) {
                body.writeBytes(frame.payload());
                if ((frame.flags() & RawHttp2.END_STREAM) != 0) {
                    return body.toByteArray();
                }
            }
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }
}
