package dev.permafrost.bench.report;

import dev.permafrost.bench.server.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The machine that figures were taken on, in a line. */
public final class Machine {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private Machine() {}

    /** Processor, cores, memory, kernel and the Java that runs this. */
    public static String describe() {
        return "%s, %d cores, %.0f GB, Linux %s, JDK %s"
                .formatted(
                        field("/proc/cpuinfo", "model name"),
                        Runtime.getRuntime().availableProcessors(),
                        memoryGigabytes(field("/proc/meminfo", "MemTotal")),
                        System.getProperty("os.version", "?"),
                        Runtime.version());
    }

    /** What nginx and wrk say they are. */
    public static String describeTools() throws InterruptedException {
        return version(List.of(Program.require("nginx", "nginx"), "-v")).replace("nginx version: nginx/", "nginx ")
                + ", " + version(List.of("sh", "-c", "wrk -v || true")).replaceAll("(wrk \\S+).*", "$1");
    }

    private static String version(List<String> command) throws InterruptedException {
        try {
            return Program.output(TIMEOUT, command)
                    .lines()
                    .findFirst()
                    .orElse("")
                    .trim();
        } catch (IOException e) {
            return command.get(0) + " of unknown version";
        }
    }

    private static String field(String file, String name) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT)))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse("?");
        } catch (IOException e) {
            return "?";
        }
    }

    private static double memoryGigabytes(String memTotal) {
        String kilobytes = memTotal.replaceAll("\\D", "");
        return kilobytes.isEmpty() ? 0 : Long.parseLong(kilobytes) / 1048576.0;
    }
}
