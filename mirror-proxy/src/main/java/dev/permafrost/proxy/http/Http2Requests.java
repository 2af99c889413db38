package dev.permafrost.proxy.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Map;

/** Heads of HTTP/2 as requests like those of HTTP/1.1, with a Host field in place of the authority. */
final class Http2Requests {
    private static final HttpVersion VERSION = new HttpVersion("HTTP", 2, 0, true);

    private Http2Requests() {}

    /**
     * The request of a head.
     *
     * @throws Http2Exception of the stream, where the head lacks what each must have (RFC 9113 §8.3.1), or its method can't be one
     */
    static HttpRequest of(int stream, Http2Headers head) throws Http2Exception {
        CharSequence method = head.method();
        CharSequence path = head.path();
        if (method == null || path == null || path.isEmpty() || head.scheme() == null) {
            throw Http2Exception.streamError(
                    stream, Http2Error.PROTOCOL_ERROR, "a request without a method, a scheme or a path");
        }
        HttpRequest request = new DefaultHttpRequest(
                VERSION,
                method(stream, method),
                path.toString(),
                DefaultHttpHeadersFactory.headersFactory().withValidation(false));
        HttpHeaders fields = request.headers();
        for (Map.Entry<CharSequence, CharSequence> field : head) {
            CharSequence name = field.getKey();
            if (name.charAt(0) != ':') {
                fields.add(name, field.getValue());
            }
        }
        CharSequence authority = head.authority();
        if (authority != null) {
            String host = fields.get(HttpHeaderNames.HOST);
            if (host != null && !host.contentEquals(authority)) {
                // two different hosts: as with two Host fields, none of them counts
                fields.add(HttpHeaderNames.HOST, authority);
            } else {
                fields.set(HttpHeaderNames.HOST, authority);
            }
        }
        return request;
    }

    private static HttpMethod method(int stream, CharSequence name) throws Http2Exception {
        try {
            return HttpMethod.valueOf(name.toString());
        } catch (IllegalArgumentException e) {
            throw Http2Exception.streamError(stream, Http2Error.PROTOCOL_ERROR, e, "no method has such a name");
        }
    }
}
