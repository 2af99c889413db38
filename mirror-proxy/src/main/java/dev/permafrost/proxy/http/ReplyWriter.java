package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.FailureKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns a reply into bytes: status, header fields, preconditions, ranges, body by the shortest road. */
final class ReplyWriter {
    private static final AsciiString TEXT = AsciiString.cached("text/plain; charset=utf-8");
    private static final AsciiString ZSTD = AsciiString.cached("zstd");
    private static final AsciiString NO_STORE = AsciiString.cached("no-store");
    private static final AsciiString RETRY_AFTER_SECONDS = AsciiString.cached("5");

    private static final long NANOS_PER_SECOND = 1_000_000_000;

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
        } else if (reply instanceof Reply.Elsewhere elsewhere) {
            exchange.head().add(Field.LOCATION, elsewhere.url().toASCIIString());
            // as pypiserver has it; nobody keeps it
            text(exchange, HttpResponseStatus.SEE_OTHER, "nothing is known of it here; see " + elsewhere.url());
        } else if (reply instanceof Reply.NotFound notFound) {
            notFound(exchange, notFound);
        } else if (reply instanceof Reply.Refused refused) {
            HttpResponseStatus status = refused.hidden() ? HttpResponseStatus.NOT_FOUND : HttpResponseStatus.FORBIDDEN;
            // pip shows the status line, and not the body
            text(exchange, new HttpResponseStatus(status.code(), refused.brief()), refused.message());
        } else if (reply instanceof Reply.Text text) {
            brief(exchange, text.contentType(), text.bytes());
        } else if (reply instanceof Reply.Created created) {
            text(exchange, HttpResponseStatus.CREATED, created.message());
        } else if (reply instanceof Reply.NotTaken notTaken) {
            text(exchange, StatusTable.of(notTaken.reason()), notTaken.message());
        } else if (reply instanceof Reply.NotAcceptable notAcceptable) {
            text(exchange, HttpResponseStatus.NOT_ACCEPTABLE, notAcceptable.message());
        } else {
            failed(exchange, (Reply.Failed) reply);
        }
    }

    /** Sends a short text, never cached. */
    void text(Exchange exchange, HttpResponseStatus status, String message) {
        brief(exchange.status(status), TEXT, (message + "\n").getBytes(UTF_8));
    }

    /** Sends a short page of the server's own, never cached. */
    void own(Exchange exchange, String contentType, String text) {
        brief(exchange, contentType, text.getBytes(UTF_8));
    }

    private void brief(Exchange exchange, CharSequence contentType, byte[] text) {
        ByteBuf body = Unpooled.wrappedBuffer(text);
        exchange.origin(BodyOrigin.MEMORY);
        exchange.head()
                .add(Field.DATE, date.now())
                .add(Field.CONTENT_TYPE, contentType)
                .add(Field.CACHE_CONTROL, NO_STORE)
                .add(Field.CONTENT_LENGTH, body.readableBytes());
        if (exchange.isHead()) {
            exchange.send();
        } else {
            exchange.send(body);
        }
    }

    private void notFound(Exchange exchange, Reply.NotFound notFound) {
        CacheOutcome outcome = notFound.outcome();
        if (outcome != null) {
            exchange.outcome(outcome);
        }
        text(exchange, HttpResponseStatus.NOT_FOUND, notFound.message());
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
        if (reply.validatedNanos() != 0) {
            head.add(Field.AGE, Math.max(0, (System.nanoTime() - reply.validatedNanos()) / NANOS_PER_SECOND));
        }
        String vary = exchange.guarded() ? Guarded.vary(page.vary()) : page.vary();
        if (vary != null) {
            head.add(Field.VARY, Field.value(vary));
        }
        if (page.lastSerial() >= 0) {
            head.add(Field.X_PYPI_LAST_SERIAL, page.lastSerial());
        }
        if (verdict == Preconditions.Verdict.NOT_MODIFIED) {
            exchange.status(HttpResponseStatus.NOT_MODIFIED).send();
            return;
        }
        switch (page.coding()) {
            case IDENTITY -> {}
            case GZIP -> head.add(Field.CONTENT_ENCODING, HttpHeaderValues.GZIP);
            case ZSTD -> head.add(Field.CONTENT_ENCODING, ZSTD);
        }
        head.add(Field.CONTENT_TYPE, Field.value(page.contentType())).add(Field.CONTENT_LENGTH, page.sizeBytes());
        if (exchange.isHead()) {
            exchange.send();
        } else {
            exchange.send(Unpooled.wrappedBuffer(page.body()));
        }
    }

    private void held(Exchange exchange, Reply.Held held) {
        exchange.origin(BodyOrigin.DISK);
        OpenBlob blob = held.blob();
        FileHead head = held.head();
        long length = blob.sizeBytes();
        List<ByteRange> parts = parts(exchange, head, length, ByteRange.PARTS_MAX);
        if (parts == null) {
            blob.release();
        } else if (parts.size() > 1) {
            several(exchange, blob, head, new Multipart(parts, head.contentType(), length));
        } else {
            ByteRange part = parts.get(0);
            fileHead(exchange, head, part, length);
            if (exchange.isHead() || part.count() == 0) {
                blob.release();
                exchange.send();
            } else {
                send(exchange, blob, part);
            }
        }
    }

    private static void send(Exchange exchange, OpenBlob blob, ByteRange part) {
        ByteBuffer memory = blob.memory();
        if (memory == null || part.count() > exchange.copiedBytesMax()) {
            exchange.send(blob, part.start(), part.count());
        } else {
            blob.release();
            boolean whole = part.count() == memory.remaining();
            exchange.send(
                    Unpooled.wrappedBuffer(whole ? memory : memory.slice((int) part.start(), (int) part.count())));
        }
    }

    /** A request for a range is never a HEAD. */
    private void several(Exchange exchange, OpenBlob blob, FileHead head, Multipart parts) {
        ResponseHead fields = commonFileHead(exchange, head);
        if (head.contentEncoding() != null) {
            fields.add(Field.CONTENT_ENCODING, Field.value(head.contentEncoding()));
        }
        fields.add(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES)
                .add(Field.CONTENT_TYPE, parts.contentType())
                .add(Field.CONTENT_LENGTH, parts.contentLength());
        exchange.send(blob, parts);
    }

    private void growing(Exchange exchange, Reply.Growing growing) {
        exchange.origin(BodyOrigin.UPSTREAM);
        Tail tail = growing.tail();
        FileHead head = growing.head();
        Tail.State state = tail.state();
        long length = state == Tail.State.COMPLETE ? tail.readableBytes() : tail.lengthBytes();
        if (length < 0 && !exchange.isHead() && !exchange.tellsEnds()) {
            if (state == Tail.State.FAILED) {
                tail.release();
                failed(exchange, new Reply.Failed(FailureKind.UPSTREAM_INVALID, "upstream has not sent all of it"));
            } else {
                AwaitedEnd.of(exchange, tail, () -> growing(exchange, growing));
            }
            return;
        }
        if (length < 0) {
            // without a length there are no ranges
            commonFileHead(exchange, head).add(Field.CONTENT_TYPE, Field.value(head.contentType()));
            grow(exchange, tail, new ByteRange(0, -1));
            return;
        }
        List<ByteRange> parts = parts(exchange, head, length, 1);
        if (parts == null) {
            tail.release();
        } else {
            fileHead(exchange, head, parts.get(0), length);
            grow(exchange, tail, parts.get(0));
        }
    }

    private static void grow(Exchange exchange, Tail tail, ByteRange part) {
        if (exchange.isHead() || part.count() == 0) {
            tail.release();
            exchange.send();
        } else {
            exchange.send(tail, part.start(), part.end());
        }
    }

    /**
     * The parts of a file to send: all of it where no range is asked for, or more than that many are; null where the answer has
     * been sent without the file.
     */
    private @Nullable List<ByteRange> parts(Exchange exchange, FileHead head, long lengthBytes, int partsMax) {
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
        String field = exchange.isHead() ? null : preconditions.range();
        List<ByteRange> parts = ByteRange.of(field, lengthBytes);
        if (parts == null || parts.size() > partsMax) {
            return List.of(new ByteRange(0, lengthBytes));
        }
        if (parts.isEmpty()) {
            exchange.head().add(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
            exchange.head().add(Field.CONTENT_RANGE, "bytes */" + lengthBytes);
            text(
                    exchange,
                    HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                    "the file has " + lengthBytes + " bytes");
            return null;
        }
        exchange.status(HttpResponseStatus.PARTIAL_CONTENT);
        return parts;
    }

    /** The fields of an answer with one part of a file, or all of it. */
    private void fileHead(Exchange exchange, FileHead head, ByteRange part, long lengthBytes) {
        ResponseHead fields = commonFileHead(exchange, head).add(Field.ACCEPT_RANGES, HttpHeaderValues.BYTES);
        if (exchange.status().equals(HttpResponseStatus.PARTIAL_CONTENT)) {
            fields.add(Field.CONTENT_RANGE, Multipart.contentRange(part, lengthBytes));
        }
        if (head.contentEncoding() != null) {
            fields.add(Field.CONTENT_ENCODING, Field.value(head.contentEncoding()));
        }
        fields.add(Field.CONTENT_TYPE, Field.value(head.contentType())).add(Field.CONTENT_LENGTH, part.count());
    }

    private void failedPrecondition(Exchange exchange, @Nullable String etag) {
        if (etag != null) {
            exchange.head().add(Field.ETAG, etag);
        }
        text(exchange, HttpResponseStatus.PRECONDITION_FAILED, "it has another ETag or date now");
    }

    private ResponseHead commonFileHead(Exchange exchange, FileHead head) {
        ResponseHead fields = head(exchange, head.outcome(), head.cacheControl());
        String vary = exchange.guarded() ? Guarded.vary(head.vary()) : head.vary();
        if (vary != null) {
            fields.add(Field.VARY, Field.value(vary));
        }
        if (head.etag() != null) {
            fields.add(Field.ETAG, head.etag());
        }
        if (head.lastModified() != null) {
            fields.add(Field.LAST_MODIFIED, Preconditions.format(head.lastModified()));
        }
        if (head.lastSerial() >= 0) {
            fields.add(Field.X_PYPI_LAST_SERIAL, head.lastSerial());
        }
        return fields;
    }

    private ResponseHead head(Exchange exchange, CacheOutcome outcome, String cacheControl) {
        exchange.outcome(outcome);
        String forWhom = exchange.guarded() ? Guarded.cacheControl(cacheControl) : cacheControl;
        return exchange.head()
                .add(Field.DATE, date.now())
                .add(Field.CACHE_CONTROL, Field.value(forWhom))
                .add(Field.CACHE_STATUS, Field.value(outcome.cacheStatus()));
    }
}
