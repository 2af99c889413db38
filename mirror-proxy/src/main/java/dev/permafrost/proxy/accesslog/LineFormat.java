package dev.permafrost.proxy.accesslog;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes entries as lines of bytes, each in place of the one before. Whatever a client sent can't end a line, nor a field of it. For
 * one thread.
 */
final class LineFormat {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(ISO_8859_1);
    /** Which bytes need an escape, in either format: looked up, since every byte that clients send is. */
    private static final boolean[] ESCAPED = escaped();

    private static final int USUAL_BYTES = 1024;
    /** Most bytes that a character takes: those of an escape in JSON. */
    private static final int ESCAPED_BYTES_MAX = 6;
    /** Digits of the longest number, with its sign. */
    private static final int NUMBER_BYTES_MAX = 20;

    private final AccessLogConfig.Format format;
    private final DateTimeFormatter second;
    private byte[] line = new byte[USUAL_BYTES];
    private int length;
    private long lastSecond = Long.MIN_VALUE;
    private String lastTime = "";

    LineFormat(AccessLogConfig.Format format, ZoneId zone) {
        this.format = format;
        this.second = format == AccessLogConfig.Format.JSON
                ? DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT)
                        .withZone(ZoneOffset.UTC)
                : DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT)
                        .withZone(zone);
    }

    /** Writes the line, with its end. */
    void write(AccessEntry entry) {
        length = 0;
        if (format == AccessLogConfig.Format.JSON) {
            json(entry);
        } else {
            combined(entry);
        }
        put('\n');
    }

    /** Where the line is, from the first byte on. */
    byte[] line() {
        return line;
    }

    /** How many bytes the line has. */
    int length() {
        return length;
    }

    private void combined(AccessEntry entry) {
        raw(entry.remote());
        put(' ');
        put('-');
        put(' ');
        who(entry);
        put(' ');
        put('[');
        raw(time(entry.endedAtMillis()));
        put(']');
        put(' ');
        put('"');
        escaped(entry.method());
        put(' ');
        escaped(entry.target());
        put(' ');
        raw(entry.protocol());
        put('"');
        put(' ');
        number(entry.status());
        put(' ');
        number(entry.bodyBytes());
        put(' ');
        put('"');
        escaped(entry.referer());
        put('"');
        put(' ');
        put('"');
        escaped(entry.agent());
        put('"');
        put(' ');
        seconds(entry.tookNanos());
        put(' ');
        raw(entry.cache() == null ? "-" : entry.cache());
    }

    private String time(long millis) {
        long now = Math.floorDiv(millis, 1000L);
        if (now != lastSecond) {
            lastSecond = now;
            lastTime = second.format(Instant.ofEpochSecond(now));
        }
        return lastTime;
    }

    private void put(char c) {
        room(1);
        line[length++] = (byte) c;
    }

    /** Text of our own, which needs no escape. */
    private void raw(String text) {
        int chars = text.length();
        room(chars);
        copy(text, chars);
        length += chars;
    }

    /** The low bytes of characters: a copy of memory, where encoding takes several times as long. */
    @SuppressWarnings("deprecation")
    private void copy(String text, int chars) {
        text.getBytes(0, chars, line, length);
    }

    /**
     * As nginx writes variables: {@code \xHH} for quotes, backslashes and control characters. Header fields are read as ISO 8859-1:
     * these are the bytes that came.
     */
    private void escaped(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            put('-');
            return;
        }
        int chars = text.length();
        room(chars);
        copy(text, chars);
        int end = length + chars;
        for (int i = length; i < end; i++) {
            if (ESCAPED[line[i] & 0xFF]) {
                escaped(text.getBytes(ISO_8859_1), false);
                return;
            }
        }
        length = end;
    }

    /** Who has logged in, else the subject of the client's certificate. */
    private void who(AccessEntry entry) {
        String user = entry.user();
        String subject = entry.subject();
        if (user != null && !user.isEmpty()) {
            escaped(user.getBytes(UTF_8), true);
        } else if (subject != null && !subject.isEmpty()) {
            escaped(subject.getBytes(UTF_8), false);
        } else {
            put('-');
        }
    }

    private void escaped(byte[] bytes, boolean oneWord) {
        room(bytes.length * ESCAPED_BYTES_MAX);
        for (byte b : bytes) {
            if (ESCAPED[b & 0xFF] || (oneWord && b == ' ')) {
                line[length++] = '\\';
                line[length++] = 'x';
                line[length++] = HEX[(b >> 4) & 0xF];
                line[length++] = HEX[b & 0xF];
            } else {
                line[length++] = b;
            }
        }
    }

    private static boolean[] escaped() {
        boolean[] escaped = new boolean[256];
        Arrays.fill(escaped, 0, 0x20, true);
        Arrays.fill(escaped, 0x7F, 256, true);
        escaped['"'] = true;
        escaped['\\'] = true;
        return escaped;
    }

    private void seconds(long nanos) {
        long millis = Math.max(0, nanos) / 1_000_000;
        number(millis / 1000);
        put('.');
        thousandths(millis % 1000);
    }

    private void thousandths(long value) {
        room(3);
        line[length++] = (byte) ('0' + value / 100);
        line[length++] = (byte) ('0' + value / 10 % 10);
        line[length++] = (byte) ('0' + value % 10);
    }

    /** A number that is not negative. */
    private void number(long value) {
        room(NUMBER_BYTES_MAX);
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            line[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    private void json(AccessEntry entry) {
        raw("{\"time\":\"");
        raw(time(entry.endedAtMillis()));
        put('.');
        thousandths(Math.floorMod(entry.endedAtMillis(), 1000L));
        raw("Z\"");
        field(",\"remote\":\"", entry.remote());
        field(",\"subject\":\"", entry.subject());
        field(",\"user\":\"", entry.user());
        field(",\"method\":\"", entry.method());
        field(",\"target\":\"", entry.target());
        field(",\"protocol\":\"", entry.protocol());
        raw(",\"status\":");
        number(entry.status());
        raw(",\"bytes\":");
        number(entry.bodyBytes());
        raw(",\"seconds\":");
        seconds(entry.tookNanos());
        field(",\"host\":\"", entry.host());
        field(",\"referer\":\"", entry.referer());
        field(",\"user_agent\":\"", entry.agent());
        field(",\"repository\":\"", entry.repository());
        field(",\"cache\":\"", entry.cache());
        put('}');
    }

    private void field(String opening, @Nullable String value) {
        if (value == null) {
            return;
        }
        raw(opening);
        int chars = value.length();
        int plain = 0;
        while (plain < chars && isPlain(value.charAt(plain))) {
            plain++;
        }
        if (plain == chars) {
            raw(value);
        } else {
            escapedInJson(value);
        }
        put('"');
    }

    private static boolean isPlain(char c) {
        return c < ESCAPED.length && !ESCAPED[c];
    }

    private void escapedInJson(String value) {
        room(value.length() * ESCAPED_BYTES_MAX);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (isPlain(c)) {
                line[length++] = (byte) c;
            } else if (c == '"' || c == '\\') {
                line[length++] = '\\';
                line[length++] = (byte) c;
            } else {
                // lone surrogates too, which UTF-8 could not carry
                line[length++] = '\\';
                line[length++] = 'u';
                line[length++] = HEX[c >> 12];
                line[length++] = HEX[(c >> 8) & 0xF];
                line[length++] = HEX[(c >> 4) & 0xF];
                line[length++] = HEX[c & 0xF];
            }
        }
    }

    private void room(int more) {
        if (line.length - length < more) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, length + more));
        }
    }
}
