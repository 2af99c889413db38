package dev.permafrost.proxy.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Holds for every test class without its asking: event loops do not block, no buffer leaks, and once its servers are closed
 * no descriptor into a store is left. JUnit finds it through META-INF/services.
 */
public final class InvariantsHold implements BeforeAllCallback, AfterAllCallback {
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final List<String> LEAKS = new CopyOnWriteArrayList<>();

    static {
        LoopsDoNotBlock.watch();
        listenForLeaks();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // loading this class is what counts
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (context.getTestClass().map(Class::isMemberClass).orElse(false)) {
            return;
        }
        List<String> broken = new ArrayList<>(LEAKS);
        LEAKS.clear();
        broken.addAll(LoopsDoNotBlock.takeViolations());
        if (!broken.isEmpty()) {
            throw new AssertionError(String.join("\n", broken));
        }
        try {
            Eventually.is(
                    SOON, "no open file of a store is left", () -> openFiles().isEmpty());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + openFiles(), e);
        }
    }

    /** The files of stores that this process has open. */
    public static List<String> openFiles() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return List.of();
        }
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            return descriptors
                    .map(InvariantsHold::target)
                    .filter(Objects::nonNull)
                    .filter(file -> file.contains("/blobs/") || file.contains("/staging/"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static void listenForLeaks() {
        Logger detector = (Logger) LoggerFactory.getLogger("io.netty.util.ResourceLeakDetector");
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getFormattedMessage().contains("LEAK:")) {
                    LEAKS.add(event.getFormattedMessage());
                }
            }
        };
        appender.setContext(detector.getLoggerContext());
        appender.start();
        detector.addAppender(appender);
    }
}
