package dev.permafrost.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Asks again on each connection as soon as it has been answered, at a fraction of what other programs take for that: the
 * first answer of each connection is decrypted and verified in full, the others are counted by a {@link Tally}.
 */
final class ClosedLoop {
    /*
     * A program that decrypts all that it gets does the same work as the server, and is the slower of the two: it would
     * be measured in the server's place. The TLS engine must have every record in its order, so once the first answer
     * is verified it only encrypts requests. All connections share one buffer, small enough to stay in the processor's
     * cache; nothing is copied out of it.
     *
     * It looks for answers every 50 µs at most, as a network card collects packets for about that long before it tells.
     * A reader that takes each piece as it comes would be as fast, but over the loopback it is the sender that pays: for
     * confirmations, for the lock of the socket, and for waking a processor that sleeps. Between two looks
     * it spins, which does not count as work.
     */
    private static final int IN_BYTES = 256 * 1024;

    private static final long LOOK_NANOS = 50_000;

    private final int port;
    private final @Nullable TlsClient client;
    private final ByteBuffer request;
    private final Answer answer;
    private final Duration silenceMax;
    private final Exchange.Room room = new Exchange.Room();
    private final ByteBuffer in = ByteBuffer.allocateDirect(IN_BYTES);

    /**
     * A load on a port of 127.0.0.1.
     *
     * @param client null for plain HTTP
     * @param request with its blank line; the server is to keep the connection
     * @param answer what it must be answered with
     * @param silenceMax how long nothing may come on any connection while an answer is under way
     */
    ClosedLoop(int port, @Nullable TlsClient client, ByteBuffer request, Answer answer, Duration silenceMax) {
        this.port = port;
        this.client = client;
        this.request = request;
        this.answer = answer;
        this.silenceMax = silenceMax;
    }

    /**
     * What a run found.
     *
     * @param total all answers, those included that came before it counted and after
     * @param counted those that came while it counted
     * @param seconds how long it counted
     * @param busyShare how much of that it did other than wait
     * @param latencyNanos of those that it counted
     */
    record Found(long total, long counted, double seconds, double busyShare, Histogram latencyNanos) {}

    /** One kept-alive connection. */
    private static final class Lane {
        private final int number;
        private final Exchange exchange;
        private final Tally tally;
        private long askedAt;

        Lane(int number, Exchange exchange, Tally tally) {
            this.number = number;
            this.exchange = exchange;
            this.tally = tally;
        }
    }

    /**
     * Runs, then waits for the answers that are under way, so that what the server did is what it was asked for.
     *
     * @throws IOException if anything else comes than the answer, whole and in time; says on which connection
     */
    Found run(int connections, Duration warmUp, Duration duration) throws IOException {
        List<Lane> lanes = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 1; i <= connections; i++) {
                lanes.add(open(i, selector));
            }
            return run(lanes, selector, warmUp, duration);
        } finally {
            lanes.forEach(lane -> lane.exchange.close());
        }
    }

    /** Connects, and verifies a first answer. */
    private Lane open(int number, Selector selector) throws IOException {
        try {
            Exchange exchange = Generator.connect(room, port, client, Exchange.newIn(), request, Check.sha256(answer));
            try {
                Lane lane = new Lane(number, exchange, exchange.tally());
                exchange.channel().configureBlocking(false);
                exchange.channel().register(selector, SelectionKey.OP_READ, lane);
                return lane;
            } catch (IOException e) {
                exchange.close();
                throw e;
            }
        } catch (IOException e) {
            throw new IOException("connection " + number + ", the first answer: " + e.getMessage(), e);
        }
    }

    private Found run(List<Lane> lanes, Selector selector, Duration warmUp, Duration duration) throws IOException {
        Window window = new Window(System.nanoTime() + warmUp.toNanos(), duration.toNanos());
        for (Lane lane : lanes) {
            ask(lane, System.nanoTime());
        }
        long total = lanes.size();
        int underWay = lanes.size();
        long heardAt = System.nanoTime();
        while (underWay > 0) {
            long began = System.nanoTime();
            window.look(began);
            if (selector.selectNow() > 0) {
                for (SelectionKey key : selector.selectedKeys()) {
                    Lane lane = (Lane) key.attachment();
                    if (take(lane)) {
                        long now = System.nanoTime();
                        total++;
                        window.count(now - lane.askedAt);
                        if (window.isOver()) {
                            underWay--;
                        } else {
                            ask(lane, now);
                        }
                    }
                }
                selector.selectedKeys().clear();
                heardAt = System.nanoTime();
                window.worked(heardAt - began);
            } else if (began - heardAt > silenceMax.toNanos()) {
                throw new IOException(
                        "nothing has come for " + silenceMax.toMillis() + " ms; missing are " + missing(lanes));
            }
            while (System.nanoTime() - began < LOOK_NANOS) {
                Thread.onSpinWait();
            }
        }
        return new Found(
                total, window.latencyNanos.getTotalCount(), window.seconds, window.busyShare, window.latencyNanos);
    }

    /** The time that counts, after the warm-up and before the last answers are waited for. */
    private static final class Window {
        private final Histogram latencyNanos = new Histogram(Generator.NANOS_MAX, Generator.DIGITS);
        private final long lengthNanos;
        private long from;
        private long workedNanos;
        private boolean begun;
        private boolean over;
        private double seconds;
        private double busyShare;

        Window(long from, long lengthNanos) {
            this.from = from;
            this.lengthNanos = lengthNanos;
        }

        void look(long now) {
            if (over || now < from) {
                return;
            }
            if (!begun) {
                begun = true;
                from = now;
            } else if (now - from >= lengthNanos) {
                over = true;
                seconds = (now - from) / 1e9;
                busyShare = workedNanos / (double) (now - from);
            }
        }

        boolean isOver() {
            return over;
        }

        void worked(long nanos) {
            if (begun && !over) {
                workedNanos += nanos;
            }
        }

        void count(long nanos) {
            if (begun && !over) {
                latencyNanos.recordValue(Math.min(Generator.NANOS_MAX, nanos));
            }
        }
    }

    private void ask(Lane lane, long now) throws IOException {
        lane.askedAt = now;
        lane.tally.expect();
        lane.exchange.ask(request);
    }

    private boolean take(Lane lane) throws IOException {
        try {
            return lane.exchange.skim(in, lane.tally);
        } catch (IOException e) {
            throw new IOException("connection " + lane.number + ": " + e.getMessage(), e);
        }
    }

    private static String missing(List<Lane> lanes) {
        return lanes.stream()
                .filter(lane -> lane.tally.isExpecting())
                .map(lane -> "connection " + lane.number + ": " + lane.tally.progress())
                .collect(Collectors.joining("; "));
    }
}
