package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Several parts of a file in one answer (RFC 9110 §14.6, {@code multipart/byteranges}): before each part a delimiter and a
 * small head, and a delimiter after the last.
 */
final class Multipart {
    private final List<ByteRange> parts;
    private final String contentType;
    private final long lengthBytes;
    private final String boundary;

    /**
     * Parts of a file.
     *
     * @param lengthBytes of the whole file
     */
    Multipart(List<ByteRange> parts, String contentType, long lengthBytes) {
        this.parts = parts;
        this.contentType = contentType;
        this.lengthBytes = lengthBytes;
        ThreadLocalRandom random = ThreadLocalRandom.current();
        this.boundary = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    }

    List<ByteRange> parts() {
        return parts;
    }

    /** The value of the answer's Content-Type field. */
    String contentType() {
        return "multipart/byteranges; boundary=" + boundary;
    }

    /** The answer's length in bytes, delimiters and all. */
    long contentLength() {
        long length = 0;
        for (int i = 0; i < parts.size(); i++) {
            length += before(i).length() + parts.get(i).count();
        }
        return length + after().length();
    }

    /** What comes before a part, or, for the number of parts, after the last. */
    ByteBuf delimiter(int part) {
        return Unpooled.copiedBuffer(part < parts.size() ? before(part) : after(), US_ASCII);
    }

    private String before(int part) {
        ByteRange range = parts.get(part);
        return (part == 0 ? "--" : "\r\n--") + boundary + "\r\nContent-Type: " + contentType + "\r\nContent-Range: "
                + contentRange(range, lengthBytes) + "\r\n\r\n";
    }

    private String after() {
        return "\r\n--" + boundary + "--\r\n";
    }

    /** The value of a Content-Range field (RFC 9110 §14.4). */
    static String contentRange(ByteRange range, long lengthBytes) {
        return "bytes " + range.start() + "-" + (range.end() - 1) + "/" + lengthBytes;
    }
}
