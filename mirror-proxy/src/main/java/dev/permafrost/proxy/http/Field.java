package dev.permafrost.proxy.http;

import io.netty.util.AsciiString;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names of response fields in the spelling that everybody else uses: some clients (librepo among them) compare them letter by
 * letter, though RFC 9110 §5.1 says that case does not matter.
 */
final class Field {
    static final AsciiString ACCEPT_RANGES = AsciiString.cached("Accept-Ranges");
    static final AsciiString ALLOW = AsciiString.cached("Allow");
    static final AsciiString CACHE_CONTROL = AsciiString.cached("Cache-Control");
    /** RFC 9211. */
    static final AsciiString CACHE_STATUS = AsciiString.cached("Cache-Status");

    static final AsciiString CONNECTION = AsciiString.cached("Connection");
    static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");
    static final AsciiString CONTENT_RANGE = AsciiString.cached("Content-Range");
    static final AsciiString CONTENT_TYPE = AsciiString.cached("Content-Type");
    static final AsciiString DATE = AsciiString.cached("Date");
    static final AsciiString ETAG = AsciiString.cached("ETag");
    static final AsciiString LAST_MODIFIED = AsciiString.cached("Last-Modified");
    static final AsciiString LOCATION = AsciiString.cached("Location");
    static final AsciiString RETRY_AFTER = AsciiString.cached("Retry-After");
    static final AsciiString TRANSFER_ENCODING = AsciiString.cached("Transfer-Encoding");
    static final AsciiString VARY = AsciiString.cached("Vary");

    /** Values that are said again and again, in the form that is checked and copied fastest. */
    private static final Map<String, AsciiString> VALUES = new ConcurrentHashMap<>();

    private static final int VALUES_MAX = 1000;

    private Field() {}

    /** A value out of a small set, such as a media type. */
    static CharSequence value(String text) {
        AsciiString known = VALUES.get(text);
        if (known != null) {
            return known;
        }
        AsciiString made = new AsciiString(text);
        if (VALUES.size() < VALUES_MAX) {
            VALUES.put(text, made);
        }
        return made;
    }
}
