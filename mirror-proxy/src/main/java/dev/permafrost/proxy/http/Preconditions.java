package dev.permafrost.proxy.http;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** Conditional requests, in the precedence of RFC 9110 §13.2.2, against one selected representation. */
final class Preconditions {
    private static final int DATE_CHARS_MAX = 64;

    private final HttpHeaders request;
    private final @Nullable String etag;
    private final @Nullable Instant lastModified;

    Preconditions(HttpHeaders request, @Nullable String etag, @Nullable Instant lastModified) {
        this.request = request;
        this.etag = etag;
        this.lastModified = lastModified == null ? null : lastModified.truncatedTo(ChronoUnit.SECONDS);
    }

    /** What they say of a GET or HEAD. */
    enum Verdict {
        /** Answer as if there were none. */
        PROCEED,
        /** 304. */
        NOT_MODIFIED,
        /** 412. */
        FAILED
    }

    Verdict verdict() {
        String ifMatch = list(HttpHeaderNames.IF_MATCH);
        if (ifMatch != null) {
            if (!lists(ifMatch, false)) {
                return Verdict.FAILED;
            }
        } else if (isAfter(lastModified, date(HttpHeaderNames.IF_UNMODIFIED_SINCE))) {
            return Verdict.FAILED;
        }
        String ifNoneMatch = list(HttpHeaderNames.IF_NONE_MATCH);
        if (ifNoneMatch != null) {
            return lists(ifNoneMatch, true) ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
        }
        Instant since = date(HttpHeaderNames.IF_MODIFIED_SINCE);
        boolean unmodified = since != null && lastModified != null && !lastModified.isAfter(since);
        return unmodified ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
    }

    /** The Range field that counts: there is one only, and no If-Range, or it names this very representation (§13.1.5). */
    @Nullable String range() {
        String range = request.get(HttpHeaderNames.RANGE);
        return range == null || request.getAll(HttpHeaderNames.RANGE).size() > 1 || !rangeApplies() ? null : range;
    }

    private boolean rangeApplies() {
        String ifRange = request.get(HttpHeaderNames.IF_RANGE);
        if (ifRange == null) {
            return true;
        }
        String value = ifRange.trim();
        if (value.startsWith("\"")) {
            return value.equals(etag);
        }
        Instant date = parse(value);
        return date != null && date.equals(lastModified);
    }

    /** The value of a date field (RFC 9110 §5.6.7). */
    static String format(Instant instant) {
        return DateFormatter.format(Date.from(instant));
    }

    /** A list's lines as one (RFC 9110 §5.3); null where there is none. */
    private @Nullable String list(CharSequence name) {
        return request.contains(name) ? String.join(", ", request.getAll(name)) : null;
    }

    private boolean lists(String field, boolean weakly) {
        String tag = etag;
        if (field.trim().equals("*")) {
            return true;
        }
        if (tag == null) {
            return false;
        }
        for (String one : field.split(",", -1)) {
            String candidate = one.trim();
            if (candidate.equals(tag) || (weakly && candidate.equals("W/" + tag))) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Instant date(CharSequence name) {
        String value = request.get(name);
        return value == null ? null : parse(value);
    }

    /** In any of the three forms of RFC 9110 §5.6.7; null for anything else. */
    private static @Nullable Instant parse(String value) {
        // beyond 64 characters the parser throws
        Date date = value.length() > DATE_CHARS_MAX ? null : DateFormatter.parseHttpDate(value);
        return date == null ? null : date.toInstant();
    }

    private static boolean isAfter(@Nullable Instant a, @Nullable Instant b) {
        return a != null && b != null && a.isAfter(b);
    }
}
