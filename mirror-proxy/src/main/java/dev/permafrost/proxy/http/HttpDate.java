package dev.permafrost.proxy.http;

import java.time.Instant;

/** The Date field's value, formatted once a second. */
final class HttpDate {
    private record Formatted(long second, String text) {}

    private volatile Formatted last = new Formatted(-1, "");

    String now() {
        long second = System.currentTimeMillis() / 1000;
        Formatted formatted = last;
        if (formatted.second != second) {
            formatted = new Formatted(second, Preconditions.format(Instant.ofEpochSecond(second)));
            last = formatted;
        }
        return formatted.text;
    }
}
