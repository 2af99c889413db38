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
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** Turns a reply into bytes: status, header fields, preconditions, ranges, body by the shortest road. */
final class ReplyWriter {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String NO_STORE = "no-store";
    private static final String RETRY_AFTER_SECONDS = "5";

    private final HttpDate date = new HttpDate();

    /** Sends a reply, whose references it takes over. On the connection's event loop. */
    void write(Exchange exchange, Reply reply) {
        if (reply instanceof Reply.Page page) {
            page(exchange, page);
        } else if (reply instanceof Reply.Held held) {
            held(exchange, held);
        } else if (reply instanceof Reply.Growing growing) {
            growing(exchange, growing);
        } else if (reply instanceof Reply.Redirect redirect) {
            exchange.headers().set(Field.LOCATION, redirect.location());
            text(exchange, HttpResponseStatus.MOVED_PERMANENTLY, "moved to " + redirect.location());
        } else if (reply instanceof Reply.NotFound notFound) {
            text(exchange, HttpResponseStatus.NOT_FOUND, notFound.message());
        } else if (reply instanceof Reply.NotAcceptable notAcceptable) {
            text(exchange, HttpResponseStatus.NOT_ACCEPTABLE, notAcceptable.message());
        } else {
            failed(exchange, (Reply.Failed) reply);
        }
    }

    /** Sends a short text, never cached. */
    void text(Exchange exchange, HttpResponseStatus status, String message) {
        ByteBuf body = Unpooled.wrappedBuffer((message + "\n").getBytes(UTF_8));
        exchange.status(status)
                .headers()
                .set(Field.DATE, date.now())
                .set(Field.CONTENT_TYPE, TEXT)
                .set(Field.CACHE_CONTROL, NO_STORE)
                .set(Field.CONTENT_LENGTH, Integer.toString(body.readableBytes()));
        if (exchange.isHead()) {
            exchange.send();
        } else {
            exchange.send(body);
        }
    }

    private void failed(Exchange exchange, Reply.Failed failed) {
        HttpResponseStatus status = StatusTable.of(failed.kind());
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            exchange.headers().set(Field.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        String message = StatusTable.tellsClient(failed.kind())
                ? failed.message()
                : "the mirror can't answer this at the moment (" + failed.kind() + "); its log says why";
        text(exchange, status, message);
    }

    private void page(Exchange exchange, Reply.Page reply) {
        RenderedPage page = reply.page();
        HttpHeaders headers = head(exchange, reply.outcome(), reply.cacheControl());
        headers.set(Field.ETAG, page.etag());
        if (page.vary() != null) {
            headers.set(Field.VARY, Field.value(page.vary()));
        }
        Preconditions preconditions = new Preconditions(exchange.request().headers(), page.etag(), null);
        switch (preconditions.verdict()) {
            case NOT_MODIFIED ->
                exchange.status(HttpResponseStatus.NOT_MODIFIED).send();
            case FAILED -> text(exchange, HttpResponseStatus.PRECONDITION_FAILED, "the page has another ETag");
            case PROCEED -> {
                headers.set(Field.CONTENT_TYPE, Field.value(page.contentType()));
                headers.set(Field.CONTENT_LENGTH, Integer.toString(page.sizeBytes()));
                if (exchange.isHead()) {
                    exchange.send();
                } else {
                    exchange.send(Unpooled.unreleasableBuffer(
                            Unpooled.wrappedBuffer(page.body().duplicate())));
                }
            }
        }
    }

    private void held(Exchange exchange, Reply.Held held) {
        OpenBlob blob = held.blob();
        ByteRange range = fileHead(exchange, held.head(), blob.sizeBytes());
        if (range != null && !exchange.isHead() && range.count() > 0) {
            exchange.send(blob, range.start(), range.count());
            return;
        }
        blob.release();
        if (range == null) {
            rejected(exchange, blob.sizeBytes());
        } else {
            exchange.send();
        }
    }

    private void growing(Exchange exchange, Reply.Growing growing) {
        Tail tail = growing.tail();
        long length = tail.lengthBytes();
        ByteRange range = length < 0 ? endless(exchange, growing.head()) : fileHead(exchange, growing.head(), length);
        if (range != null && !exchange.isHead() && (length < 0 || range.count() > 0)) {
            exchange.send(tail, range.start(), range.end());
            return;
        }
        tail.release();
        if (range == null) {
            rejected(exchange, length);
        } else {
            exchange.send();
        }
    }

    /** A file whose length nobody knows yet, without ranges: in chunks, or to HTTP/1.0 up to the connection's end. */
    private ByteRange endless(Exchange exchange, FileHead head) {
        commonFileHead(exchange, head);
        exchange.headers().set(Field.CONTENT_TYPE, head.contentType());
        if (HttpVersion.HTTP_1_0.equals(exchange.request().protocolVersion())) {
            exchange.close();
        } else {
            exchange.headers().set(Field.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        return new ByteRange(0, -1, true);
    }

    /** Writes a file's head; the range to send, or null where {@link #rejected} is to say the rest. */
    private @Nullable ByteRange fileHead(Exchange exchange, FileHead head, long lengthBytes) {
        HttpHeaders headers = commonFileHead(exchange, head);
        headers.set(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
        Preconditions preconditions = new Preconditions(exchange.request().headers(), head.etag(), head.lastModified());
        Preconditions.Verdict verdict = preconditions.verdict();
        if (verdict != Preconditions.Verdict.PROCEED) {
            exchange.status(
                    verdict == Preconditions.Verdict.NOT_MODIFIED
                            ? HttpResponseStatus.NOT_MODIFIED
                            : HttpResponseStatus.PRECONDITION_FAILED);
            return null;
        }
        String field = exchange.isHead() || !preconditions.rangeApplies()
                ? null
                : exchange.request().headers().get(HttpHeaderNames.RANGE);
        ByteRange range = ByteRange.of(field, lengthBytes);
        if (range.unsatisfiable()) {
            exchange.status(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE);
            return null;
        }
        if (!range.whole()) {
            exchange.status(HttpResponseStatus.PARTIAL_CONTENT);
            headers.set(Field.CONTENT_RANGE, "bytes " + range.start() + "-" + (range.end() - 1) + "/" + lengthBytes);
        }
        headers.set(Field.CONTENT_TYPE, Field.value(head.contentType()));
        headers.set(Field.CONTENT_LENGTH, Long.toString(range.count()));
        return range;
    }

    /** Ends a file reply whose status is set to one without the file. */
    private void rejected(Exchange exchange, long lengthBytes) {
        HttpResponseStatus status = exchange.status();
        if (status.equals(HttpResponseStatus.NOT_MODIFIED)) {
            exchange.send();
        } else if (status.equals(HttpResponseStatus.PRECONDITION_FAILED)) {
            text(exchange, status, "the file has another ETag or date");
        } else {
            exchange.headers().set(Field.CONTENT_RANGE, "bytes */" + lengthBytes);
            text(exchange, status, "the file has " + lengthBytes + " bytes");
        }
    }

    private HttpHeaders commonFileHead(Exchange exchange, FileHead head) {
        HttpHeaders headers = head(exchange, head.outcome(), head.cacheControl());
        if (head.etag() != null) {
            headers.set(Field.ETAG, head.etag());
        }
        if (head.lastModified() != null) {
            headers.set(Field.LAST_MODIFIED, Preconditions.format(head.lastModified()));
        }
        return headers;
    }

    private HttpHeaders head(Exchange exchange, CacheOutcome outcome, String cacheControl) {
        return exchange.headers()
                .set(Field.DATE, date.now())
                .set(Field.CACHE_CONTROL, Field.value(cacheControl))
                .set(Field.CACHE_STATUS, Field.value(outcome.cacheStatus()));
    }
}
