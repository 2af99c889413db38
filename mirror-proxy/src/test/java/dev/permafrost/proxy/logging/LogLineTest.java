package dev.permafrost.proxy.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a log line looks like. */
final class LogLineTest {
    private final LineLayout layout = new LineLayout(ZoneOffset.UTC);

    @Test
    void isTimeLevelPartAndMessage() {
        assertThat(line(Level.WARN, "dev.permafrost.proxy.fetch.ReadThrough", "upstream is slow", null))
                .isEqualTo("2026-11-22 21:52:47.123 WARN  fetch    upstream is slow\n");
    }

    @Test
    void namesTheLastWordOfAForeignLogger() {
        assertThat(LineLayout.part("io.netty.channel.DefaultChannelPipeline")).isEqualTo("DefaultChannelPipeline");
        assertThat(LineLayout.part("dev.permafrost.proxy.MirrorServer")).isEqualTo("proxy");
        assertThat(LineLayout.part("dev.permafrost.store.index.Index")).isEqualTo("index");
        assertThat(LineLayout.part("dev.permafrost.Main")).isEqualTo("Main");
        assertThat(LineLayout.part("")).isEmpty();
    }

    @Test
    void canNotBeForgedByWhatWasSent() {
        assertThat(line(Level.INFO, "x", "GET /\n2026-11-22 21:52:47.123 ERROR \u001b[31mred\r\t.", null))
                .isEqualTo(
                        "2026-11-22 21:52:47.123 INFO  x        GET /\\n2026-11-22 21:52:47.123 ERROR \\u001b[31mred\\u000d"
                                + " .\n");
    }

    @Test
    void saysTheCausesOfAWarningInWords() {
        Exception cause = new IllegalStateException("it broke", new IOException("a\nb"));
        assertThat(line(Level.WARN, "x", "failed", cause))
                .isEqualTo(
                        "2026-11-22 21:52:47.123 WARN  x        failed (IllegalStateException: it broke; IOException:"
                                + " a\\nb)\n");
    }

    @Test
    void hasTheStackTraceOfAnError() {
        assertThat(line(Level.ERROR, "x", "failed", new IllegalStateException("it broke")))
                .startsWith(
                        "2026-11-22 21:52:47.123 ERROR x        failed\njava.lang.IllegalStateException: it broke\n\tat ")
                .endsWith(")\n");
    }

    private String line(Level level, String logger, String message, @Nullable Throwable thrown) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerContext(new LoggerContext());
        event.setLoggerName(logger);
        event.setLevel(level);
        event.setMessage(message);
        event.setInstant(Instant.parse("2026-11-22T21:52:47.123Z"));
        if (thrown != null) {
            event.setThrowableProxy(new ThrowableProxy(thrown));
        }
        return layout.doLayout(event);
    }
}
