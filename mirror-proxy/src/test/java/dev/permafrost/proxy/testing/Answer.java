package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ScriptedUpstream} is to send, and how it is to misbehave while doing so. Positions count bytes of the body as
 * sent (after content coding and range, before chunking), or of everything for {@link #raw}.
 */
public final class Answer {
    /** How the end of a body is told. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE,
        RAW
    }

    /** What happens once so many bytes of the body have been sent. */
    record Event(
            long afterBytes,
            Kind kind,
            Duration howLong,
            @Nullable CountDownLatch gate) {
        enum Kind {
            STALL,
            WAIT,
            CLOSE,
            RESET
        }
    }

    private final int status;
    private final List<Map.Entry<String, String>> headers = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private byte[] body;
    private Framing framing = Framing.LENGTH;
    private boolean file;
    private Duration headersDelay = Duration.ZERO;
    private @Nullable CountDownLatch headersGate;
    private long bytesPerSecond = Long.MAX_VALUE;
    private long declaredLengthBytes = -1;

    private Answer(int status, byte[] body) {
        this.status = status;
        this.body = body.clone();
    }

    /** A status and nothing else. */
    public static Answer status(int status) {
        return new Answer(status, new byte[0]);
    }

    /** A status, header fields and a body. */
    public static Answer of(int status, Map<String, String> headers, byte[] body) {
        Answer answer = new Answer(status, body);
        headers.forEach(answer::header);
        return answer;
    }

    /** 200 with that content type and body. */
    public static Answer ok(String contentType, String body) {
        return of(200, Map.of("Content-Type", contentType), body.getBytes(UTF_8));
    }

    /** 200 with those bytes as {@code application/octet-stream}. */
    public static Answer ok(byte[] body) {
        return of(200, Map.of("Content-Type", "application/octet-stream"), body);
    }

    /** A redirection to that location. */
    public static Answer redirect(int status, String location) {
        return status(status).header("Location", location);
    }

    /**
     * A file served properly: strong ETag (given with its quotes), {@code Accept-Ranges}, one range in each of the three
     * forms, 416 beyond the end, {@code If-Range} and {@code If-None-Match} (RFC 9110 §13, §14).
     */
    public static Answer file(byte[] bytes, String etag) {
        Answer answer = ok(bytes).header("ETag", etag).header("Accept-Ranges", "bytes");
        answer.file = true;
        return answer;
    }

    /** Exactly these bytes in place of a whole response, then the end of the connection; none at all hangs up at once. */
    public static Answer raw(byte[] bytes) {
        Answer answer = new Answer(0, bytes);
        answer.framing = Framing.RAW;
        return answer;
    }

    /** Adds a header field; a {@code Content-Length} here takes the place of the right one. */
    public synchronized Answer header(String name, String value) {
        headers.add(Map.entry(name, value));
        return this;
    }

    /** Compresses the body with gzip and says so in {@code Content-Encoding}. */
    public synchronized Answer gzip() {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        body = compressed.toByteArray();
        return header("Content-Encoding", "gzip");
    }

    /** Sends the body chunked, without {@code Content-Length}. */
    public synchronized Answer chunked() {
        framing = Framing.CHUNKED;
        return this;
    }

    /** Sends the body without {@code Content-Length}, ended by the connection's end. */
    public synchronized Answer withoutLength() {
        framing = Framing.CLOSE;
        return this;
    }

    /** Declares another length than the body's, sends the body as it is, and ends the connection cleanly. */
    public synchronized Answer wrongLength(long declaredBytes) {
        declaredLengthBytes = declaredBytes;
        return this;
    }

    /** Waits for so long before the first byte of the status line. */
    public synchronized Answer delayHeaders(Duration delay) {
        headersDelay = delay;
        return this;
    }

    /** Sends nothing until the latch opens; after {@link ScriptedUpstream#GATE_TIMEOUT} the connection is reset. */
    public synchronized Answer gate(CountDownLatch latch) {
        headersGate = latch;
        return this;
    }

    /** Sends the head and so many bytes of the body, and the rest once the latch opens; see {@link #gate}. */
    public synchronized Answer gateAfter(long bytes, CountDownLatch latch) {
        events.add(new Event(bytes, Event.Kind.WAIT, ScriptedUpstream.GATE_TIMEOUT, latch));
        return this;
    }

    /** Pauses for so long after so many bytes of the body. */
    public synchronized Answer stallAfter(long bytes, Duration howLong) {
        events.add(new Event(bytes, Event.Kind.STALL, howLong, null));
        return this;
    }

    /** Sends nothing more after so many bytes of the body, with the connection left open until the upstream closes. */
    public Answer stallAfter(long bytes) {
        return stallAfter(bytes, Duration.ofDays(1));
    }

    /** Ends the connection cleanly (FIN) after so many bytes of the body. */
    public synchronized Answer closeAfter(long bytes) {
        events.add(new Event(bytes, Event.Kind.CLOSE, Duration.ZERO, null));
        return this;
    }

    /** Resets the connection (RST) after so many bytes of the body. */
    public synchronized Answer resetAfter(long bytes) {
        events.add(new Event(bytes, Event.Kind.RESET, Duration.ZERO, null));
        return this;
    }

    /** Sends the body at that pace, in steps of a twentieth of a second. */
    public synchronized Answer slowly(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        return this;
    }

    /** What to put on the wire for this request, preconditions and range applied. */
    synchronized Wire wire(Received request) {
        Wire whole = new Wire(
                status,
                List.copyOf(headers),
                body,
                0,
                body.length,
                framing,
                declaredLengthBytes,
                headersDelay,
                headersGate,
                bytesPerSecond,
                events.stream()
                        .sorted((a, b) -> Long.compare(a.afterBytes(), b.afterBytes()))
                        .toList());
        return file ? FilePreconditions.apply(whole, request) : whole;
    }

    /**
     * An answer settled for one request.
     *
     * @param offset where in {@code bytes} the body begins
     * @param length how many bytes it has
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and the bytes are the point.
    record Wire(
            int status,
            List<Map.Entry<String, String>> headers,
            byte[] bytes,
            int offset,
            int length,
            Framing framing,
            long declaredLengthBytes,
            Duration headersDelay,
            @Nullable CountDownLatch headersGate,
            long bytesPerSecond,
            List<Event> events) {
        Wire with(int newStatus, List<Map.Entry<String, String>> newHeaders, int newOffset, int newLength) {
            return new Wire(
                    newStatus,
                    newHeaders,
                    bytes,
                    newOffset,
                    newLength,
                    framing,
                    declaredLengthBytes,
                    headersDelay,
                    headersGate,
                    bytesPerSecond,
                    events);
        }

        @Nullable String header(String name) {
            for (Map.Entry<String, String> field : headers) {
                if (field.getKey().equalsIgnoreCase(name)) {
                    return field.getValue();
                }
            }
            return null;
        }
    }
}
