package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Many clients at once on few threads: each works through its list on one kept-alive connection, all begin together once
 * every connection stands. Closed loop: a client asks again when it has its answer.
 */
public final class Fleet {
    /*
     * One selector per thread. As long as any client waits for its first byte, a look for such bytes comes before each read of
     * another's: otherwise the hashing of other clients' bytes would count as the server's latency.
     */
    private static final int READ_BYTES = 256 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration SELECT_TIMEOUT = Duration.ofSeconds(1);

    private final int port;
    private final int threads;
    private final Duration silenceTimeout;

    /**
     * Clients of one server.
     *
     * @param port its port of 127.0.0.1
     * @param threads how many threads share the clients
     * @param silenceTimeout how long nothing at all may come before what is under way is given up
     */
    public Fleet(int port, int threads, Duration silenceTimeout) {
        this.port = port;
        this.threads = threads;
        this.silenceTimeout = silenceTimeout;
    }

    /** Runs one client for each list, and gives how each download went, client by client within a thread. */
    public List<Outcome> run(List<List<Download>> plans) throws IOException, InterruptedException {
        int lanes = Math.min(threads, plans.size());
        CyclicBarrier ready = new CyclicBarrier(lanes);
        List<Callable<List<Outcome>>> work = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            List<Client> clients = new ArrayList<>();
            for (int i = lane; i < plans.size(); i += lanes) {
                clients.add(new Client(i, plans.get(i).iterator()));
            }
            work.add(() -> new Lane(clients, ready).run());
        }
        ExecutorService executor = Executors.newFixedThreadPool(lanes);
        try {
            List<Outcome> all = new ArrayList<>();
            for (Future<List<Outcome>> lane : executor.invokeAll(work)) {
                all.addAll(lane.get());
            }
            return all;
        } catch (ExecutionException e) {
            throw new IOException("the load generator failed: " + e.getCause(), e);
        } finally {
            executor.shutdownNow();
        }
    }

    /** One client and the download it is at. */
    private static final class Client {
        final int number;
        final Iterator<Download> plan;
        final ResponseHead head = new ResponseHead();

        @Nullable SocketChannel channel;

        @Nullable Download download;

        @Nullable Check check;

        long startedAt;
        long firstByteAt;
        long bytes;

        Client(int number, Iterator<Download> plan) {
            this.number = number;
            this.plan = plan;
        }

        boolean waits() {
            return firstByteAt == 0;
        }
    }

    /** The clients of one thread. */
    private final class Lane {
        private final List<Client> clients;
        private final CyclicBarrier ready;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
        private final List<Outcome> outcomes = new ArrayList<>();
        private int active;
        private int waiting;

        Lane(List<Client> clients, CyclicBarrier ready) {
            this.clients = clients;
            this.ready = ready;
        }

        List<Outcome> run() throws IOException, InterruptedException, BrokenBarrierException {
            try (Selector selector = Selector.open()) {
                for (Client client : clients) {
                    connect(client, selector);
                }
                ready.await();
                active = clients.size();
                for (Client client : clients) {
                    next(client, selector);
                }
                long heardAt = System.nanoTime();
                while (active > 0) {
                    if (selector.select(SELECT_TIMEOUT.toMillis()) > 0) {
                        serve(selector);
                        heardAt = System.nanoTime();
                    } else if (System.nanoTime() - heardAt > silenceTimeout.toNanos()) {
                        giveUp();
                    }
                }
                return outcomes;
            } finally {
                for (Client client : clients) {
                    hangUp(client);
                }
            }
        }

        private void serve(Selector selector) {
            List<SelectionKey> readyKeys = List.copyOf(selector.selectedKeys());
            selector.selectedKeys().clear();
            List<Client> others = new ArrayList<>();
            for (SelectionKey key : readyKeys) {
                Client client = (Client) key.attachment();
                if (client.waits()) {
                    read(client, selector);
                } else {
                    others.add(client);
                }
            }
            for (Client client : others) {
                read(client, selector);
                if (waiting > 0) {
                    return; // the others are still ready at the next look
                }
            }
        }

        private void connect(Client client, Selector selector) throws IOException {
            SocketChannel channel = SocketChannel.open();
            client.channel = channel;
            channel.socket().connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int)
                    CONNECT_TIMEOUT.toMillis());
            channel.socket().setTcpNoDelay(true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, client);
        }

        /** Asks for the next on the client's list; connects again where the last answer ended the connection. */
        private void next(Client client, Selector selector) {
            if (!client.plan.hasNext()) {
                client.download = null;
                active--;
                hangUp(client);
                return;
            }
            Download download = client.plan.next();
            client.download = download;
            client.check = download.check().get();
            client.head.clear();
            client.firstByteAt = 0;
            waiting++;
            client.bytes = 0;
            client.startedAt = System.nanoTime();
            try {
                SocketChannel channel = client.channel;
                if (channel == null) {
                    connect(client, selector);
                    channel = client.channel;
                }
                ByteBuffer request = ByteBuffer.wrap(("GET " + download.target() + " HTTP/1.1\r\nHost: 127.0.0.1:"
                                + port + "\r\nUser-Agent: permafrost-bench\r\nAccept: */*\r\n\r\n")
                        .getBytes(ISO_8859_1));
                while (channel != null && request.hasRemaining()) {
                    channel.write(request);
                }
            } catch (IOException e) {
                end(client, "can't ask: " + e.getMessage(), selector);
            }
        }

        private void read(Client client, Selector selector) {
            SocketChannel channel = client.channel;
            Download download = client.download;
            Check check = client.check;
            if (channel == null || download == null || check == null) {
                return;
            }
            try {
                int n = channel.read(buffer.clear());
                if (n < 0) {
                    end(client, "the connection ended (FIN) after " + client.bytes + " bytes", selector);
                    return;
                }
                buffer.flip();
                if (!client.head.isComplete() && !client.head.accept(buffer)) {
                    return;
                }
                body(client, download, check, selector);
            } catch (IOException e) {
                end(client, e.getMessage() + " after " + client.bytes + " bytes", selector);
            }
        }

        private void body(Client client, Download download, Check check, Selector selector) throws IOException {
            if (client.head.status() != 200) {
                throw new IOException("status " + client.head.status());
            }
            int n = buffer.remaining();
            if (n > 0 && client.waits()) {
                client.firstByteAt = System.nanoTime();
                waiting--;
            }
            client.bytes += n;
            if (client.bytes > client.head.lengthBytes()) {
                throw new IOException("more than the " + client.head.lengthBytes() + " bytes declared");
            }
            check.accept(buffer);
            if (client.bytes >= download.leaveAfterBytes()) {
                leave(client, check, selector);
            } else if (client.bytes == client.head.lengthBytes()) {
                end(client, check.complaint(client.bytes), selector);
            }
        }

        private void leave(Client client, Check check, Selector selector) {
            hangUp(client);
            record(client, true, check.complaint(client.bytes));
            next(client, selector);
        }

        private void end(Client client, @Nullable String error, Selector selector) {
            if (error != null || client.head.closes()) {
                hangUp(client);
            }
            record(client, false, error);
            next(client, selector);
        }

        private void giveUp() {
            for (Client client : clients) {
                if (client.download != null) {
                    hangUp(client);
                    record(
                            client,
                            false,
                            "nothing came for " + silenceTimeout.toSeconds() + " s after " + client.bytes + " bytes");
                }
            }
            active = 0;
        }

        private void record(Client client, boolean left, @Nullable String error) {
            Download download = client.download;
            if (client.waits()) {
                waiting--;
            }
            outcomes.add(new Outcome(
                    client.number,
                    download == null ? "" : download.target(),
                    client.bytes,
                    client.waits() ? -1 : client.firstByteAt - client.startedAt,
                    left,
                    error));
        }

        private static void hangUp(Client client) {
            SocketChannel channel = client.channel;
            client.channel = null;
            try {
                if (channel != null) {
                    channel.close();
                }
            } catch (IOException e) {
                // Nothing is left to be done with it.
            }
        }
    }
}
