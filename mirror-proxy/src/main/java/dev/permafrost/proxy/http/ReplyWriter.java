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
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** Turns a reply into bytes: status, header fields, preconditions, ranges, body by the shortest road. */
final class ReplyWriter {
    private static final AsciiString TEXT = AsciiString.cached("text/plain; charset=utf-8");
    private static final AsciiString NO_STORE = AsciiString.cached("no-store");
    private static final AsciiString RETRY_AFTER_SECONDS = AsciiString.cached("5");

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
            exchange.head().add(Field.LOCATION, redirect.location());
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
                .head()
                .add(Field.DATE, date.now())
                .add(Field.CONTENT_TYPE, TEXT)
                .add(Field.CACHE_CONTROL, NO_STORE)
                .add(Field.CONTENT_LENGTH, body.readableBytes());
        if (exchange.isHead()) {
            exchange.send();
        } else {
            exchange.send(body);
        }
    }

    private void failed(Exchange exchange, Reply.Failed failed) {
        HttpResponseStatus status = StatusTable.of(failed.kind());
        if (status.equals(HttpResponseStatus.SERVICE_UNAVAILABLE)) {
            exchange.head().add(Field.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        String message = StatusTable.tellsClient(failed.kind())
                ? failed.message()
                : "the mirror can't answer this at the moment (" + failed.kind() + "); its log says why";
        text(exchange, status, message);
    }

    private void page(Exchange exchange, Reply.Page reply) {
        RenderedPage page = reply.page();
        Preconditions.Verdict verdict = new Preconditions(exchange.request().headers(), page.etag(), null).verdict();
        if (verdict == Preconditions.Verdict.FAILED) {
            failedPrecondition(exchange, page.etag());
            return;
        }
        ResponseHead head =
                head(exchange, reply.outcome(), reply.cacheControl()).add(Field.ETAG, page.etag());
        if (page.vary() != null) {
            head.add(Field.VARY, Field.value(page.vary()));
        }
        if (verdict == Preconditions.Verdict.NOT_MODIFIED) {
            exchange.status(HttpResponseStatus.NOT_MODIFIED).send();
            return;
        }
        head.add(Field.CONTENT_TYPE, Field.value(page.contentType())).add(Field.CONTENT_LENGTH, page.sizeBytes());
        if (exchange.isHead()) {
            exchange.send();
        } else {
            exchange.send(Unpooled.unreleasableBuffer(
                    Unpooled.wrappedBuffer(page.body().duplicate())));
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
        if (range != null) {
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
        if (range != null) {
            exchange.send();
        }
    }

    /** A file whose length nobody knows yet, without ranges. */
    private ByteRange endless(Exchange exchange, FileHead head) {
        commonFileHead(exchange, head).add(Field.CONTENT_TYPE, Field.value(head.contentType()));
        return new ByteRange(0, -1, true);
    }

    /** Writes a file's head; the range to send, or null where the answer has been sent without the file. */
    private @Nullable ByteRange fileHead(Exchange exchange, FileHead head, long lengthBytes) {
        Preconditions preconditions = new Preconditions(exchange.request().headers(), head.etag(), head.lastModified());
        switch (preconditions.verdict()) {
            case FAILED -> {
                failedPrecondition(exchange, head.etag());
                return null;
            }
            case NOT_MODIFIED -> {
                exchange.status(HttpResponseStatus.NOT_MODIFIED);
                commonFileHead(exchange, head).add(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
                exchange.send();
                return null;
            }
            default -> {}
        }
        String field = exchange.isHead() || !preconditions.rangeApplies()
                ? null
                : exchange.request().headers().get(HttpHeaderNames.RANGE);
        ByteRange range = ByteRange.of(field, lengthBytes);
        if (range.unsatisfiable()) {
            exchange.head().add(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
            exchange.head().add(Field.CONTENT_RANGE, "bytes */" + lengthBytes);
            text(
                    exchange,
                    HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                    "the file has " + lengthBytes + " bytes");
            return null;
        }
        ResponseHead fields = commonFileHead(exchange, head).add(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
        if (!range.whole()) {
            exchange.status(HttpResponseStatus.PARTIAL_CONTENT);
            fields.add(Field.CONTENT_RANGE, "bytes " + range.start() + "-" + (range.end() - 1) + "/" + lengthBytes);
        }
        fields.add(Field.CONTENT_TYPE, Field.value(head.contentType())).add(Field.CONTENT_LENGTH, range.count());
        return range;
    }

    private void failedPrecondition(Exchange exchange, @Nullable String etag) {
        if (etag != null) {
            exchange.head().add(Field.ETAG, etag);
        }
        text(exchange, HttpResponseStatus.PRECONDITION_FAILED, "it has another ETag or date now");
    }

    private ResponseHead commonFileHead(Exchange exchange, FileHead head) {
        ResponseHead fields = head(exchange, head.outcome(), head.cacheControl());
        if (head.etag() != null) {
            fields.add(Field.ETAG, head.etag());
        }
        if (head.lastModified() != null) {
            fields.add(Field.LAST_MODIFIED, Preconditions.format(head.lastModified()));
        }
        return fields;
    }

    private ResponseHead head(Exchange exchange, CacheOutcome outcome, String cacheControl) {
        return exchange.head()
                .add(Field.DATE, date.now())
                .add(Field.CACHE_CONTROL, Field.value(cacheControl))
                .add(Field.CACHE_STATUS, Field.value(outcome.cacheStatus()));
    }
}
