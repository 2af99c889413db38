package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RawHttp2.Frame;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is asked to end: no answer is cut short, and nobody who has asked goes without one, up to a deadline. */
class ServerEndsInOrderTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IndexFile SMALL = IndexFile.sized("small", 40_000);
    private static final IndexFile LARGE = IndexFile.sized("large", 24_000_000);
    private static final IndexFile GROWING = IndexFile.sized("growing", 6_000_000);

    @TempDir
    Path data;

    private ScriptedUpstream upstream;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(SMALL).add(LARGE).add(GROWING).serve(upstream);
        upstream.on(GROWING.path()).reply(Answer.ok(GROWING.bytes()).slowly(2_000_000));
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void underLoadNoAnswerIsCutShort() throws InterruptedException {
        RunningMirror mirror = RunningMirror.in(data).from(upstream).withTls().start();
        mirror.get(SMALL.path());
        mirror.get(LARGE.path());
        Load load = new Load(mirror);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(new Thread(() -> load.keepAlive(false)));
        }
        clients.add(new Thread(() -> load.keepAlive(true)));
        for (int i = 0; i < 2; i++) {
            clients.add(new Thread(load::streams));
        }
        clients.add(new Thread(() -> load.one(RawHttp.connect(mirror.port(), 64 << 10), LARGE, 8_000_000)));
        clients.add(new Thread(() -> load.one(RawHttp.connectTls(mirror.tlsPort(), 64 << 10), LARGE, 8_000_000)));
        clients.add(new Thread(() -> load.one(mirror.connect(), GROWING, Long.MAX_VALUE)));
        clients.add(new Thread(() -> load.one(RawHttp.connectTls(mirror.tlsPort(), 0), GROWING, Long.MAX_VALUE)));
        clients.forEach(Thread::start);
        Eventually.is(
                SOON,
                "all are being answered",
                () -> load.answered.size() == clients.size() && load.answers.get() >= 20);
        mirror.close();
        for (Thread client : clients) {
            client.join(SOON.toMillis());
            assertThat(client.isAlive()).isFalse();
        }
        assertThat(load.faults).isEmpty();
    }

    /** Clients of a server that is about to end. */
    private static final class Load {
        /** The server waits half a second for what may be on its way: who was not answered after more may have been too late. */
        private static final Duration PROMPT = Duration.ofMillis(400);

        private final RunningMirror mirror;
        private final Queue<String> faults = new ConcurrentLinkedQueue<>();
        private final Set<Thread> answered = ConcurrentHashMap.newKeySet();
        private final AtomicInteger answers = new AtomicInteger();

        Load(RunningMirror mirror) {
            this.mirror = mirror;
        }

        /** Asks for one thing after the other until it is told that there is no more to come. */
        private void keepAlive(boolean tls) {
            long asked = System.nanoTime();
            boolean prompt = true;
            try (RawHttp client = tls ? RawHttp.connectTls(mirror.tlsPort(), 0) : mirror.connect()) {
                while (true) {
                    prompt = prompt(asked);
                    asked = System.nanoTime();
                    RawHttp.Response response =
                            client.request("GET", SMALL.path()).readDigest();
                    if (!response.body().complete() || !response.body().sha256().equals(SMALL.sha256())) {
                        faults.add("cut short after " + response.body().lengthBytes());
                    }
                    answered.add(Thread.currentThread());
                    answers.incrementAndGet();
                    if ("close".equals(response.header("Connection"))) {
                        return;
                    }
                }
            } catch (UncheckedIOException e) {
                if (prompt) {
                    faults.add("unanswered: " + e);
                }
            }
        }

        /** Whether it has not been long since the request before was sent. */
        private static boolean prompt(long nanos) {
            return System.nanoTime() - nanos < PROMPT.toNanos();
        }

        /** The same over HTTP/2: one stream after the other until GOAWAY, and to the end of the last that it tells of. */
        private void streams() {
            long asked = System.nanoTime();
            // identifier 4: the window of a stream
            try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort(), 4, 1 << 20)) {
                int stream = 1;
                boolean away = false;
                while (!away) {
                    boolean prompt = prompt(asked);
                    asked = System.nanoTime();
                    client.request(stream, "GET", SMALL.path(), true).flush();
                    int got = 0;
                    boolean ended = false;
                    while (!ended) {
                        Frame frame = client.read();
                        if (frame == null) {
                            if (prompt || got > 0) {
                                faults.add("stream " + stream + " ended after " + got);
                            }
                            return;
                        }
                        away |= frame.type() == RawHttp2.GOAWAY;
                        if (frame.type() == RawHttp2.RST_STREAM) {
                            faults.add("stream " + stream + " was reset after " + got);
                            return;
                        }
                        if (frame.type() == RawHttp2.DATA) {
                            got += frame.payload().length;
                            ended = frame.has(RawHttp2.END_STREAM);
                            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, Math.max(1, frame.payload().length))
                                    .flush();
                        }
                    }
                    if (got != SMALL.bytes().length) {
                        faults.add("stream " + stream + " was cut short after " + got);
                    }
                    answered.add(Thread.currentThread());
                    answers.incrementAndGet();
                    stream += 2;
                }
            }
        }

        private void one(RawHttp connection, IndexFile file, long bytesPerSecond) {
            try (RawHttp client = connection) {
                client.readSlowly(bytesPerSecond);
                RawHttp.Head head = client.request("GET", file.path()).readHead();
                answered.add(Thread.currentThread());
                RawHttp.Body body = client.readBody(head, false);
                if (!body.complete() || !body.sha256().equals(file.sha256())) {
                    faults.add(file.filename() + " was cut short after " + body.lengthBytes());
                }
            } catch (UncheckedIOException e) {
                faults.add(file.filename() + ": " + e);
            }
        }
    }

    @Test
    void itSaysThatItIsNotReadyBeforeItStopsServing() throws InterruptedException {
        RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .http("shutdownDelay", Duration.ofSeconds(2))
                .start();
        assertThat(mirror.get("/-/health/ready").status()).isEqualTo(200);
        Thread closer = new Thread(mirror::close);
        long begun = System.nanoTime();
        closer.start();
        try {
            RawHttp.Response ready = mirror.get("/-/health/ready");
            while (ready.status() == 200 && System.nanoTime() - begun < SOON.toNanos()) {
                ready = mirror.get("/-/health/ready");
            }
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.body().text()).isEqualTo("the server is shutting down\n");
            // and yet new connections are served, and kept
            try (RawHttp client = mirror.connect()) {
                assertThat(client.request("GET", SMALL.path()).read().body().sha256())
                        .isEqualTo(SMALL.sha256());
                assertThat(client.request("GET", "/-/health/live").read().header("Connection"))
                        .isNull();
            }
        } finally {
            closer.join(SOON.toMillis());
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofMillis(1900), Duration.ofSeconds(10));
    }

    @Test
    void whoIsNotDoneByTheDeadlineIsReset() {
        RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .http("shutdownTimeout", Duration.ofSeconds(1))
                .start();
        mirror.get(LARGE.path());
        try (RawHttp stuck = RawHttp.connect(mirror.port(), 16 << 10)) {
            RawHttp.Head head = stuck.request("GET", LARGE.path()).readHead();
            long begun = System.nanoTime();
            mirror.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
            assertThat(stuck.readBody(head, false).complete()).isFalse();
            assertThat(stuck.ending()).isEqualTo(RawHttp.Ending.RST);
        }
    }

    @Test
    void aBodyOverHttp2IsSentToItsEnd() throws NoSuchAlgorithmException, InterruptedException {
        RunningMirror mirror = RunningMirror.in(data).from(upstream).withTls().start();
        mirror.get(LARGE.path());
        byte[] part = Arrays.copyOf(LARGE.bytes(), 3_000_000);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.request(1, "GET", LARGE.path(), true, "range", "bytes=0-" + (part.length - 1))
                    .flush();
            Frame frame = client.await(RawHttp2.DATA);
            Thread closer = new Thread(mirror::close);
            closer.start();
            int aways = 0;
            int got = 0;
            while (frame != null) {
                if (frame.type() == RawHttp2.DATA) {
                    got += frame.payload().length;
                    sha256.update(frame.payload());
                    if (!frame.has(RawHttp2.END_STREAM)) {
                        int opened = Math.max(1, frame.payload().length);
                        client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, opened)
                                .frame(RawHttp2.WINDOW_UPDATE, 0, 1, opened)
                                .flush();
                    }
                    Thread.sleep(1);
                } else if (frame.type() == RawHttp2.GOAWAY) {
                    assertThat(frame.error()).isZero();
                    assertThat(frame.lastStream()).isEqualTo(aways == 0 ? Integer.MAX_VALUE : 1);
                    aways++;
                }
                frame = client.read();
            }
            assertThat(got).isEqualTo(part.length);
            assertThat(aways).isEqualTo(2);
            closer.join(SOON.toMillis());
        }
        assertThat(sha256.digest())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(part));
    }
}
