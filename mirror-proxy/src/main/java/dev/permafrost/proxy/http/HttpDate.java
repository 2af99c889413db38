package dev.permafrost.proxy.http;

import io.netty.util.AsciiString;
import java.time.Instant;

/** The Date field's value, formatted once a second. */
final class HttpDate {
    private record Formatted(long second, AsciiString text) {}

    private volatile Formatted last = new Formatted(-1, AsciiString.EMPTY_STRING);

    CharSequence now() {
        long second = System.currentTimeMillis() / 1000;
        Formatted formatted = last;
        if (formatted.second != second) {
            formatted = new Formatted(second, new AsciiString(Preconditions.format(Instant.ofEpochSecond(second))));
            last = formatted;
        }
        return formatted.text;
    }
}
