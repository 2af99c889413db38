package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RawHttp2.Frame;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Random and mutated requests, over plain HTTP/1.1, HTTP/1.1 under TLS, and as frames of HTTP/2, with valid ones in between. The
 * same seed and number give the same bytes. Each connection is read to its end, which must come at once and by the server, and
 * what is counted is its answers.
 */
@SuppressWarnings("StringConcatToTextBlock") // what goes wrong here is a failed test
final class Fuzz {
    private static final int THREADS = 2;
    private static final int VALID_EVERY = 25;
    private static final int MUTATIONS_MAX = 6;
    private static final int AHEAD_MAX = 8;
    private static final int ANSWER_BYTES_MAX = 8 << 20;
    private static final long HEAP_GROWTH_BYTES_MAX = 64 << 20;
    private static final int DESCRIPTORS_GROWTH_MAX = 64;
    private static final long DIRECT_GROWTH_BYTES_MAX = 64 << 20;
    /** More frames than any client may send that ask for nothing, and more bytes than any frame has. */
    private static final int PINGS = 2_000;

    private static final int LAST_STREAM = 4 * AHEAD_MAX + 1;
    /** Less than a connection may be silent for: whatever ends no sooner was waited for. */
    private static final Duration HANG = Duration.ofSeconds(10);

    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 ([2-5]\\d\\d) ");
    private static final String LAST = "GET /-/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    private static final IndexFile FILE = IndexFile.sized("demo", 30_000);

    private static final List<String> SEEDS = List.of(
            "GET %F HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET %F HTTP/1.1\r\nHost: a\r\nRange: bytes=0-99,200-299,-5\r\nIf-Range: \"x\"\r\n\r\n",
            "GET %F HTTP/1.1\r\nHost: a\r\nRange: bytes=0-99,200-299,-5\r\n\r\n",
            "HEAD %F HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\", W/\"y\"\r\n\r\n",
            "GET %F HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /simple/demo/ HTTP/1.1\r\nHost: a\r\nAccept: application/vnd.pypi.simple.v1+json;q=0.5, text/html\r\n"
                    + "Accept-Encoding: gzip;q=1.0, identity;q=0\r\n\r\n",
            "GET /simple/D.e_m-o/?a=b HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
            "GET http://b:80/simple/ HTTP/1.1\r\nHost: a\r\nUser-Agent: pip/24.0 {\"a\":1}\r\n\r\n",
            "GET /-/health/ready HTTP/1.1\r\nHost: [::1]:8080\r\nForwarded: for=1.2.3.4;host=x\r\n\r\n");

    /** Behind these the connection ends, so that they come more seldom. */
    private static final List<String> ENDING_SEEDS = List.of(
            "GET /simple/D.e_m-o/?a=b#c HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /simple/%64emo/%2e%2e/ HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\n\r\n",
            "POST /simple/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n");

    private static final List<String> TOKENS = List.of(
            "\r\n",
            "\n",
            "\r",
            "\u0000",
            " ",
            "\t",
            ":",
            "%00",
            "%2f",
            "%5C",
            "%C0%AF",
            "%",
            "/../",
            "/./",
            "//",
            "\\",
            ";",
            "\u00ff\u00fe",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Host: b\r\n",
            "Connection: close\r\n",
            "Range: bytes=",
            "18446744073709551616",
            "-1",
            "0-,-0,1-0",
            "HTTP/1.1",
            "HTTP/2.0",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\"",
            ",",
            "GET");

    private final RunningMirror mirror;
    private final long seed;
    private final long count;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    private Fuzz(RunningMirror mirror, long seed, long count) {
        this.mirror = mirror;
        this.seed = seed;
        this.count = count;
    }

    /** Has so many answered by a server of its own in that folder. */
    static void run(Path folder, long seed, long count) throws InterruptedException {
        System.out.println("note: fuzz of " + count + " requests with seed " + seed);
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            try (RunningMirror filled = RunningMirror.in(folder).from(upstream).start()) {
                assertThat(filled.get("/simple/demo/").status()).isEqualTo(200);
                assertThat(filled.get(FILE.path()).status()).isEqualTo(200);
            }
        }
        try (RunningMirror mirror = RunningMirror.in(folder).offline().withTls().start()) {
            long warm = count / 10;
            new Fuzz(mirror, seed, warm).run();
            long heap = heap();
            int descriptors = descriptors();
            long direct = PlatformDependent.usedDirectMemory();
            new Fuzz(mirror, seed + 1, count - warm).run();
            assertThat(heap()).isLessThan(heap + HEAP_GROWTH_BYTES_MAX);
            assertThat(descriptors()).isLessThan(descriptors + DESCRIPTORS_GROWTH_MAX);
            assertThat(direct).isPositive();
            assertThat(PlatformDependent.usedDirectMemory()).isLessThan(direct + DIRECT_GROWTH_BYTES_MAX);
        }
    }

    private void run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(this::work, "fuzz");
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(faults).as("with seed " + seed).isEmpty();
        valid();
        assertThat(faults).as("with seed " + seed).isEmpty();
        assertThat(answered.get()).isGreaterThanOrEqualTo(count);
        System.out.println("note: " + answered + " answers to " + next + " requests");
    }

    private void work() {
        int rounds = 0;
        while (answered.get() < count && faults.isEmpty()) {
            long number = next.getAndAdd(AHEAD_MAX);
            Random random = new Random(seed * 1_000_003 + number);
            try {
                switch (random.nextInt(16)) {
                    case 0 -> lines(number, random, true);
                    case 1, 2 -> frames(number, random);
                    default -> lines(number, random, false);
                }
                if (rounds++ % VALID_EVERY == 0) {
                    valid();
                }
            } catch (UncheckedIOException e) {
                faults.add("number " + number + ": " + e);
            }
        }
    }

    /** Several requests of which some are wrong: what is sent after one that ends the connection is lost, as it should be. */
    private void lines(long number, Random random, boolean tls) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (int i = 0; i < AHEAD_MAX; i++) {
            sent.writeBytes(request(random, i == AHEAD_MAX - 1 || random.nextInt(8) == 0));
        }
        sent.writeBytes(LAST.getBytes(ISO_8859_1));
        long begun = System.nanoTime();
        try (RawHttp client = tls ? RawHttp.connectTls(mirror.tlsPort(), 0) : mirror.connect()) {
            client.readTimeout(HANG);
            try {
                client.send(sent.toByteArray());
            } catch (UncheckedIOException gone) {
                // it had seen enough, and closed; it has said why
            }
            String answer;
            try {
                answer = new String(client.readBytes(ANSWER_BYTES_MAX), ISO_8859_1);
            } catch (UncheckedIOException gone) {
                // under TLS, where the end may come as any kind of error
                return;
            }
            if (client.ending() == RawHttp.Ending.OPEN || System.nanoTime() - begun >= HANG.toNanos()) {
                fault(number, "hangs", sent.toByteArray());
            }
            int answers = 0;
            Matcher status = STATUS_LINE.matcher(answer);
            while (status.find()) {
                answers++;
                answered(number, Integer.parseInt(status.group(1)), sent);
            }
            if (answers == 0 && client.ending() == RawHttp.Ending.FIN) {
                fault(number, "is not answered at all", sent.toByteArray());
            }
        }
    }

    /** Counts an answer, which must not be a fault of ours; of another version of HTTP there is nothing else to say. */
    private void answered(long number, int status, ByteArrayOutputStream sent) {
        answered.incrementAndGet();
        if (status >= 500 && status != 505) {
            fault(number, "is answered with " + status, sent.toByteArray());
        }
    }

    private static byte[] request(Random random, boolean mutated) {
        List<String> seeds = random.nextInt(16) == 0 ? ENDING_SEEDS : SEEDS;
        String text = seeds.get(random.nextInt(seeds.size())).replace("%F", FILE.path());
        byte[] bytes = text.getBytes(ISO_8859_1);
        if (!mutated) {
            return bytes;
        }
        if (random.nextInt(50) == 0) {
            bytes = new byte[random.nextInt(2000)];
            random.nextBytes(bytes);
            return bytes;
        }
        int mutations = 1 + random.nextInt(MUTATIONS_MAX);
        for (int i = 0; i < mutations; i++) {
            bytes = mutate(bytes, random);
        }
        return bytes;
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, 1 + random.nextInt(20));
        byte[] token = TOKENS.get(random.nextInt(TOKENS.size())).getBytes(ISO_8859_1);
        return switch (random.nextInt(8)) {
            case 0 -> {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                yield bytes;
            }
            case 1 -> {
                bytes[at] = (byte) random.nextInt(256);
                yield bytes;
            }
            case 2 -> splice(bytes, at, at + length, new byte[0]);
            case 3 -> splice(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
            case 4 -> Arrays.copyOf(bytes, at);
            case 5 -> {
                byte[] much = new byte[1 << random.nextInt(15)];
                Arrays.fill(much, bytes[at]);
                yield splice(bytes, at, at, much);
            }
            default -> splice(bytes, at, at + random.nextInt(2) * length, token);
        };
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] with) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + with.length);
        out.write(bytes, 0, from);
        out.writeBytes(with);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }

    private void frames(long number, Random random) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (int i = 0; i < AHEAD_MAX; i++) {
            byte[] frame = frame(random, 2 * i + 1);
            sent.writeBytes(random.nextInt(3) == 0 ? mutate(frame, random) : frame);
        }
        sent.writeBytes(RawHttp2.serialise(
                RawHttp2.HEADERS,
                RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
                LAST_STREAM,
                RawHttp2.head("GET", "/-/health/live")));
        // whatever the server takes them for, it is too much in the end
        for (int i = 0; i < PINGS; i++) {
            sent.writeBytes(RawHttp2.serialise(RawHttp2.PING, 0, 0, new byte[8]));
        }
        long begun = System.nanoTime();
        DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.readTimeout(HANG);
            var unused = client.bytes(sent.toByteArray()).flush();
            for (Frame frame = client.read(); frame != null; frame = client.read()) {
                if (frame.type() == RawHttp2.HEADERS) {
                    Http2Headers head = decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
                    answered(number, Integer.parseInt(String.valueOf(head.status())), sent);
                }
            }
        } catch (Http2Exception e) {
            fault(number, "is answered with a head that can't be read: " + e, sent.toByteArray());
        }
        if (System.nanoTime() - begun >= HANG.toNanos()) {
            fault(number, "hangs", sent.toByteArray());
        }
    }

    private static byte[] frame(Random random, int stream) {
        int type = random.nextInt(3) > 0 ? RawHttp2.HEADERS : random.nextInt(11);
        int flags = random.nextInt(4) > 0 ? RawHttp2.END_HEADERS | RawHttp2.END_STREAM : random.nextInt(256);
        byte[] payload;
        if (type == RawHttp2.HEADERS) {
            String[] paths = {FILE.path(), "/simple/demo/", "/-/health/live", "/%00", "*", "", "/simple/" + stream + "/"
            };
            payload = RawHttp2.head(
                    random.nextInt(5) > 0 ? "GET" : "POST",
                    paths[random.nextInt(paths.length)],
                    "range",
                    "bytes=" + random.nextInt(100) + "-",
                    "x-" + random.nextInt(10),
                    TOKENS.get(random.nextInt(TOKENS.size())));
        } else {
            payload = new byte[random.nextInt(3) == 0 ? random.nextInt(100) : 4];
            random.nextBytes(payload);
        }
        return RawHttp2.serialise(type, flags, random.nextInt(6) > 0 ? stream : random.nextInt(20), payload);
    }

    /** Somebody else is served as ever, right after. */
    private void valid() {
        try (RawHttp client = mirror.connect()) {
            RawHttp.Response file = client.request("GET", FILE.path()).read();
            RawHttp.Response alive = client.request("GET", "/-/health/live").read();
            if (file.status() != 200 || !file.body().sha256().equals(FILE.sha256()) || alive.status() != 200) {
                faults.add("a valid request is answered with " + file.status() + " and " + alive.status());
            }
        }
    }

    private void fault(long number, String what, byte[] sent) {
        StringBuilder text = new StringBuilder();
        for (byte b : sent) {
            text.append(b >= ' ' && b < 127 ? String.valueOf((char) b) : "\\x%02x".formatted(b));
        }
        faults.add("number " + number + " " + what + ": " + text);
    }

    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static int descriptors() {
        return Objects.requireNonNullElse(new File("/proc/self/fd").list(), new String[0]).length;
    }
}
