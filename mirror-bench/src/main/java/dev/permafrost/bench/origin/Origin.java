package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server on loopback for a {@link Catalogue}, or other {@link Holdings}: {@code /simple/} in HTML or JSON, and files made
 * as they are sent, so that none is ever held in memory. One thread per connection. Counts what it is asked.
 */
public final class Origin implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 1024;
    private static final int LINE_BYTES_MAX = 16 * 1024;
    private static final int SEND_BYTES = 128 * 1024;
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    private static final Holdings.Page NOT_FOUND = new Holdings.Page("not found\n".getBytes(UTF_8), "text/plain", null);

    private final ServerSocket listener;
    private final Holdings holdings;
    private final Behaviour behaviour;
    private final Semaphore slots = new Semaphore(CONNECTIONS_MAX);
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final AtomicInteger fileAnswers = new AtomicInteger();
    private final LongAdder bytesSent = new LongAdder();

    private Origin(ServerSocket listener, Holdings holdings, Behaviour behaviour) {
        this.listener = listener;
        this.holdings = holdings;
        this.behaviour = behaviour;
    }

    /**
     * Starts one.
     *
     * @param port the port of 127.0.0.1, 0 for any
     */
    public static Origin start(int port, Holdings holdings, Behaviour behaviour) throws IOException {
        ServerSocket listener = new ServerSocket(port, CONNECTIONS_MAX, InetAddress.getLoopbackAddress());
        Origin origin = new Origin(listener, holdings, behaviour);
        daemon(origin::accept, "origin-accept").start();
        return origin;
    }

    /** The port it listens on. */
    public int port() {
        return listener.getLocalPort();
    }

    /** The address of its simple index, with a slash at its end. */
    public String simpleUrl() {
        return "http://127.0.0.1:" + port() + "/simple/";
    }

    /** How many requests there were for that path. */
    public int count(String path) {
        AtomicInteger count = counts.get(path);
        return count == null ? 0 : count.get();
    }

    /** How many requests there were for files. */
    public int fileRequests() {
        return counts.entrySet().stream()
                .filter(e -> e.getKey().startsWith("/packages/"))
                .mapToInt(e -> e.getValue().get())
                .sum();
    }

    /** How many bytes of files were sent. */
    public long bytesSent() {
        return bytesSent.sum();
    }

    /** Begins to count anew. */
    public void forgetCounts() {
        counts.clear();
        bytesSent.reset();
    }

    @Override
    public void close() {
        closeQuietly(listener);
        sockets.forEach(Origin::closeQuietly);
    }

    private void accept() {
        try {
            while (true) {
                slots.acquire();
                Socket socket = listener.accept();
                sockets.add(socket);
                daemon(() -> serve(socket), "origin").start();
            }
        } catch (IOException | InterruptedException e) {
            // close() took the listener away.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            String requestLine = line(in);
            while (requestLine != null && answer(requestLine, headers(in), out)) {
                requestLine = line(in);
            }
        } catch (IOException e) {
            // The client has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
            slots.release();
        }
    }

    /** Answers one request; false where the connection is to end. */
    private boolean answer(String requestLine, Map<String, String> headers, OutputStream out)
            throws IOException, InterruptedException {
        String[] parts = requestLine.split(" ", 3);
        if (parts.length != 3 || !(parts[0].equals("GET") || parts[0].equals("HEAD"))) {
            throw new IOException("not a request this origin knows: " + requestLine);
        }
        boolean withBody = parts[0].equals("GET");
        String path = parts[1];
        if (holdings.counts()) {
            counts.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
        }
        Thread.sleep(behaviour.firstByteLatency().toMillis());
        Artifact file = path.startsWith("/packages/") ? holdings.at(path) : null;
        if (file != null) {
            return sendFile(file, headers, withBody, out);
        }
        Holdings.Page found =
                holdings.page(path, headers.getOrDefault("accept", "").contains(JSON));
        Holdings.Page page = found == null ? NOT_FOUND : found;
        String etag = page.etag() == null ? "" : "\r\nETag: " + page.etag();
        if (page.etag() != null && page.etag().equals(headers.get("if-none-match"))) {
            out.write(("HTTP/1.1 304 Not Modified" + etag + "\r\nVary: Accept\r\n\r\n").getBytes(ISO_8859_1));
            return true;
        }
        head(
                out,
                found == null ? "404 Not Found" : "200 OK",
                page.bytes().length,
                "Content-Type: " + page.contentType() + etag + "\r\nVary: Accept");
        if (withBody) {
            out.write(page.bytes());
        }
        return true;
    }

    private boolean sendFile(Artifact file, Map<String, String> headers, boolean withBody, OutputStream out)
            throws IOException, InterruptedException {
        String etag = "\"" + file.sha256().substring(0, 32) + "\"";
        long from = 0;
        long until = file.lengthBytes();
        String status = "200 OK";
        String more = "Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\nETag: " + etag;
        Matcher range = RANGE.matcher(headers.getOrDefault("range", ""));
        if (range.matches() && headers.getOrDefault("if-range", etag).equals(etag)) {
            from = Long.parseLong(range.group(1));
            until = range.group(2).isEmpty() ? until : Math.min(until, Long.parseLong(range.group(2)) + 1);
            if (from >= until) {
                head(out, "416 Range Not Satisfiable", 0, "Content-Range: bytes */" + file.lengthBytes());
                return true;
            }
            status = "206 Partial Content";
            more += "\r\nContent-Range: bytes " + from + "-" + (until - 1) + "/" + file.lengthBytes();
        }
        head(out, status, until - from, more);
        if (!withBody) {
            return true;
        }
        boolean cut = behaviour.cutEvery() > 0 && fileAnswers.incrementAndGet() % behaviour.cutEvery() == 0;
        send(file.content(), from, cut ? from + (until - from) / 2 : until, out);
        return !cut;
    }

    private void send(Content content, long from, long until, OutputStream out)
            throws IOException, InterruptedException {
        byte[] buffer = new byte[(int) Math.min(SEND_BYTES, until - from)];
        for (long at = from; at < until; at += buffer.length) {
            int length = (int) Math.min(buffer.length, until - at);
            content.fill(at, ByteBuffer.wrap(buffer, 0, length));
            out.write(buffer, 0, length);
            bytesSent.add(length);
            if (behaviour.bytesPerSecond() > 0) {
                Thread.sleep(1000L * length / behaviour.bytesPerSecond());
            }
        }
    }

    private static void head(OutputStream out, String status, long lengthBytes, String more) throws IOException {
        out.write(("HTTP/1.1 " + status + "\r\nContent-Length: " + lengthBytes + "\r\n" + more + "\r\n\r\n")
                .getBytes(ISO_8859_1));
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim());
            }
        }
        return headers;
    }

    private static @Nullable String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
            if (line.length() >= LINE_BYTES_MAX) {
                throw new IOException("a line beyond " + LINE_BYTES_MAX + " bytes");
            }
            line.append((char) b);
        }
        return null;
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
