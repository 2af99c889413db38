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
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 client that sends exactly the bytes it is given and tells how the connection ended, which real clients
 * hide. Not for use by more than one thread at a time.
 */
public final class RawHttp implements AutoCloseable {
    /** How long any single read waits unless told otherwise. */
    public static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

    private static final int LINE_BYTES_MAX = 64 * 1024;
    private static final int READ_BYTES = 64 * 1024;
    private static final int KEPT_BYTES_MAX = 128 * 1024 * 1024;

    /** How the connection stands. */
    public enum Ending {
        /** Still open: nothing but a time-out, or nobody has looked. */
        OPEN,
        /** The other side ended it in order (FIN). */
        FIN,
        /** The other side reset it (RST). */
        RST
    }

    /** A status line and header fields, in the order and spelling in which they came. */
    public record Head(String statusLine, int status, List<Map.Entry<String, String>> headers) {
        /** The value of the first field of that name, in any case; null without one. */
        public @Nullable String header(String name) {
            for (Map.Entry<String, String> field : headers) {
                if (field.getKey().equalsIgnoreCase(name)) {
                    return field.getValue();
                }
            }
            return null;
        }

        /** How many fields of that name there are. */
        public int count(String name) {
            return (int) headers.stream()
                    .filter(field -> field.getKey().equalsIgnoreCase(name))
                    .count();
        }
    }

    /**
     * A body that was read.
     *
     * @param bytes the bytes, empty where only their digest was asked for
     * @param lengthBytes how many came
     * @param sha256 their digest in hexadecimal
     * @param complete whether all came that the head promised; one without framing is complete at FIN
     * @param ending how the connection stood when reading stopped
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and the bytes are the point.
    public record Body(byte[] bytes, long lengthBytes, String sha256, boolean complete, Ending ending) {
        /** The bytes as UTF-8. */
        public String text() {
            return new String(bytes, UTF_8);
        }
    }

    /** A head and its body. */
    public record Response(Head head, Body body) {
        /** The status code. */
        public int status() {
            return head.status();
        }

        /** The value of the first header field of that name; null without one. */
        public @Nullable String header(String name) {
            return head.header(name);
        }
    }

    private final Socket socket;
    private final String authority;
    private final InputStream in;
    private final OutputStream out;
    private long bytesPerSecondMax = Long.MAX_VALUE;
    private Ending ending = Ending.OPEN;

    private RawHttp(Socket socket, String authority) throws IOException {
        this.socket = socket;
        this.authority = authority;
        this.in = new BufferedInputStream(socket.getInputStream(), READ_BYTES);
        this.out = socket.getOutputStream();
    }

    /** Connects to that port of 127.0.0.1. */
    public static RawHttp connect(int port) {
        return connect(port, 0);
    }

    /** Connects with a receive buffer of about that size (0: the system's own), so that a slow reader is felt soon. */
    public static RawHttp connect(int port, int receiveBufferBytes) {
        Socket socket = new Socket();
        try {
            if (receiveBufferBytes > 0) {
                socket.setReceiveBufferSize(receiveBufferBytes);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) READ_TIMEOUT.toMillis());
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) READ_TIMEOUT.toMillis());
            return new RawHttp(socket, "127.0.0.1:" + port);
        } catch (IOException e) {
            closeQuietly(socket);
            throw new UncheckedIOException("can't connect to 127.0.0.1:" + port, e);
        }
    }

    /** The same over TLS, trusting whoever answers. */
    public static RawHttp connectTls(int port, int receiveBufferBytes) {
        try {
            return new RawHttp(RawHttp2.secure(port, "http/1.1", receiveBufferBytes), "localhost:" + port);
        } catch (IOException e) {
            throw new UncheckedIOException("can't connect to localhost:" + port, e);
        }
    }

    /** One GET on a connection of its own, the body kept. */
    public static Response get(int port, String path, String... headerLines) {
        try (RawHttp client = connect(port)) {
            return client.request("GET", path, headerLines).read();
        }
    }

    /** Sets how long a read waits. */
    public RawHttp readTimeout(Duration timeout) {
        try {
            socket.setSoTimeout((int) timeout.toMillis());
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Reads bodies no faster than that from now on. */
    public RawHttp readSlowly(long bytesPerSecond) {
        bytesPerSecondMax = bytesPerSecond;
        return this;
    }

    /** Sends exactly these bytes. */
    public RawHttp send(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Sends exactly this text, as ISO 8859-1. */
    public RawHttp send(String text) {
        return send(text.getBytes(ISO_8859_1));
    }

    /** Sends a request without a body: the right Host, then these lines, each {@code Name: value}. May be pipelined. */
    public RawHttp request(String method, String target, String... headerLines) {
        StringBuilder head = new StringBuilder(method)
                .append(' ')
                .append(target)
                .append(" HTTP/1.1\r\nHost: ")
                .append(authority)
                .append("\r\n");
        for (String line : headerLines) {
            head.append(line).append("\r\n");
        }
        return send(head.append("\r\n").toString());
    }

    /** Sends no more, and goes on reading (FIN from our side). */
    public RawHttp shutdownOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Reads a whole response to anything but HEAD, and keeps its body. */
    public Response read() {
        Head head = readHead();
        return new Response(head, readBody(head, true));
    }

    /** Reads a whole response to anything but HEAD, and keeps only its body's length and digest. */
    public Response readDigest() {
        Head head = readHead();
        return new Response(head, readBody(head, false));
    }

    /**
     * Reads a status line and header fields.
     *
     * @throws UncheckedIOException if the connection ends before or within them; {@link #ending} then says how
     */
    public Head readHead() {
        try {
            String statusLine = line();
            String[] parts = statusLine.split(" ", 3);
            if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
                throw new IOException("not a status line: " + statusLine);
            }
            List<Map.Entry<String, String>> headers = new ArrayList<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                if (colon <= 0) {
                    throw new IOException("not a header field: " + line);
                }
                headers.add(Map.entry(
                        line.substring(0, colon), line.substring(colon + 1).trim()));
            }
            return new Head(statusLine, Integer.parseInt(parts[1]), List.copyOf(headers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the body that belongs to that head (not one to HEAD), and keeps its bytes if asked to. */
    public Body readBody(Head head, boolean keepsBytes) {
        Sink sink = new Sink(keepsBytes);
        boolean complete = false;
        try {
            if (head.status() == 304 || head.status() == 204 || head.status() / 100 == 1) {
                complete = true;
            } else if ("chunked".equals(lower(head.header("Transfer-Encoding")))) {
                complete = chunks(sink);
            } else {
                String length = head.header("Content-Length");
                long wanted = length == null ? Long.MAX_VALUE : Long.parseLong(length);
                long got = copy(sink, wanted);
                complete = length == null ? ending == Ending.FIN : got == wanted;
            }
        } catch (EndedException e) {
            // It ended within a chunk's head: incomplete, and the ending is noted.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sink.body(complete, ending);
    }

    /** Reads up to so many bytes of whatever comes; fewer only where the connection ends or stays silent. */
    public byte[] readBytes(int number) {
        Sink sink = new Sink(true);
        try {
            copy(sink, number);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sink.bytes();
    }

    /** How the connection stood when it was last read. */
    public Ending ending() {
        return ending;
    }

    /**
     * Waits for the other side to end the connection.
     *
     * @return {@link Ending#OPEN} if it has not by then
     * @throws AssertionError if bytes come instead
     */
    public Ending awaitEnding(Duration timeout) {
        readTimeout(timeout);
        byte[] stray = readBytes(1);
        if (stray.length > 0) {
            throw new AssertionError("the connection was to end, but there came byte 0x"
                    + HexFormat.of().formatHex(stray));
        }
        return ending;
    }

    /** Resets the connection from our side. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hangs up: FIN, or RST where unread bytes had come. */
    @Override
    public void close() {
        closeQuietly(socket);
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] one = new byte[1];
        while (true) {
            int n = readSome(one, 1);
            if (n <= 0) {
                throw new EndedException(
                        "the connection is " + ending + " after '" + line.toString(ISO_8859_1) + "' of a line");
            }
            if (one[0] == '\n') {
                String text = line.toString(ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() >= LINE_BYTES_MAX) {
                throw new IOException("a line beyond " + LINE_BYTES_MAX + " bytes");
            }
            line.write(one[0]);
        }
    }

    private boolean chunks(Sink sink) throws IOException {
        while (true) {
            String size = line();
            int extension = size.indexOf(';');
            long length = Long.parseLong((extension < 0 ? size : size.substring(0, extension)).trim(), 16);
            if (length == 0) {
                String trailer = line();
                while (!trailer.isEmpty()) {
                    trailer = line();
                }
                return true;
            }
            if (copy(sink, length) < length) {
                return false;
            }
            String end = line();
            if (!end.isEmpty()) {
                throw new IOException("a chunk of " + length + " bytes is followed by '" + end + "'");
            }
        }
    }

    private long copy(Sink sink, long wanted) throws IOException {
        byte[] buffer = new byte[READ_BYTES];
        long got = 0;
        boolean paced = bytesPerSecondMax != Long.MAX_VALUE;
        int step = paced ? (int) Math.max(1, Math.min(READ_BYTES, bytesPerSecondMax / 20)) : READ_BYTES;
        while (got < wanted) {
            int n = readSome(buffer, (int) Math.min(step, wanted - got));
            if (n <= 0) {
                return got;
            }
            sink.add(buffer, n);
            got += n;
            if (paced) {
                sleep(1000L * n / bytesPerSecondMax);
            }
        }
        return got;
    }

    /** Reads what there is; -1, with the ending noted, where there is nothing more. */
    private int readSome(byte[] into, int length) throws IOException {
        try {
            int n = in.read(into, 0, length);
            if (n < 0) {
                ending = Ending.FIN;
            }
            return n;
        } catch (SocketTimeoutException e) {
            ending = Ending.OPEN;
            return -1;
        } catch (SocketException e) {
            String message = e.getMessage();
            if (message == null || !message.toLowerCase(Locale.ROOT).contains("reset")) {
                throw e;
            }
            ending = Ending.RST;
            return -1;
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(Math.max(1, millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static @Nullable String lower(@Nullable String text) {
        return text == null ? null : text.toLowerCase(Locale.ROOT);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is left to be done with it.
        }
    }

    /** The connection ended where more was due. */
    private static final class EndedException extends IOException {
        private static final long serialVersionUID = 1;

        EndedException(String message) {
            super(message);
        }
    }

    /** Where bytes go: always into a digest, into memory if wanted. */
    private static final class Sink {
        private final MessageDigest sha256;
        private final @Nullable ByteArrayOutputStream kept;
        private long lengthBytes;

        Sink(boolean keepsBytes) {
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
            kept = keepsBytes ? new ByteArrayOutputStream() : null;
        }

        void add(byte[] bytes, int length) {
            sha256.update(bytes, 0, length);
            lengthBytes += length;
            if (kept != null) {
                if (lengthBytes > KEPT_BYTES_MAX) {
                    throw new IllegalStateException(
                            "a body beyond " + KEPT_BYTES_MAX + " bytes: read its digest alone, with readDigest()");
                }
                kept.write(bytes, 0, length);
            }
        }

        byte[] bytes() {
            return kept == null ? new byte[0] : kept.toByteArray();
        }

        Body body(boolean complete, Ending ending) {
            return new Body(bytes(), lengthBytes, HexFormat.of().formatHex(sha256.digest()), complete, ending);
        }
    }
}
