package dev.permafrost.proxy.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logging neither waits for a reader that does not read, nor loses its last lines. */
final class FullTerminalDoesNotBlockTest {
    /** Logs as many lines as it is told, the last from a shutdown hook. */
    static final class Talker {
        public static void main(String[] args) {
            Logger log = LoggerFactory.getLogger(Talker.class);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> log.warn("last words")));
            IntStream.range(0, Integer.parseInt(args[0])).forEach(i -> log.warn("line {} {}", i, "x".repeat(100)));
            System.out.println("logged");
        }
    }

    @Test
    void endsThoughNobodyReads() throws Exception {
        Process process = talk(100_000);
        try {
            assertThat(process.getInputStream().readNBytes(6)).isEqualTo("logged".getBytes(StandardCharsets.US_ASCII));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void losesNoLineAtTheEnd() throws Exception {
        Process process = talk(500);
        String lines = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(lines.lines().filter(line -> line.contains(" WARN  logging  line ")))
                .hasSize(500);
        assertThat(lines).contains(" WARN  logging  last words\n");
    }

    private static Process talk(int lines) throws IOException {
        String classPath = System.getProperty("java.class.path");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        Talker.class.getName(),
                        Integer.toString(lines))
                .start();
    }
}
