package dev.permafrost.proxy.accesslog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes entries as lines. Whatever a client sent can't end a line, nor a field of it. For one thread. */
final class LineFormat {
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private final AccessLogConfig.Format format;
    private final DateTimeFormatter local;
    private final StringBuilder line = new StringBuilder(512);
    private long lastSecond = Long.MIN_VALUE;
    private String lastTime = "";

    LineFormat(AccessLogConfig.Format format, ZoneId zone) {
        this.format = format;
        this.local = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT)
                .withZone(zone);
    }

    /** The line, with its end. */
    byte[] of(AccessEntry entry) {
        line.setLength(0);
        if (format == AccessLogConfig.Format.JSON) {
            json(entry);
        } else {
            combined(entry);
        }
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private void combined(AccessEntry entry) {
        line.append(entry.remote()).append(" - ");
        who(entry);
        line.append(" [").append(time(entry.endedAtMillis())).append("] \"");
        escaped(entry.method());
        line.append(' ');
        escaped(entry.target());
        line.append(' ').append(entry.protocol()).append("\" ").append(entry.status());
        line.append(' ').append(entry.bodyBytes()).append(" \"");
        escaped(entry.referer());
        line.append("\" \"");
        escaped(entry.agent());
        line.append("\" ");
        seconds(entry.tookNanos());
        line.append(' ').append(entry.cache() == null ? "-" : entry.cache());
    }

    private String time(long millis) {
        long second = Math.floorDiv(millis, 1000);
        if (second != lastSecond) {
            lastSecond = second;
            lastTime = local.format(Instant.ofEpochSecond(second));
        }
        return lastTime;
    }

    /** As nginx writes variables: {@code \xHH} for quotes, backslashes and all that is not printable ASCII. */
    private void escaped(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            line.append('-');
            return;
        }
        // header fields are read as ISO 8859-1: these are the bytes that came
        escaped(text.getBytes(StandardCharsets.ISO_8859_1), false);
    }

    /** Who has logged in, else the subject of the client's certificate. */
    private void who(AccessEntry entry) {
        String user = entry.user();
        if (user == null || user.isEmpty()) {
            escaped(entry.subject());
        } else {
            escaped(user.getBytes(StandardCharsets.UTF_8), true);
        }
    }

    private void escaped(byte[] bytes, boolean oneWord) {
        for (byte b : bytes) {
            if (b < 0x20 || (b == ' ' && oneWord) || b == 0x7F || b == '"' || b == '\\') {
                line.append("\\x").append(HEX[(b >> 4) & 0xF]).append(HEX[b & 0xF]);
            } else {
                line.append((char) b);
            }
        }
    }

    private void seconds(long nanos) {
        long millis = Math.max(0, nanos) / 1_000_000;
        line.append(millis / 1000).append('.');
        long rest = millis % 1000;
        line.append((char) ('0' + rest / 100))
                .append((char) ('0' + rest / 10 % 10))
                .append((char) ('0' + rest % 10));
    }

    private void json(AccessEntry entry) {
        line.append("{\"time\":\"")
                .append(Instant.ofEpochMilli(entry.endedAtMillis()))
                .append('"');
        field("remote", entry.remote());
        field("subject", entry.subject());
        field("user", entry.user());
        field("method", entry.method());
        field("target", entry.target());
        field("protocol", entry.protocol());
        line.append(",\"status\":").append(entry.status());
        line.append(",\"bytes\":").append(entry.bodyBytes());
        line.append(",\"seconds\":");
        seconds(entry.tookNanos());
        field("host", entry.host());
        field("referer", entry.referer());
        field("user_agent", entry.agent());
        field("repository", entry.repository());
        field("cache", entry.cache());
        line.append('}');
    }

    private void field(String name, @Nullable String value) {
        if (value == null) {
            return;
        }
        line.append(",\"").append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7F) {
                // lone surrogates too, which UTF-8 could not carry
                line.append("\\u").append(HEX[c >> 12]).append(HEX[(c >> 8) & 0xF]);
                line.append(HEX[(c >> 4) & 0xF]).append(HEX[c & 0xF]);
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
