package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Turns a reply into bytes: status, header fields, preconditions, ranges, body by the shortest road. */
final class ReplyWriter {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String NO_STORE = "no-store";
    private static final String RETRY_AFTER_SECONDS = "5";

    private final HttpDate date = new HttpDate();

    /** Sends a reply, whose references it takes over. On the connection's event loop. */
    Publisher<Void> write(HttpServerRequest request, HttpServerResponse response, Reply reply) {
        if (reply instanceof Reply.Page page) {
            return page(request, response, page);
        }
        if (reply instanceof Reply.Held held) {
            return held(request, response, held);
        }
        if (reply instanceof Reply.Growing growing) {
            return growing(request, response, growing);
        }
        if (reply instanceof Reply.Redirect redirect) {
            response.header(Field.LOCATION, redirect.location());
            return text(request, response, HttpResponseStatus.MOVED_PERMANENTLY, "moved to " + redirect.location());
        }
        if (reply instanceof Reply.NotFound notFound) {
            return text(request, response, HttpResponseStatus.NOT_FOUND, notFound.message());
        }
        if (reply instanceof Reply.NotAcceptable notAcceptable) {
            return text(request, response, HttpResponseStatus.NOT_ACCEPTABLE, notAcceptable.message());
        }
        return failed(request, response, (Reply.Failed) reply);
    }

    /** Sends a short text, never cached. */
    Publisher<Void> text(
            HttpServerRequest request, HttpServerResponse response, HttpResponseStatus status, String message) {
        ByteBuf body = Unpooled.wrappedBuffer((message + "\n").getBytes(UTF_8));
        response.status(status)
                .header(Field.DATE, date.now())
                .header(Field.CONTENT_TYPE, TEXT)
                .header(Field.CACHE_CONTROL, NO_STORE)
                .header(Field.CONTENT_LENGTH, Integer.toString(body.readableBytes()));
        return isHead(request) ? response.send() : response.sendObject(body);
    }

    private Publisher<Void> failed(HttpServerRequest request, HttpServerResponse response, Reply.Failed failed) {
        HttpResponseStatus status = StatusTable.of(failed.kind());
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            response.header(Field.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        String message = StatusTable.tellsClient(failed.kind())
                ? failed.message()
                : "the mirror can't answer this at the moment (" + failed.kind() + "); its log says why";
        return text(request, response, status, message);
    }

    private Publisher<Void> page(HttpServerRequest request, HttpServerResponse response, Reply.Page reply) {
        RenderedPage page = reply.page();
        HttpHeaders headers = head(response, reply.outcome(), reply.cacheControl());
        headers.set(Field.ETAG, page.etag());
        if (page.vary() != null) {
            headers.set(Field.VARY, Field.value(page.vary()));
        }
        Preconditions preconditions = new Preconditions(request.requestHeaders(), page.etag(), null);
        switch (preconditions.verdict()) {
            case NOT_MODIFIED -> {
                return response.status(HttpResponseStatus.NOT_MODIFIED).send();
            }
            case FAILED -> {
                return text(request, response, HttpResponseStatus.PRECONDITION_FAILED, "the page has another ETag");
            }
            case PROCEED -> {
                headers.set(Field.CONTENT_TYPE, Field.value(page.contentType()));
                headers.set(Field.CONTENT_LENGTH, Integer.toString(page.sizeBytes()));
            }
        }
        if (isHead(request)) {
            return response.send();
        }
        return response.sendObject(
                Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(page.body().duplicate())));
    }

    private Publisher<Void> held(HttpServerRequest request, HttpServerResponse response, Reply.Held held) {
        OpenBlob blob = held.blob();
        ByteRange range = fileHead(request, response, held.head(), blob.sizeBytes());
        if (range == null || isHead(request) || range.count() == 0) {
            blob.release();
            return range == null ? rejected(request, response, blob.sizeBytes()) : response.send();
        }
        return response.sendObject(FileRegions.last(blob, range.start(), range.count(), channel(response)));
    }

    private Publisher<Void> growing(HttpServerRequest request, HttpServerResponse response, Reply.Growing growing) {
        Tail tail = growing.tail();
        long length = tail.lengthBytes();
        ByteRange range = length < 0
                ? endless(request, response, growing.head())
                : fileHead(request, response, growing.head(), length);
        if (range == null || isHead(request) || (length >= 0 && range.count() == 0)) {
            tail.release();
            return range == null ? rejected(request, response, length) : response.send();
        }
        TailPump pump = new TailPump(tail, channel(response), range.start(), range.end());
        return response.sendHeaders().then(pump.send(), pump::abandon);
    }

    /** A file whose length nobody knows yet, without ranges: in chunks, or to HTTP/1.0 up to the connection's end. */
    private ByteRange endless(HttpServerRequest request, HttpServerResponse response, FileHead head) {
        commonFileHead(response, head);
        response.header(Field.CONTENT_TYPE, head.contentType());
        boolean chunks = !HttpVersion.HTTP_1_0.equals(request.version());
        response.chunkedTransfer(chunks).keepAlive(chunks && request.isKeepAlive());
        return new ByteRange(0, -1, true);
    }

    /** Writes a file's head; the range to send, or null where {@link #rejected} is to say the rest. */
    private @Nullable ByteRange fileHead(
            HttpServerRequest request, HttpServerResponse response, FileHead head, long lengthBytes) {
        HttpHeaders headers = commonFileHead(response, head);
        headers.set(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
        Preconditions preconditions = new Preconditions(request.requestHeaders(), head.etag(), head.lastModified());
        Preconditions.Verdict verdict = preconditions.verdict();
        if (verdict != Preconditions.Verdict.PROCEED) {
            response.status(
                    verdict == Preconditions.Verdict.NOT_MODIFIED
                            ? HttpResponseStatus.NOT_MODIFIED
                            : HttpResponseStatus.PRECONDITION_FAILED);
            return null;
        }
        String field = isHead(request) || !preconditions.rangeApplies()
                ? null
                : request.requestHeaders().get(HttpHeaderNames.RANGE);
        ByteRange range = ByteRange.of(field, lengthBytes);
        if (range.unsatisfiable()) {
            response.status(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE);
            return null;
        }
        if (!range.whole()) {
            response.status(HttpResponseStatus.PARTIAL_CONTENT);
            headers.set(Field.CONTENT_RANGE, "bytes " + range.start() + "-" + (range.end() - 1) + "/" + lengthBytes);
        }
        headers.set(Field.CONTENT_TYPE, Field.value(head.contentType()));
        headers.set(Field.CONTENT_LENGTH, Long.toString(range.count()));
        return range;
    }

    /** Ends a file reply whose status is set to one without the file. */
    private Publisher<Void> rejected(HttpServerRequest request, HttpServerResponse response, long lengthBytes) {
        HttpResponseStatus status = response.status();
        if (status.equals(HttpResponseStatus.NOT_MODIFIED)) {
            return response.send();
        }
        if (status.equals(HttpResponseStatus.PRECONDITION_FAILED)) {
            return text(request, response, status, "the file has another ETag or date");
        }
        response.header(Field.CONTENT_RANGE, "bytes */" + lengthBytes);
        return text(request, response, status, "the file has " + lengthBytes + " bytes");
    }

    private HttpHeaders commonFileHead(HttpServerResponse response, FileHead head) {
        HttpHeaders headers = head(response, head.outcome(), head.cacheControl());
        if (head.etag() != null) {
            headers.set(Field.ETAG, head.etag());
        }
        if (head.lastModified() != null) {
            headers.set(Field.LAST_MODIFIED, Preconditions.format(head.lastModified()));
        }
        return headers;
    }

    private HttpHeaders head(HttpServerResponse response, CacheOutcome outcome, String cacheControl) {
        return response.responseHeaders()
                .set(Field.DATE, date.now())
                .set(Field.CACHE_CONTROL, Field.value(cacheControl))
                .set(Field.CACHE_STATUS, Field.value(outcome.cacheStatus()));
    }

    private static Channel channel(HttpServerResponse response) {
        Channel[] channel = new Channel[1];
        response.withConnection(connection -> channel[0] = connection.channel());
        return channel[0];
    }

    private static boolean isHead(HttpServerRequest request) {
        return HttpMethod.HEAD.equals(request.method());
    }
}
