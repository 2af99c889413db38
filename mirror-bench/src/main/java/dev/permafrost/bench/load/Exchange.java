package dev.permafrost.bench.load;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.jspecify.annotations.Nullable;

/** One connection of a generator, plain or with TLS, and one request at a time on it. Not for several threads. */
final class Exchange implements AutoCloseable {
    private static final int IN_BYTES = 128 * 1024;
    /** Age is at most 2^31 seconds (RFC 9111 §1.2.2). */
    private static final int AGE_DIGITS_MAX = 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Room that all connections of one thread share. */
    static final class Room {
        private final ByteBuffer plain = ByteBuffer.allocateDirect(IN_BYTES);
        private final ByteBuffer out = ByteBuffer.allocateDirect(IN_BYTES);
    }

    /** Room for what comes on one connection. */
    static ByteBuffer newIn() {
        return ByteBuffer.allocateDirect(IN_BYTES);
    }

    private final Room room;
    private final SocketChannel channel;
    private final @Nullable ReferenceCountedOpenSslEngine engine;
    private final ByteBuffer in;
    private final ResponseHead head = new ResponseHead();

    private @Nullable ByteBuffer unsent;
    private @Nullable Check check;
    private boolean shaken;
    private boolean ended;
    private boolean answered;
    private boolean released;
    private long bodyBytes;

    /**
     * A connection that is not made yet.
     *
     * @param engine null for plain HTTP
     * @param in room for what comes, not shared with another connection that is in use
     */
    Exchange(Room room, @Nullable ReferenceCountedOpenSslEngine engine, ByteBuffer in, boolean blocking)
            throws IOException {
        this.room = room;
        this.engine = engine;
        this.shaken = engine == null;
        this.in = in.clear();
        this.channel = SocketChannel.open();
        channel.configureBlocking(blocking);
    }

    /** Connects to a port of 127.0.0.1, and begins the handshake. A non-blocking one may have to finish later. */
    void connect(int port) throws IOException {
        boolean connected = channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (connected) {
            channel.socket().setTcpNoDelay(true);
            if (engine != null) {
                engine.beginHandshake();
                shake();
            }
        }
    }

    /** Finishes what {@link #connect} began; true once connected. */
    boolean finishConnect() throws IOException {
        if (!channel.finishConnect()) {
            return false;
        }
        channel.socket().setTcpNoDelay(true);
        if (engine != null) {
            engine.beginHandshake();
            shake();
        }
        return true;
    }

    SocketChannel channel() {
        return channel;
    }

    /** Sends a request, once the handshake is done where that is still under way. */
    void ask(ByteBuffer request) throws IOException {
        head.clear();
        answered = false;
        bodyBytes = 0;
        if (shaken && channel.isConnected()) {
            send(request);
        } else {
            unsent = request;
        }
    }

    /** Takes what has come; true once the answer is whole. */
    boolean advance() throws IOException {
        if (engine == null) {
            in.clear();
            ended = channel.read(in) < 0;
            body(in.flip());
        } else {
            ended = channel.read(in) < 0;
            if (!shaken) {
                shake();
            }
            ByteBuffer request = unsent;
            if (shaken && request != null) {
                unsent = null;
                send(request);
            }
            if (shaken) {
                decrypt(engine);
            }
        }
        if (ended && !answered) {
            throw new IOException("the connection ended after " + bodyBytes + " bytes");
        }
        return answered;
    }

    /** Has the bodies of the following answers looked at; not where it is null. */
    void verify(@Nullable Check following) {
        check = following;
    }

    /** How much of the answer's body has come. */
    long bodyBytes() {
        return bodyBytes;
    }

    /**
     * What tells the ends of further answers that are like this one, which is whole.
     *
     * @throws IOException if that can't be told: more has come, or they may be longer
     */
    Tally tally() throws IOException {
        if (engine == null) {
            return new PlainTally(bodyBytes);
        }
        long wholeBytes = head.sizeBytes() + bodyBytes;
        int ageDigits = head.ageDigits();
        if (in.position() > 0) {
            throw new IOException(in.position() + " bytes have come after it");
        }
        return new RecordTally(wholeBytes, ageDigits == 0 ? 0 : Math.max(0, AGE_DIGITS_MAX - ageDigits));
    }

    /** Takes all that has come by way of that buffer, without decrypting it; true once the answer is whole. */
    boolean skim(ByteBuffer into, Tally tally) throws IOException {
        boolean whole;
        do {
            if (channel.read(into.clear()) < 0) {
                throw new IOException("the server ended it after " + tally.progress());
            }
            whole = tally.take(into.flip());
        } while (!whole && into.limit() == into.capacity());
        return whole;
    }

    /** Whether the server has ended the connection. */
    boolean hasEnded() {
        return ended;
    }

    /** Whether the handshake resumed an earlier session, as the TLS library has it. */
    boolean isResumed() {
        return engine != null && SSL.isSessionReused(engine.sslPointer());
    }

    /** Gives back the TLS engine's memory; the connection stays open, and can't be used any more. */
    void forgetTls() {
        if (engine != null && !released) {
            released = true;
            engine.release();
        }
    }

    @Override
    public void close() {
        forgetTls();
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to be done with it.
        }
    }

    private void shake() throws IOException {
        ReferenceCountedOpenSslEngine tls = engine;
        if (tls == null) {
            return;
        }
        while (true) {
            HandshakeStatus status = tls.getHandshakeStatus();
            if (status == HandshakeStatus.NEED_WRAP) {
                wrap(tls, NOTHING);
            } else if (status == HandshakeStatus.NEED_TASK) {
                Runnable task = tls.getDelegatedTask();
                if (task != null) {
                    task.run();
                }
            } else if (status == HandshakeStatus.NEED_UNWRAP) {
                in.flip();
                SSLEngineResult result = tls.unwrap(in, room.plain.clear());
                in.compact();
                if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW
                        || (result.bytesConsumed() == 0
                                && result.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP)) {
                    if (ended) {
                        throw new IOException("the connection ended in the handshake");
                    }
                    return;
                }
                if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                    throw new IOException("the server closed TLS in the handshake");
                }
            } else {
                shaken = true;
                return;
            }
        }
    }

    private void decrypt(ReferenceCountedOpenSslEngine tls) throws IOException {
        in.flip();
        while (in.hasRemaining()) {
            ByteBuffer plain = room.plain.clear();
            SSLEngineResult result = tls.unwrap(in, plain);
            body(plain.flip());
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                ended = true;
                break;
            }
            if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                break;
            }
        }
        in.compact();
    }

    private void body(ByteBuffer plain) throws IOException {
        if (!plain.hasRemaining() || (!head.isComplete() && !head.accept(plain))) {
            return;
        }
        if (head.status() != 200) {
            throw new IOException("status " + head.status());
        }
        bodyBytes += plain.remaining();
        if (check != null) {
            check.accept(plain);
        }
        if (bodyBytes > head.lengthBytes()) {
            throw new IOException("more than the " + head.lengthBytes() + " bytes declared");
        }
        answered = bodyBytes == head.lengthBytes();
    }

    /** All connections may share the buffer, each sends it from its beginning. */
    private void send(ByteBuffer request) throws IOException {
        request.rewind();
        ReferenceCountedOpenSslEngine tls = engine;
        if (tls == null) {
            write(request);
        } else {
            while (request.hasRemaining()) {
                wrap(tls, request);
            }
        }
    }

    private void wrap(ReferenceCountedOpenSslEngine tls, ByteBuffer plain) throws IOException {
        ByteBuffer out = room.out.clear();
        SSLEngineResult result = tls.wrap(plain, out);
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new IOException("TLS is closed");
        }
        write(out.flip());
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
