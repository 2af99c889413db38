package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.management.OperatingSystemMXBean;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Our own load, for what wrk and h2load can't do: handshakes that do or don't resume a session, requests at a
 * constant rate, and answers that cost the client little. A program of its own, {@link OwnLoad} starts it, so that it can be bound to a processor. One thread.
 */
final class Generator {
    /*
     * At a constant rate, a request's time runs from the moment at which it was due, not from when a connection was
     * free to take it: a server that stalls is charged for all that came due meanwhile. Between requests the thread
     * spins, so that it is late for no reason of its own; how late it was nevertheless is measured too.
     */
    /** The longest latency that is told apart. */
    static final long NANOS_MAX = Duration.ofMinutes(1).toNanos();
    /** Of latencies. */
    static final int DIGITS = 3;

    private static final Duration SILENCE_MAX = Duration.ofSeconds(20);

    private final int port;
    private final boolean tls;
    private final String path;
    private final int connections;
    private final Duration warmUp;
    private final Duration duration;

    /** Paths that are each asked for once, in the place of one; empty for the one. */
    private final Iterator<String> paths;
    /** More lines of each request's head. */
    private final String fields;
    /** What another client asks for as counting begins; null for nothing. */
    private final @Nullable String beginsWith;

    private final Exchange.Room room = new Exchange.Room();
    private Histogram latencyNanos = new Histogram(NANOS_MAX, DIGITS);
    private final Histogram lateNanos = new Histogram(NANOS_MAX, DIGITS);
    private long total;
    private long counted;
    private long resumed;
    private long errors;
    private String complaint = "";
    private double seconds;
    private double busyShare;

    /** A generator with those settings. */
    private Generator(Map<String, String> settings) throws IOException {
        port = Integer.parseInt(setting(settings, "port"));
        tls = Boolean.parseBoolean(setting(settings, "tls"));
        path = setting(settings, "path");
        connections = Integer.parseInt(setting(settings, "connections"));
        warmUp = Duration.ofMillis(Long.parseLong(setting(settings, "warm-up-millis")));
        duration = Duration.ofMillis(Long.parseLong(setting(settings, "millis")));
        paths = settings.containsKey("paths")
                ? Files.readAllLines(Path.of(setting(settings, "paths"))).iterator()
                : Collections.emptyIterator();
        fields = settings.getOrDefault("fields", "");
        beginsWith = settings.get("begins-with");
    }

    /** The arguments are settings, {@code name=value}; the last line that it prints is the result. */
    public static void main(String[] arguments) throws IOException {
        Locale.setDefault(Locale.ROOT);
        Map<String, String> settings = OwnLoad.pairs(List.of(arguments));
        Generator generator = new Generator(settings);
        switch (setting(settings, "mode")) {
            case "full" -> generator.handshakes(false);
            case "resumed" -> generator.handshakes(true);
            case "paced" -> generator.paced(Double.parseDouble(setting(settings, "rate")));
            case "closed" ->
                generator.closed(
                        new Answer(Long.parseLong(setting(settings, "body-bytes")), setting(settings, "sha256")));
            default -> throw new IllegalArgumentException("no such mode: " + settings.get("mode"));
        }
        generator.print(System.out);
    }

    private static String setting(Map<String, String> settings, String name) {
        String value = settings.get(name);
        if (value == null) {
            throw new IllegalArgumentException("a generator needs " + name);
        }
        return value;
    }

    private void print(PrintStream out) {
        out.println(OwnLoad.RESULT
                + String.join(
                        " ",
                        "total=" + total,
                        "counted=" + counted,
                        "seconds=" + seconds,
                        "errors=" + errors,
                        "resumed=" + resumed,
                        "busy=" + busyShare,
                        "p50=" + latencyNanos.getValueAtPercentile(50) / 1e3,
                        "p99=" + latencyNanos.getValueAtPercentile(99) / 1e3,
                        "p999=" + latencyNanos.getValueAtPercentile(99.9) / 1e3,
                        "max=" + latencyNanos.getMaxValue() / 1e3,
                        "late99=" + lateNanos.getValueAtPercentile(99) / 1e3,
                        "complaint=" + complaint.replace(' ', '_')));
    }

    private ByteBuffer request(boolean closes) {
        return request(path, closes);
    }

    private ByteBuffer request(String target, boolean closes) {
        byte[] bytes = ("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nUser-Agent: permafrost-bench\r\n" + fields + (closes ? "Connection: close\r\n" : "")
                        + "\r\n")
                .getBytes(ISO_8859_1);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static long processCpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    // --- Handshakes: connect, shake hands, ask once, take the answer and the server's goodbye, and again -------------

    /** One after the other in that many slots. */
    private void handshakes(boolean resume) throws IOException {
        TlsClient client = new TlsClient();
        ByteBuffer request = request(true);
        long start = System.nanoTime();
        long from = start + warmUp.toNanos();
        long until = from + duration.toNanos();
        long cpuAtFrom = 0;
        boolean counts = false;
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                open(new Slot(i, client, resume), selector, request);
            }
            for (long now = start; now < until; now = System.nanoTime()) {
                if (!counts && now >= from) {
                    counts = true;
                    from = now;
                    cpuAtFrom = processCpuNanos();
                }
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    step((Slot) key.attachment(), key, selector, request, counts);
                }
                selector.selectedKeys().clear();
            }
            long end = System.nanoTime();
            seconds = (end - from) / 1e9;
            busyShare = (processCpuNanos() - cpuAtFrom) / (double) (end - from);
            for (SelectionKey key : selector.keys()) {
                ((Slot) key.attachment()).exchange().close();
            }
        }
    }

    /** A place for one connection after another. */
    private final class Slot {
        private final int number;
        private final TlsClient client;
        private final boolean resumes;
        private final ByteBuffer in = Exchange.newIn();
        private @Nullable Exchange exchange;
        private long startedAt;

        Slot(int number, TlsClient client, boolean resumes) {
            this.number = number;
            this.client = client;
            this.resumes = resumes;
        }

        Exchange renew() throws IOException {
            ReferenceCountedOpenSslEngine engine = resumes ? client.resuming(number) : client.fresh();
            startedAt = System.nanoTime();
            Exchange renewed = new Exchange(room, engine, in, false);
            exchange = renewed;
            return renewed;
        }

        Exchange exchange() {
            Exchange current = exchange;
            if (current == null) {
                throw new IllegalStateException("slot " + number + " has no connection");
            }
            return current;
        }
    }

    private void open(Slot slot, Selector selector, ByteBuffer request) throws IOException {
        Exchange exchange = slot.renew();
        exchange.connect(port);
        exchange.ask(request);
        exchange.channel()
                .register(
                        selector,
                        exchange.channel().isConnected() ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT,
                        slot);
    }

    private void step(Slot slot, SelectionKey key, Selector selector, ByteBuffer request, boolean counts)
            throws IOException {
        Exchange exchange = slot.exchange();
        try {
            if (key.isConnectable()) {
                if (exchange.finishConnect()) {
                    key.interestOps(SelectionKey.OP_READ);
                }
                return;
            }
            if (!exchange.advance() || !exchange.hasEnded()) {
                return;
            }
            total++;
            if (counts) {
                counted++;
                resumed += exchange.isResumed() ? 1 : 0;
                latencyNanos.recordValue(Math.min(NANOS_MAX, System.nanoTime() - slot.startedAt));
            }
        } catch (IOException e) {
            failed(e);
        }
        exchange.close();
        open(slot, selector, request);
    }

    private void failed(IOException e) {
        errors++;
        complaint = String.valueOf(e.getMessage());
    }

    // --- A constant rate ---------------------------------------------------------------------------------------------

    private void paced(double rate) throws IOException {
        @Nullable TlsClient client = tls ? new TlsClient() : null;
        ByteBuffer request = request(false);
        double intervalNanos = 1e9 / rate;
        ArrayDeque<Lane> idle = new ArrayDeque<>();
        List<Lane> all = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                Lane lane = new Lane(connect(client, request));
                lane.exchange.channel().configureBlocking(false);
                lane.exchange.channel().register(selector, SelectionKey.OP_READ, lane);
                all.add(lane);
                idle.add(lane);
            }
            long start = System.nanoTime();
            long from = start + warmUp.toNanos();
            long until = from + duration.toNanos();
            long sent = 0;
            long workedNanos = 0;
            @Nullable SocketChannel other = beginsWith == null ? null : SocketChannel.open(address());
            boolean begun = other == null;
            for (long now = start; now < until; ) {
                boolean worked = false;
                if (!begun && now >= from) {
                    begun = true;
                    begin(other);
                }
                long due = start + (long) (sent * intervalNanos);
                while (due <= now && !idle.isEmpty()) {
                    Lane lane = idle.pop();
                    lane.dueAt = due;
                    lane.exchange.ask(paths.hasNext() ? request(paths.next(), false) : request);
                    if (due >= from) {
                        long could = Math.max(due, lane.freeAt);
                        lateNanos.recordValue(Math.min(NANOS_MAX, Math.max(0, System.nanoTime() - could)));
                    }
                    sent++;
                    due = start + (long) (sent * intervalNanos);
                    worked = true;
                }
                if (selector.selectNow() > 0) {
                    for (SelectionKey key : selector.selectedKeys()) {
                        take((Lane) key.attachment(), idle, from);
                    }
                    selector.selectedKeys().clear();
                    worked = true;
                }
                long then = System.nanoTime();
                if (worked && now >= from) {
                    workedNanos += then - now;
                }
                now = then;
            }
            seconds = duration.toNanos() / 1e9;
            busyShare = workedNanos / (double) duration.toNanos();
            all.forEach(lane -> lane.exchange.close());
            if (other != null) {
                other.close();
            }
        }
    }

    private InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Asks so that the answer has no body, if there is one to be had, and does not wait for it. */
    private void begin(@Nullable SocketChannel other) throws IOException {
        if (other != null) {
            other.write(ByteBuffer.wrap(
                    ("GET " + beginsWith + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nIf-None-Match: *\r\n\r\n")
                            .getBytes(ISO_8859_1)));
        }
    }

    /** One kept-alive connection. */
    private static final class Lane {
        private final Exchange exchange;
        private long dueAt;
        private long freeAt;

        Lane(Exchange exchange) {
            this.exchange = exchange;
        }
    }

    private void take(Lane lane, ArrayDeque<Lane> idle, long from) throws IOException {
        if (!lane.exchange.advance()) {
            return;
        }
        lane.freeAt = System.nanoTime();
        idle.add(lane);
        total++;
        if (lane.dueAt >= from) {
            counted++;
            latencyNanos.recordValue(Math.min(NANOS_MAX, lane.freeAt - lane.dueAt));
        }
    }

    /** A connection on which one request has been answered. */
    private Exchange connect(@Nullable TlsClient client, ByteBuffer request) throws IOException {
        return connect(room, port, client, Exchange.newIn(), request);
    }

    /** A blocking connection on which one request has been answered. */
    static Exchange connect(Exchange.Room room, int port, @Nullable TlsClient client, ByteBuffer in, ByteBuffer request)
            throws IOException {
        return connect(room, port, client, in, request, null);
    }

    /**
     * The same, with an answer that has been verified.
     *
     * @throws IOException if it is not as it should be
     */
    static Exchange connect(
            Exchange.Room room,
            int port,
            @Nullable TlsClient client,
            ByteBuffer in,
            ByteBuffer request,
            @Nullable Check check)
            throws IOException {
        Exchange exchange = new Exchange(room, client == null ? null : client.fresh(), in, true);
        try {
            exchange.connect(port);
            exchange.verify(check);
            exchange.ask(request);
            while (!exchange.advance()) {
                // It blocks until something comes.
            }
            String complaint = check == null ? null : check.complaint(exchange.bodyBytes());
            if (complaint != null) {
                throw new IOException(complaint);
            }
            return exchange;
        } catch (IOException e) {
            exchange.close();
            throw e;
        }
    }

    // --- As fast as it is answered -----------------------------------------------------------------------------------

    private void closed(Answer answer) throws IOException {
        ClosedLoop loop = new ClosedLoop(port, tls ? new TlsClient() : null, request(false), answer, SILENCE_MAX);
        ClosedLoop.Found found = loop.run(connections, warmUp, duration);
        total = found.total();
        counted = found.counted();
        seconds = found.seconds();
        busyShare = found.busyShare();
        latencyNanos = found.latencyNanos();
    }
}
