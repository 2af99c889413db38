package dev.permafrost.proxy.http;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Sees whether an HTTP/2 client only keeps us busy: whether it has sent more, in a window of time, than what it has asked for and
 * been given accounts for (RFC 9113 §10.5).
 */
final class FloodGuard {
    /** Frames in one window of time, other than requests, that are too many if the client does not take much either. */
    private static final int FRAMES_MAX = 1_000;

    /** Bytes in one window of time that are. */
    private static final int READ_BYTES_MAX = 1 << 20;

    private static final long WINDOW_NANOS = Duration.ofSeconds(10).toNanos();
    /** How many such frames each request, and each KiB of what is sent, is good for: acknowledgements and open windows. */
    private static final int FRAMES_PER_REQUEST = 10;

    private static final int SENT_BYTES_PER_FRAME = 1 << 10;
    private static final int SENT_BYTES_PER_READ_BYTE = 2;
    /** The heads of frames that carry a body, of a kilobyte each at the least. */
    private static final int BODY_BYTES_PER_FRAME_BYTE = 100;

    private final long headerBytesMax;
    private final LongSupplier sentBytes;
    private long sinceNanos = System.nanoTime();
    private long sentBefore;
    private long requests;
    private long frames;
    private long framesMax = FRAMES_MAX;
    private long readBytes;
    private long bodyBytes;
    private long readBytesMax = READ_BYTES_MAX;

    /**
     * A guard of one connection.
     *
     * @param headerBytesMax how long the head of a request may be
     * @param sentBytes how much of bodies the client has been sent since it connected
     */
    FloodGuard(int headerBytesMax, LongSupplier sentBytes) {
        this.headerBytesMax = headerBytesMax;
        this.sentBytes = sentBytes;
    }

    /** A request has come. */
    void request() {
        requests++;
    }

    /** So much of a request's body has, which has limits of its own. */
    void body(int bytes) {
        bodyBytes += bytes;
        readBytesMax += bytes;
    }

    /** A frame has come that asks for nothing; says whether that is one too many. */
    boolean floodsWithFrame() {
        return ++frames > framesMax && floods();
    }

    /** So many bytes have come, of whatever; says whether these are too many. */
    boolean floodsWith(int bytes) {
        readBytes += bytes;
        return readBytes > readBytesMax && floods();
    }

    private boolean floods() {
        long sent = sentBytes.getAsLong();
        framesMax = FRAMES_MAX + FRAMES_PER_REQUEST * requests + (sent - sentBefore) / SENT_BYTES_PER_FRAME;
        readBytesMax = READ_BYTES_MAX
                + headerBytesMax * requests
                + (sent - sentBefore) / SENT_BYTES_PER_READ_BYTE
                + bodyBytes
                + bodyBytes / BODY_BYTES_PER_FRAME_BYTE;
        if (frames <= framesMax && readBytes <= readBytesMax) {
            return false;
        }
        long now = System.nanoTime();
        if (now - sinceNanos < WINDOW_NANOS) {
            return true;
        }
        sinceNanos = now;
        sentBefore = sent;
        requests = 0;
        frames = 0;
        framesMax = FRAMES_MAX;
        readBytes = 0;
        bodyBytes = 0;
        readBytesMax = READ_BYTES_MAX;
        return false;
    }
}
