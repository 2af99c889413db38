package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A program that runs beside the test, its output captured; {@link #close} kills it and all it has started. */
public final class Subprocess implements AutoCloseable {
    private static final int OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

    /**
     * What became of a program that has ended.
     *
     * @param exit its exit status; negative where it was killed because its time was up
     * @param out its standard output
     * @param err its standard error
     */
    public record Result(List<String> command, int exit, String out, String err) {
        /**
         * The same, if the status was 0.
         *
         * @throws AssertionError with all the output otherwise
         */
        public Result orFail() {
            if (exit != 0) {
                throw new AssertionError(this);
            }
            return this;
        }

        @Override
        public String toString() {
            return String.join(" ", command) + " ended with " + exit + "\n--- out\n" + out + "\n--- err\n" + err;
        }
    }

    /** How a program is to be started. */
    public static final class Command {
        private final ProcessBuilder builder;

        private Command(List<String> command) {
            builder = new ProcessBuilder(command);
        }

        /** Sets its working directory. */
        public Command in(Path directory) {
            builder.directory(directory.toFile());
            return this;
        }

        /** Sets an environment variable. */
        public Command env(String name, String value) {
            builder.environment().put(name, value);
            return this;
        }

        /** Sets environment variables. */
        public Command env(Map<String, String> variables) {
            builder.environment().putAll(variables);
            return this;
        }

        /** Takes away each environment variable whose name fits. */
        public Command withoutEnv(Predicate<String> name) {
            builder.environment().keySet().removeIf(name);
            return this;
        }

        /** Starts it. */
        public Subprocess start() {
            try {
                return new Subprocess(builder.command(), builder.start());
            } catch (IOException e) {
                throw new UncheckedIOException("can't start " + builder.command(), e);
            }
        }

        /** Runs it to its end, or kills it when its time is up. */
        public Result run(Duration timeout) {
            try (Subprocess process = start()) {
                return process.await(timeout);
            }
        }
    }

    private final List<String> command;
    private final Process process;
    private final Capture out;
    private final Capture err;

    private Subprocess(List<String> command, Process process) {
        this.command = List.copyOf(command);
        this.process = process;
        this.out = new Capture(process.getInputStream());
        this.err = new Capture(process.getErrorStream());
        out.start();
        err.start();
    }

    /** A program and its arguments. */
    public static Command command(String... command) {
        return new Command(List.of(command));
    }

    /** A program and its arguments. */
    public static Command command(List<String> command) {
        return new Command(command);
    }

    /** The file that a program's name stands for on PATH. */
    public static Optional<Path> onPath(String name) {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(Pattern.quote(File.pathSeparator), -1)) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /** Its process number. */
    public long pid() {
        return process.pid();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its standard output so far. */
    public String out() {
        return out.text();
    }

    /** Its standard error so far. */
    public String err() {
        return err.text();
    }

    /** Waits for its end, or kills it when its time is up. */
    public Result await(Duration timeout) {
        boolean ended = false;
        try {
            ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        int exit = ended ? process.exitValue() : -1;
        close();
        String note = ended ? "" : "\nkilled: it had not ended after " + timeout;
        return new Result(command, exit, out.text(), err.text() + note);
    }

    /**
     * Waits for a line on either stream that matches.
     *
     * @throws AssertionError with all the output if it ends, or the time is up, without one
     */
    public Matcher awaitLine(Pattern line, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            boolean alive = process.isAlive();
            Matcher found = find(line);
            if (found != null) {
                return found;
            }
            if (!alive || System.nanoTime() > deadline) {
                throw new AssertionError("no line like " + line.pattern() + " within " + timeout + " from "
                        + String.join(" ", command) + (alive ? "" : ", which has ended") + "\n--- out\n" + out.text()
                        + "\n--- err\n" + err.text());
            }
            try {
                Thread.sleep(POLL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + line.pattern(), e);
            }
        }
    }

    /** Asks it to end (SIGTERM). */
    public Subprocess terminate() {
        process.destroy();
        return this;
    }

    /** Kills it and all it has started (SIGKILL), and waits until they are gone. */
    @Override
    public void close() {
        List<ProcessHandle> all = process.descendants().toList();
        // Process.destroyForcibly would also close what it has said and nobody has read yet.
        process.toHandle().destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(KILL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            long deadline = System.nanoTime() + KILL_TIMEOUT.toNanos();
            while (all.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadline) {
                Thread.sleep(POLL.toMillis());
            }
            out.join(KILL_TIMEOUT.toMillis());
            err.join(KILL_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Matcher find(Pattern line) {
        for (String text : List.of(out.text(), err.text())) {
            for (String candidate : text.split("\n", -1)) {
                Matcher m = line.matcher(candidate);
                if (m.find()) {
                    return m;
                }
            }
        }
        return null;
    }

    /** Reads a stream to its end; keeps its first {@link #OUTPUT_BYTES_MAX} bytes. */
    private static final class Capture extends Thread {
        private final InputStream in;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

        Capture(InputStream in) {
            super("subprocess-output");
            setDaemon(true);
            this.in = in;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    synchronized (kept) {
                        kept.write(buffer, 0, Math.min(n, OUTPUT_BYTES_MAX - kept.size()));
                    }
                }
            } catch (IOException e) {
                // The stream goes away with the process.
            }
        }

        String text() {
            synchronized (kept) {
                return kept.toString(UTF_8);
            }
        }
    }
}
