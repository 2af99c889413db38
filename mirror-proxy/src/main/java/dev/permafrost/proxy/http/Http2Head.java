package dev.permafrost.proxy.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;

/** The head of an HTTP/2 answer (RFC 9113 §8.3.2). */
final class Http2Head implements ResponseHead {
    private static final int TYPICAL_FIELDS = 12;

    /** Names and values in turn. */
    private AsciiString[] fields = new AsciiString[2 * TYPICAL_FIELDS];

    private int size;

    @Override
    public Http2Head add(Field field, CharSequence value) {
        if (size == fields.length) {
            fields = Arrays.copyOf(fields, 2 * size);
        }
        fields[size++] = field.lower();
        fields[size++] = value instanceof AsciiString ours ? ours : untrusted(value);
        return this;
    }

    private static AsciiString untrusted(CharSequence value) {
        byte[] bytes = new byte[value.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = value.charAt(i);
            bytes[i] = (byte) (c < ' ' || c >= 0x7F ? '?' : c);
        }
        return new AsciiString(bytes, false);
    }

    /** All fields, with the status. */
    Http2Headers end(HttpResponseStatus status) {
        return ReadOnlyHttp2Headers.serverHeaders(false, status.codeAsText(), Arrays.copyOf(fields, size));
    }
}
