package dev.permafrost.proxy.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What is logged while it is open, by us and by the libraries. */
public final class CapturedLog implements AutoCloseable {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }
    };

    private CapturedLog() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    /** Begins to capture. */
    public static CapturedLog open() {
        return new CapturedLog();
    }

    /** The messages so far. */
    public List<String> messages() {
        return events.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    /** The errors that came with a stack trace, which the log prints: there should be none for what others do wrong. */
    public List<String> withStackTrace() {
        return events.stream()
                .filter(event -> event.getThrowableProxy() != null)
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
                .map(event -> event.getLoggerName() + ": " + event.getFormattedMessage() + ": "
                        + event.getThrowableProxy().getMessage())
                .toList();
    }

    /**
     * Waits for a message that has all of these parts.
     *
     * @throws AssertionError if it has not come by then
     */
    public String await(Duration timeout, String... parts) {
        return Eventually.value(
                timeout,
                "a message with " + List.of(parts) + " in " + messages(),
                () -> messages().stream()
                        .filter(message -> List.of(parts).stream().allMatch(message::contains))
                        .findFirst());
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        appender.stop();
    }
}
