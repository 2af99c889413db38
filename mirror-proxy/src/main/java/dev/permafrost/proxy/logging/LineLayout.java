package dev.permafrost.proxy.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * A line for people: {@code 2026-11-22 21:52:47.123 WARN  fetch    message}. What clients or upstreams sent can't forge a
 * line or steer a terminal: control characters are escaped. The cause follows in words; as a stack trace only below an
 * error, which is a fault of ours.
 */
final class LineLayout extends LayoutBase<ILoggingEvent> {
    private static final int CAUSES_MAX = 5;
    private static final String OURS = "dev.permafrost.";

    private final DateTimeFormatter time;

    LineLayout(ZoneId zone) {
        time = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(zone);
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        time.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
        line.append(' ');
        pad(line, event.getLevel().toString(), 5);
        pad(line, part(event.getLoggerName()), 8);
        escape(line, String.valueOf(event.getFormattedMessage()));
        IThrowableProxy cause = event.getThrowableProxy();
        if (event.getLevel().isGreaterOrEqual(Level.ERROR) && cause != null) {
            line.append('\n').append(ThrowableProxyUtil.asString(cause).stripTrailing());
        } else {
            causes(line, cause);
        }
        return line.append('\n').toString();
    }

    /** The part of the program that a logger stands for: our package, or else the last word of the name. */
    static String part(String logger) {
        int dot = logger.lastIndexOf('.');
        boolean isOurs = logger.startsWith(OURS) && dot >= OURS.length();
        String name = isOurs ? logger.substring(0, dot) : logger;
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static void causes(StringBuilder line, @Nullable IThrowableProxy thrown) {
        IThrowableProxy cause = thrown;
        for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
            line.append(i == 0 ? " (" : "; ");
            line.append(cause.getClassName().substring(cause.getClassName().lastIndexOf('.') + 1));
            if (cause.getMessage() != null) {
                escape(line.append(": "), cause.getMessage());
            }
            cause = cause.getCause();
        }
        if (thrown != null) {
            line.append(')');
        }
    }

    private static void pad(StringBuilder line, String word, int width) {
        line.append(word);
        for (int i = word.length(); i <= width; i++) {
            line.append(' ');
        }
    }

    private static void escape(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append("\\n");
            } else if (c == '\t') {
                line.append(' ');
            } else if (Character.isISOControl(c)) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
    }
}
