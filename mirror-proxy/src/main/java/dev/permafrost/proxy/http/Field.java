package dev.permafrost.proxy.http;

import io.netty.util.AsciiString;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names of response fields. Over HTTP/1.1 in the spelling that everybody else uses: some clients (librepo among them) compare
 * them letter by letter, though RFC 9110 §5.1 says that case does not matter. Over HTTP/2 in lower case (RFC 9113 §8.2.1).
 */
@SuppressWarnings("ImmutableEnumChecker") // an AsciiString is, so long as nobody writes to its array
enum Field {
    ACCEPT_RANGES("Accept-Ranges"),
    AGE("Age"),
    ALLOW("Allow"),
    CACHE_CONTROL("Cache-Control"),
    /** RFC 9211. */
    CACHE_STATUS("Cache-Status"),
    CONNECTION("Connection"),
    CONTENT_ENCODING("Content-Encoding"),
    CONTENT_LENGTH("Content-Length"),
    CONTENT_RANGE("Content-Range"),
    CONTENT_TYPE("Content-Type"),
    DATE("Date"),
    ETAG("ETag"),
    LAST_MODIFIED("Last-Modified"),
    LOCATION("Location"),
    RETRY_AFTER("Retry-After"),
    TRANSFER_ENCODING("Transfer-Encoding"),
    VARY("Vary"),
    WWW_AUTHENTICATE("WWW-Authenticate"),
    /** Of Warehouse, for those who mirror it. */
    X_PYPI_LAST_SERIAL("X-PyPI-Last-Serial");

    /** Values that are said again and again, in the form that is checked and copied fastest. */
    private static final Map<String, AsciiString> VALUES = new ConcurrentHashMap<>();

    private static final int VALUES_MAX = 1000;

    private final AsciiString spelled;
    private final AsciiString lower;

    Field(String name) {
        spelled = AsciiString.cached(name);
        lower = AsciiString.cached(spelled.toLowerCase().toString());
    }

    /** As everybody spells it. */
    AsciiString spelled() {
        return spelled;
    }

    /** In lower case. */
    AsciiString lower() {
        return lower;
    }

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
