package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server on loopback that answers as scripted and remembers what it was asked. One thread per connection,
 * connections kept alive, unknown paths 404. A route is found by the whole request target first, then without its query.
 */
public final class ScriptedUpstream implements AutoCloseable {
    /** How long a gate is waited for before the connection is reset. */
    public static final Duration GATE_TIMEOUT = Duration.ofSeconds(60);

    private static final int CONNECTIONS_MAX = 512;
    private static final int LINE_BYTES_MAX = 64 * 1024;
    private static final int BODY_BYTES_MAX = 64 * 1024 * 1024;
    private static final int WRITE_BYTES = 64 * 1024;
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final ServerSocket listener;
    private final Semaphore slots = new Semaphore(CONNECTIONS_MAX);
    private final Map<String, Route> routes = new ConcurrentHashMap<>();
    private final Map<Socket, Thread> connections = new ConcurrentHashMap<>();
    private final List<Received> requests = new ArrayList<>();
    private final Set<String> hungUpOn = ConcurrentHashMap.newKeySet();
    private int connectionsAccepted;
    private volatile boolean closed;

    private ScriptedUpstream(ServerSocket listener) {
        this.listener = listener;
    }

    /** Starts a server on an ephemeral port of 127.0.0.1. */
    public static ScriptedUpstream start() {
        try {
            ScriptedUpstream upstream =
                    new ScriptedUpstream(new ServerSocket(0, CONNECTIONS_MAX, InetAddress.getLoopbackAddress()));
            daemon(upstream::accept, "upstream-accept").start();
            return upstream;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts one that speaks TLS, with a certificate for 127.0.0.1 of that root, and asks for a certificate of it if told to. */
    public static ScriptedUpstream startTls(PrivateRoot root, boolean asksForCertificate) {
        try {
            SSLServerSocket listener = (SSLServerSocket) root.server("127.0.0.1")
                    .getServerSocketFactory()
                    .createServerSocket(0, CONNECTIONS_MAX, InetAddress.getLoopbackAddress());
            listener.setNeedClientAuth(asksForCertificate);
            ScriptedUpstream upstream = new ScriptedUpstream(listener);
            daemon(upstream::accept, "upstream-accept").start();
            return upstream;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port it listens on. */
    public int port() {
        return listener.getLocalPort();
    }

    /** The address of that path. */
    public URI uri(String path) {
        return URI.create(url(path));
    }

    /** The address of that path, as text. */
    public String url(String path) {
        return (listener instanceof SSLServerSocket ? "https" : "http") + "://127.0.0.1:" + port() + path;
    }

    /** Begins the script of a path (or of a whole target with its query), in place of any it had. */
    public Route on(String target) {
        Route route = new Route();
        routes.put(target, route);
        return route;
    }

    /** Every request so far, in the order in which their heads were read. */
    public List<Received> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** The requests for that path, whatever their query. */
    public List<Received> requests(String path) {
        return requests().stream().filter(r -> r.path().equals(path)).toList();
    }

    /** How many requests there were for that path. */
    public int count(String path) {
        return requests(path).size();
    }

    /** How many requests there were in all. */
    public int count() {
        return requests().size();
    }

    /** How many connections were accepted. */
    public int connections() {
        synchronized (requests) {
            return connectionsAccepted;
        }
    }

    /** Whether the client hung up while an answer for that path was being sent. */
    public boolean wasHungUpOn(String path) {
        return hungUpOn.contains(path);
    }

    /** Forgets the requests seen so far, and keeps the scripts where they are. */
    public void forgetRequests() {
        synchronized (requests) {
            requests.clear();
        }
        hungUpOn.clear();
    }

    /**
     * Waits for the first request for that path.
     *
     * @throws AssertionError if it has not come by then
     */
    public Received awaitRequest(String path, Duration timeout) {
        return awaitRequests(path, 1, timeout).get(0);
    }

    /**
     * Waits until there were so many requests for that path.
     *
     * @throws AssertionError if they have not come by then
     */
    public List<Received> awaitRequests(String path, int number, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (requests) {
            while (true) {
                List<Received> seen = requests(path);
                if (seen.size() >= number) {
                    return seen;
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("upstream had " + seen.size() + " of " + number + " requests for " + path
                            + " within " + timeout + "; all it had: " + requests);
                }
                try {
                    requests.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for a request for " + path, e);
                }
            }
        }
    }

    /** Stops listening and drops every connection, stalled ones too. */
    @Override
    public void close() {
        closed = true;
        closeQuietly(listener);
        connections.forEach((socket, thread) -> {
            closeQuietly(socket);
            thread.interrupt();
        });
    }

    /** The script of one path: its answers are given in turn, and the last is repeated. */
    public static final class Route {
        private final List<Function<Received, Answer>> answers = new ArrayList<>();
        private int next;

        private Route() {}

        /** Then answers with a status, header fields and a body; returns the answer, to which faults may be added. */
        public Answer reply(int status, Map<String, String> headers, byte[] body) {
            return add(Answer.of(status, headers, body));
        }

        /** Then answers with a status alone. */
        public Answer reply(int status) {
            return add(Answer.status(status));
        }

        /** Then answers 200 with that content type and text. */
        public Answer reply(String contentType, String body) {
            return add(Answer.ok(contentType, body));
        }

        /** Then redirects. */
        public Answer redirect(int status, String location) {
            return add(Answer.redirect(status, location));
        }

        /** Then serves a file properly; see {@link Answer#file}. */
        public Answer file(byte[] bytes, String etag) {
            return add(Answer.file(bytes, etag));
        }

        /** Then gives these answers, in turn. */
        public Route reply(Answer... inTurn) {
            for (Answer answer : inTurn) {
                add(answer);
            }
            return this;
        }

        /** Then answers as the function says, which is called on the connection's thread. */
        public synchronized Route onRequest(Function<Received, Answer> answer) {
            answers.add(answer);
            return this;
        }

        private synchronized Answer add(Answer answer) {
            answers.add(request -> answer);
            return answer;
        }

        private Answer answer(Received request) {
            Function<Received, Answer> chosen;
            synchronized (this) {
                if (answers.isEmpty()) {
                    return Answer.status(404);
                }
                chosen = answers.get(Math.min(next++, answers.size() - 1));
            }
            return chosen.apply(request);
        }
    }

    private void accept() {
        while (!closed) {
            try {
                slots.acquire();
                Socket socket = listener.accept();
                int number;
                synchronized (requests) {
                    number = ++connectionsAccepted;
                }
                Thread thread = daemon(() -> serve(socket, number), "upstream-" + number);
                connections.put(socket, thread);
                if (closed) {
                    closeQuietly(socket);
                }
                thread.start();
            } catch (IOException | InterruptedException e) {
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            Received request = read(in, number);
            while (request != null && respond(socket, request)) {
                request = read(in, number);
            }
        } catch (IOException e) {
            // The client has gone, or close() took the socket away: either way this connection is over.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(socket);
            slots.release();
        }
    }

    private @Nullable Received read(InputStream in, int connection) throws IOException {
        String requestLine = readLine(in);
        if (requestLine == null) {
            return null;
        }
        String[] parts = requestLine.split(" ", 3);
        if (parts.length != 3) {
            throw new IOException("not a request line: " + requestLine);
        }
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        int lengthBytes = 0;
        for (String line = readLine(in); line != null && !line.isEmpty(); line = readLine(in)) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new IOException("not a header field: " + line);
            }
            String name = line.substring(0, colon);
            String value = line.substring(colon + 1).trim();
            headers.add(Map.entry(name, value));
            if (name.equalsIgnoreCase("Content-Length")) {
                lengthBytes = Integer.parseInt(value);
            }
        }
        if (lengthBytes > BODY_BYTES_MAX) {
            throw new IOException("a request body of " + lengthBytes + " bytes; at most " + BODY_BYTES_MAX);
        }
        byte[] body = in.readNBytes(lengthBytes);
        Received request = new Received(parts[0], parts[1], List.copyOf(headers), body, Instant.now(), connection);
        synchronized (requests) {
            requests.add(request);
            requests.notifyAll();
        }
        return request;
    }

    private static @Nullable String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                String text = line.toString(ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() >= LINE_BYTES_MAX) {
                throw new IOException("a line beyond " + LINE_BYTES_MAX + " bytes");
            }
            line.write(b);
        }
        return null;
    }

    /** Sends the answer; says whether the connection is good for another request. */
    private boolean respond(Socket socket, Received request) throws IOException, InterruptedException {
        Answer.Wire wire = answer(request).wire(request);
        Thread.sleep(wire.headersDelay().toMillis());
        CountDownLatch gate = wire.headersGate();
        if (gate != null && !gate.await(GATE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
            reset(socket);
            return false;
        }
        try {
            return new Sending(socket, request, wire).run();
        } catch (IOException e) {
            hungUpOn.add(request.path());
            throw e;
        }
    }

    private Answer answer(Received request) {
        Route route = routes.get(request.target());
        if (route == null) {
            route = routes.get(request.path());
        }
        if (route == null) {
            return Answer.of(404, Map.of("Content-Type", "text/plain"), "not scripted\n".getBytes(UTF_8));
        }
        try {
            return route.answer(request);
        } catch (RuntimeException e) {
            return Answer.of(500, Map.of("Content-Type", "text/plain"), ("the script failed: " + e).getBytes(UTF_8));
        }
    }

    /** One answer on its way out. */
    private static final class Sending {
        private final Socket socket;
        private final Answer.Wire wire;
        private final OutputStream out;
        private final boolean bodiless;
        private final boolean keepsAlive;

        Sending(Socket socket, Received request, Answer.Wire wire) throws IOException {
            this.socket = socket;
            this.wire = wire;
            this.out = socket.getOutputStream();
            this.bodiless = request.method().equals("HEAD") || wire.status() == 304 || wire.status() == 204;
            this.keepsAlive = (wire.framing() == Answer.Framing.LENGTH || wire.framing() == Answer.Framing.CHUNKED)
                    && wire.declaredLengthBytes() < 0
                    && !"close".equalsIgnoreCase(request.header("Connection"));
        }

        boolean run() throws IOException, InterruptedException {
            if (wire.framing() != Answer.Framing.RAW) {
                out.write(head().getBytes(ISO_8859_1));
            }
            if (!bodiless && !body()) {
                return false;
            }
            if (!bodiless && wire.framing() == Answer.Framing.CHUNKED) {
                out.write("0\r\n\r\n".getBytes(ISO_8859_1));
            }
            if (!keepsAlive) {
                finish(socket);
            }
            return keepsAlive;
        }

        private String head() {
            StringBuilder head = new StringBuilder("HTTP/1.1 ")
                    .append(wire.status())
                    .append(' ')
                    .append(wire.status() < 400 ? "OK" : "Failed")
                    .append("\r\n");
            wire.headers()
                    .forEach(field -> head.append(field.getKey())
                            .append(": ")
                            .append(field.getValue())
                            .append("\r\n"));
            if (wire.framing() == Answer.Framing.CHUNKED) {
                head.append("Transfer-Encoding: chunked\r\n");
            } else if (wire.framing() == Answer.Framing.LENGTH
                    && wire.status() != 304
                    && wire.header("Content-Length") == null) {
                long declared = wire.declaredLengthBytes();
                head.append("Content-Length: ")
                        .append(declared < 0 ? wire.length() : declared)
                        .append("\r\n");
            }
            if (!keepsAlive) {
                head.append("Connection: close\r\n");
            }
            return head.append("\r\n").toString();
        }

        /** Sends the body with its events; false when one of them ended the connection. */
        private boolean body() throws IOException, InterruptedException {
            long sent = 0;
            for (Answer.Event event : wire.events()) {
                long until = Math.min(event.afterBytes(), wire.length());
                send(sent, until);
                sent = Math.max(sent, until);
                if (!happens(event)) {
                    return false;
                }
            }
            send(sent, wire.length());
            return true;
        }

        private boolean happens(Answer.Event event) throws IOException, InterruptedException {
            switch (event.kind()) {
                case STALL -> Thread.sleep(event.howLong().toMillis());
                case WAIT -> {
                    CountDownLatch gate = event.gate();
                    if (gate != null && !gate.await(event.howLong().toMillis(), TimeUnit.MILLISECONDS)) {
                        reset(socket);
                        return false;
                    }
                }
                case CLOSE -> {
                    finish(socket);
                    return false;
                }
                case RESET -> {
                    reset(socket);
                    return false;
                }
            }
            return true;
        }

        private void send(long from, long until) throws IOException, InterruptedException {
            boolean paced = wire.bytesPerSecond() != Long.MAX_VALUE;
            long step = paced ? Math.max(1, Math.min(WRITE_BYTES, wire.bytesPerSecond() / 20)) : WRITE_BYTES;
            for (long at = from; at < until; at += step) {
                int length = (int) Math.min(step, until - at);
                boolean chunked = wire.framing() == Answer.Framing.CHUNKED;
                if (chunked) {
                    out.write((Integer.toHexString(length) + "\r\n").getBytes(ISO_8859_1));
                }
                out.write(wire.bytes(), (int) (wire.offset() + at), length);
                if (chunked) {
                    out.write("\r\n".getBytes(ISO_8859_1));
                }
                if (paced) {
                    Thread.sleep(Math.max(1, 1000L * length / wire.bytesPerSecond()));
                }
            }
        }
    }

    /** Ends the connection with FIN; reading what still comes keeps the kernel from turning that into a reset. */
    private static void finish(Socket socket) throws IOException {
        socket.shutdownOutput();
        socket.setSoTimeout((int) LINGER.toMillis());
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The client keeps its side open or has reset it; the FIN is out, which is all that was asked.
        }
        socket.close();
    }

    /** Ends the connection with RST, once what was written has had time to leave: a reset drops what is still queued. */
    private static void reset(Socket socket) throws IOException, InterruptedException {
        Thread.sleep(100);
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Nothing is left to be done with it.
        }
    }
}
