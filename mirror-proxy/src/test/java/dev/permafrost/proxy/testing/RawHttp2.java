package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** A client over TLS that sends exactly the frames of HTTP/2 it is told to (RFC 9113), right or wrong. For one thread. */
public final class RawHttp2 implements AutoCloseable {
    /** Types of frames. */
    public static final int DATA = 0;

    /** A request's or an answer's head. */
    public static final int HEADERS = 1;

    /** Of old, a stream's weight. */
    public static final int PRIORITY = 2;

    /** The end of a stream. */
    public static final int RST_STREAM = 3;

    /** What one side can take. */
    public static final int SETTINGS = 4;

    /** A question whether one is there. */
    public static final int PING = 6;

    /** The end of a connection. */
    public static final int GOAWAY = 7;

    /** Leave to send more. */
    public static final int WINDOW_UPDATE = 8;

    /** More of a head. */
    public static final int CONTINUATION = 9;

    /** A flag of frames: nothing comes on the stream after it. */
    public static final int END_STREAM = 1;

    /** The head is complete. */
    public static final int END_HEADERS = 4;

    /** The error of a client that is asked to be calm. */
    public static final int ENHANCE_YOUR_CALM = 11;

    private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);
    private static final int FRAME_HEAD_BYTES = 9;
    /** Numbers of the static table; those of whole fields have the highest bit set. */
    private static final int AUTHORITY = 1;

    private static final int METHOD = 2;
    private static final int PATH = 4;
    private static final int GET = 0x80 | 2;
    private static final int POST = 0x80 | 3;
    private static final int HTTPS = 0x80 | 7;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

    /** A frame that came. */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
    public record Frame(int type, int flags, int stream, byte[] payload) {
        /** The error that a GOAWAY or an RST_STREAM tells. */
        public int error() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }

        /** The last stream that a GOAWAY tells of. */
        public int lastStream() {
            return ByteBuffer.wrap(payload).getInt(0);
        }

        /** Whether it has that flag. */
        public boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    private final SSLSocket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

    private RawHttp2(SSLSocket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    /** A connection over TLS on which one speaks that protocol of ALPN; it trusts whoever answers. */
    static SSLSocket secure(int port, String protocol, int receiveBufferBytes) throws IOException {
        Socket plain = new Socket();
        if (receiveBufferBytes > 0) {
            plain.setReceiveBufferSize(receiveBufferBytes);
        }
        plain.setTcpNoDelay(true);
        plain.setSoTimeout((int) READ_TIMEOUT.toMillis());
        plain.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket(plain, "localhost", port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        if (!protocol.equals(socket.getApplicationProtocol())) {
            throw new IOException("the server speaks '" + socket.getApplicationProtocol() + "' and not " + protocol);
        }
        return socket;
    }

    private static SSLContext trusting() {
        X509TrustManager all = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {all}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Java speaks TLS", e);
        }
    }

    /** Connects to that port of loopback and sends the preface, these settings (identifier, value, …) and no more. */
    public static RawHttp2 connect(int port, int... settings) {
        try {
            RawHttp2 client = new RawHttp2(secure(port, "h2", 0));
            client.unsent.writeBytes(PREFACE);
            ByteBuffer payload = ByteBuffer.allocate(settings.length / 2 * 6);
            for (int i = 0; i < settings.length; i += 2) {
                payload.putShort((short) settings[i]).putInt(settings[i + 1]);
            }
            client.frame(SETTINGS, 0, 0, payload.array()).flush();
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts a frame behind what is to be sent. */
    public RawHttp2 frame(int type, int flags, int stream, byte[] payload) {
        return bytes(serialise(type, flags, stream, payload));
    }

    /** A frame's bytes. */
    public static byte[] serialise(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(FRAME_HEAD_BYTES + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A frame whose payload is one number of four bytes. */
    public RawHttp2 frame(int type, int flags, int stream, int number) {
        return frame(type, flags, stream, ByteBuffer.allocate(4).putInt(number).array());
    }

    /** Puts these bytes behind what is to be sent, whatever they are. */
    public RawHttp2 bytes(byte[] bytes) {
        unsent.writeBytes(bytes);
        return this;
    }

    /** Puts a request behind what is to be sent. */
    public RawHttp2 request(int stream, String method, String path, boolean ends, String... fields) {
        return frame(HEADERS, END_HEADERS | (ends ? END_STREAM : 0), stream, head(method, path, fields));
    }

    /** A request's head: what the static table of RFC 7541 has by its number, the rest literal and not to be remembered (§6.2.2). */
    public static byte[] head(String method, String path, String... fields) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        switch (method) {
            case "GET" -> head.write(GET);
            case "POST" -> head.write(POST);
            default -> {
                head.write(METHOD);
                text(head, method);
            }
        }
        head.write(HTTPS);
        head.write(PATH);
        text(head, path);
        head.write(AUTHORITY);
        text(head, "localhost");
        for (int i = 0; i < fields.length; i += 2) {
            field(head, fields[i], fields[i + 1]);
        }
        return head.toByteArray();
    }

    private static void field(ByteArrayOutputStream head, String name, String value) {
        head.write(0);
        text(head, name);
        text(head, value);
    }

    private static void text(ByteArrayOutputStream head, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        if (bytes.length < 127) {
            head.write(bytes.length);
        } else {
            head.write(127);
            int rest = bytes.length - 127;
            while (rest >= 128) {
                head.write(rest % 128 + 128);
                rest /= 128;
            }
            head.write(rest);
        }
        head.writeBytes(bytes);
    }

    /** Sends what has been put there; whether the connection still took it. */
    public boolean flush() {
        try {
            out.write(unsent.toByteArray());
            out.flush();
            return true;
        } catch (SocketException | SSLException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            unsent.reset();
        }
    }

    /** Sends no more, and goes on reading; whether the connection still took it. */
    public boolean shutdownOutput() {
        try {
            socket.shutdownOutput();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sets how long a read waits. */
    public RawHttp2 readTimeout(Duration timeout) {
        try {
            socket.setSoTimeout((int) timeout.toMillis());
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /**
     * The next frame; null where the connection has ended.
     *
     * @throws UncheckedIOException if none comes in time
     */
    public @Nullable Frame read() {
        try {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = new byte[length];
            in.readFully(payload);
            return new Frame(type, flags, stream, payload);
        } catch (SocketTimeoutException e) {
            throw new UncheckedIOException("no frame in time", e);
        } catch (EOFException | SocketException | SSLException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads on to the first frame of that type; null where the connection has ended before. */
    public @Nullable Frame await(int type) {
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type() == type) {
                return frame;
            }
        }
        return null;
    }

    /**
     * The same, where the connection is to go on.
     *
     * @throws AssertionError if it has ended before
     */
    public Frame expect(int type) {
        Frame frame = await(type);
        if (frame == null) {
            throw new AssertionError("the connection ended without a frame of type " + type);
        }
        return frame;
    }

    /** Hangs up. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is left to be done with it.
        }
    }
}
