package dev.permafrost.bench.server;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A program that runs until it is closed, or until this virtual machine ends; its output goes to a file. */
public final class Program implements AutoCloseable {
    private static final Duration TERM_TIMEOUT = Duration.ofSeconds(20);
    private static final int LOG_CHARS_MAX = 4000;
    private static final int WORD_CHARS_MAX = 100;

    private final Process process;
    private final Path log;
    private final Thread atExit;

    private Program(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.atExit = new Thread(() -> kill(process), "kill-" + process.pid());
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts it with that much added to the environment. */
    static Program start(List<String> command, Map<String, String> environment, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return new Program(builder.start(), log);
    }

    /** Runs a command to its end and gives all that it said. */
    public static String output(Duration timeout, List<String> command) throws IOException, InterruptedException {
        return output(timeout, command, Map.of());
    }

    /** Runs a command to its end, with that much added to the environment, and gives all that it said. */
    public static String output(Duration timeout, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("bench", ".out");
        try (Program program = start(command, environment, log)) {
            if (!program.process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(brief(command) + " had not ended after " + timeout);
            }
            String said = Files.readString(log);
            if (program.process.exitValue() != 0) {
                throw new IOException(brief(command) + " ended with " + program.process.exitValue() + ": " + said);
            }
            return said;
        } finally {
            Files.delete(log);
        }
    }

    /** The command without what nobody reads, such as a class path. */
    private static String brief(List<String> command) {
        return command.stream()
                .map(word -> word.length() > WORD_CHARS_MAX ? word.substring(0, WORD_CHARS_MAX) + "…" : word)
                .collect(Collectors.joining(" "));
    }

    /** The same command, bound to those processors ({@code 0} or {@code 0,2-3}); unbound where the list is empty. */
    public static List<String> pinned(String processors, List<String> command) {
        if (processors.isEmpty()) {
            return command;
        }
        List<String> pinned = new ArrayList<>(List.of(require("taskset", "util-linux"), "-c", processors));
        pinned.addAll(command);
        return pinned;
    }

    /**
     * The file of a program on PATH.
     *
     * @throws UnavailableException naming the package that has it
     */
    public static String require(String name, String distributionPackage) {
        return find(name)
                .orElseThrow(() -> new UnavailableException(name + " is not on PATH; install it with 'apt-get install "
                        + distributionPackage + "' or 'dnf install " + distributionPackage + "'"));
    }

    private static Optional<String> find(String name) {
        return Optional.ofNullable(System.getenv("PATH")).stream()
                .flatMap(path ->
                        Pattern.compile(File.pathSeparator, Pattern.LITERAL).splitAsStream(path))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /** A port of 127.0.0.1 that nobody listened on just now. */
    static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    /** Its process number. */
    public long pid() {
        return process.pid();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** The end of what it said. */
    String said() {
        try {
            String all = Files.readString(log);
            return all.substring(Math.max(0, all.length() - LOG_CHARS_MAX));
        } catch (IOException e) {
            return "(its output can't be read: " + e.getMessage() + ")";
        }
    }

    /** Asks it to end, then kills it and what it has started. */
    @Override
    public void close() {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        descendants.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(TERM_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                kill(process);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The machine is going down already.
        }
    }

    private static void kill(Process process) {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
    }
}
