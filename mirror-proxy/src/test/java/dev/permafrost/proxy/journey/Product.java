package dev.permafrost.proxy.journey;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The distribution, started by its launcher with a PATH on which there is no Maven. */
final class Product {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration VERB_TIMEOUT = Duration.ofMinutes(2);
    private static final Pattern GREETED = Pattern.compile("^Stop it: .*$");
    private static final Pattern ADDRESS = Pattern.compile("^  http://127\\.0\\.0\\.1:(\\d+)/$");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path launcher;
    private final Path tools;
    private final Path workingFolder;

    private Product(Path launcher, Path tools, Path workingFolder) {
        this.launcher = launcher;
        this.tools = tools;
        this.workingFolder = workingFolder;
    }

    /** The distribution that the build has made, run from another folder, which is made in {@code scratch}. */
    static Product in(Path scratch) throws IOException {
        String distribution = System.getProperty("permafrost.distribution");
        if (distribution == null) {
            throw new IllegalStateException("no -Dpermafrost.distribution=FOLDER; run these tests with: mvn verify");
        }
        Path launcher = Path.of(distribution, "bin", "permafrost");
        if (!Files.isExecutable(launcher)) {
            throw new IllegalStateException("there is no " + launcher + "; run these tests with: mvn verify");
        }
        Path workingFolder = Files.createDirectories(scratch.resolve("elsewhere"));
        return new Product(launcher, toolsWithoutMaven(Path.of(distribution)), workingFolder);
    }

    /** A command line of it. */
    Subprocess.Command command(String... arguments) {
        return command(List.of(), arguments);
    }

    /** A command line of it, started by another. */
    Subprocess.Command command(List<String> prefix, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        return Subprocess.command(command)
                .in(workingFolder)
                .withoutEnv(Product::isSetting)
                .env("PATH", tools.toString())
                .env("JAVA_HOME", System.getProperty("java.home"));
    }

    /** Runs a verb to its end. */
    Subprocess.Result run(String... arguments) {
        return command(arguments).run(VERB_TIMEOUT);
    }

    /** What {@code status --json} says of that store. */
    JsonNode status(Path data) throws IOException {
        return JSON.readTree(
                run("status", "--json", "--data", data.toString()).orFail().out());
    }

    /** Serves that store, filled from that index, on a free port, and waits until it listens. */
    Served connected(Path data, String upstream, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("--data", data.toString(), "--set", "repositories.pypi.upstream=" + upstream));
        arguments.addAll(List.of(more));
        return serve(List.of(), arguments.toArray(String[]::new));
    }

    /** Serves with these options on a free port and waits until it listens. */
    Served serve(List<String> prefix, String... options) {
        List<String> arguments = new ArrayList<>(List.of("serve", "--set", "listen=127.0.0.1:0"));
        arguments.addAll(List.of(options));
        Subprocess process = command(prefix, arguments.toArray(String[]::new)).start();
        boolean listens = false;
        try {
            int port =
                    Integer.parseInt(process.awaitLine(ADDRESS, START_TIMEOUT).group(1));
            process.awaitLine(GREETED, START_TIMEOUT);
            listens = true;
            return new Served(process, port);
        } finally {
            if (!listens) {
                process.close();
            }
        }
    }

    /** A server that listens. */
    record Served(Subprocess process, int port) implements AutoCloseable {
        /** The index for pip. */
        String index() {
            return "http://127.0.0.1:" + port + "/simple/";
        }

        /** Stops it as a supervisor does (SIGTERM), and says how it ended. */
        Subprocess.Result stop() {
            return process.terminate().await(STOP_TIMEOUT);
        }

        /** Kills it (SIGKILL). */
        void kill() {
            process.close();
        }

        /** Kills it (SIGKILL) if it still runs. */
        @Override
        public void close() {
            kill();
        }
    }

    /** A folder of links to every program on PATH but Maven, beside the distribution. */
    private static Path toolsWithoutMaven(Path distribution) throws IOException {
        Path tools = Files.createDirectories(distribution
                .resolveSibling("../tools-without-maven")
                .toAbsolutePath()
                .normalize());
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/sbin:/sbin:/usr/bin:/bin";
        for (String folder : path.split(Pattern.quote(File.pathSeparator), -1)) {
            if (folder.isEmpty() || !Files.isDirectory(Path.of(folder))) {
                continue;
            }
            try (Stream<Path> programs = Files.list(Path.of(folder))) {
                programs.forEach(program -> link(tools, program));
            }
        }
        return tools;
    }

    private static void link(Path tools, Path program) {
        String name = program.getFileName().toString();
        if (name.startsWith("mvn") || name.startsWith("maven")) {
            return;
        }
        try {
            Files.createSymbolicLink(tools.resolve(name), program);
        } catch (FileAlreadyExistsException e) {
            // An earlier folder of PATH has one of that name.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSetting(String variable) {
        String name = variable.toUpperCase(Locale.ROOT);
        return name.startsWith("PERMAFROST_") || name.startsWith("JAVA_") || name.endsWith("_PROXY");
    }
}
