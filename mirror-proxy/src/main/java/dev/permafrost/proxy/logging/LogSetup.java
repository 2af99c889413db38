package dev.permafrost.proxy.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;

/**
 * Sets Logback up in code, which starts faster than from a file: lines to standard error, through a bounded queue, so that
 * no event loop waits for a terminal. When the queue is nearly full, lines below a warning are dropped, and when it is full,
 * all are. How much is logged says the environment's PERMAFROST_LOG, or the system property permafrost.log.
 *
 * <p>Logback finds it through META-INF/services.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final int QUEUE_LINES_MAX = 8192;
    private static final int FLUSH_MILLIS_MAX = 2000;

    /** For Logback. */
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String wanted = System.getProperty("permafrost.log", System.getenv().getOrDefault("PERMAFROST_LOG", ""));
        LogLevels levels = LogLevels.parse(wanted);
        levels.levels().forEach((name, level) -> context.getLogger(name).setLevel(level));

        AsyncAppender queue = queue(context, console(context));
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(queue);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(root, queue, console(context)), "log-drain"));

        if (levels.complaint() != null) {
            context.getLogger(LogSetup.class).warn(levels.complaint());
        }
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static ConsoleAppender<ILoggingEvent> console(LoggerContext context) {
        LineLayout layout = new LineLayout(ZoneId.systemDefault());
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName("console");
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        return console;
    }

    private static AsyncAppender queue(LoggerContext context, ConsoleAppender<ILoggingEvent> console) {
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context);
        queue.setName("queue");
        queue.setQueueSize(QUEUE_LINES_MAX);
        queue.setNeverBlock(true);
        queue.setMaxFlushTime(FLUSH_MILLIS_MAX);
        queue.addAppender(console);
        queue.start();
        return queue;
    }

    /** Writes what is queued. Lines that other shutdown hooks still log go straight to standard error. */
    private static void drain(Logger root, AsyncAppender queue, ConsoleAppender<ILoggingEvent> direct) {
        root.addAppender(direct);
        root.detachAppender(queue);
        queue.stop();
    }
}
