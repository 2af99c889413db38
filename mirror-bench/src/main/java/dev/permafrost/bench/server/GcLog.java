package dev.permafrost.bench.server;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code -Xlog:gc} writes, whichever the collector. */
public final class GcLog {
    private static final Pattern BEFORE = Pattern.compile("\\b(\\d+)([KMG])(?:\\(\\d+%\\))?->\\d+[KMG]");

    private GcLog() {}

    /** The fullest that the heap was when a collection began, in bytes; empty without a collection. */
    public static OptionalLong peakBytes(String log) {
        Matcher m = BEFORE.matcher(log);
        return m.results()
                .mapToLong(r -> Long.parseLong(r.group(1)) << (10 * (1 + "KMG".indexOf(r.group(2)))))
                .max();
    }
}
