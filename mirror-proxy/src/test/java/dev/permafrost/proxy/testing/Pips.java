package dev.permafrost.proxy.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The pips of this machine: that of {@code python3} on PATH, and one for each version under {@code PYENV_ROOT} (else
 * {@code ~/.pyenv}). All run without the machine's configuration, cache, proxies and certificates.
 */
public final class Pips {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration VENV_TIMEOUT = Duration.ofMinutes(3);
    private static final String PROBE =
            "import sys, pip; print('%s\\n%d.%d.%d\\n%s\\n%s' % ((sys.executable,) + tuple(sys.version_info[:3])"
                    + " + (pip.__version__, pip.__file__)))";

    private Pips() {}

    /**
     * A pip and the interpreter it belongs to.
     *
     * @param python the interpreter's file
     */
    public record Pip(Path python, String pythonVersion, String pipVersion) {
        /** A fresh environment in that folder (not yet there): a venv, or for Python 2 a target folder. */
        public Environment environment(Path directory) {
            if (pythonVersion.startsWith("2.")) {
                return new Environment(python, Optional.of(directory));
            }
            clean(Subprocess.command(python.toString(), "-m", "venv", directory.toString()))
                    .run(VENV_TIMEOUT)
                    .orFail();
            return new Environment(directory.resolve("bin").resolve("python"), Optional.empty());
        }

        /** An empty folder that this very pip installs into with {@code --target}, which is quicker than a venv. */
        public Environment target(Path directory) {
            return new Environment(python, Optional.of(directory));
        }

        @Override
        public String toString() {
            return "pip " + pipVersion + " on Python " + pythonVersion;
        }
    }

    /** Somewhere to install into. */
    public static final class Environment {
        private final Path python;
        private final Optional<Path> target;
        private final List<String> prefix;
        private final Optional<Path> pip;
        private final Optional<Path> configuration;

        private Environment(Path python, Optional<Path> target) {
            this(python, target, List.of(), Optional.empty(), Optional.empty());
        }

        private Environment(
                Path python,
                Optional<Path> target,
                List<String> prefix,
                Optional<Path> pip,
                Optional<Path> configuration) {
            this.python = python;
            this.target = target;
            this.prefix = List.copyOf(prefix);
            this.pip = pip;
            this.configuration = configuration;
        }

        /** The same, its pip started by this command line: {@code nsenter -t 7 -n}. */
        public Environment startedBy(List<String> command) {
            return new Environment(python, target, command, pip, configuration);
        }

        /** The same, with the pip that was installed into that folder with {@code --target}. */
        public Environment withPipIn(Path folder) {
            return new Environment(python, target, prefix, Optional.of(folder), configuration);
        }

        /** The same, its pip configured by that file. */
        public Environment configuredBy(Path file) {
            return new Environment(python, target, prefix, pip, Optional.of(file));
        }

        /** Runs {@code pip install} from that index alone, without a cache; what follows are packages and options. */
        public Subprocess.Result install(String indexUrl, Duration timeout, String... packagesAndOptions) {
            List<String> arguments = new ArrayList<>(List.of("install", "--no-cache-dir", "--index-url", indexUrl));
            target.ifPresent(directory -> arguments.addAll(List.of("--target", directory.toString())));
            arguments.addAll(List.of(packagesAndOptions));
            return pip(timeout, arguments.toArray(String[]::new));
        }

        /** Runs {@code pip download} from that index alone, without a cache, into that folder. */
        public Subprocess.Result download(
                String indexUrl, Path directory, Duration timeout, String... packagesAndOptions) {
            List<String> arguments = new ArrayList<>(
                    List.of("download", "--no-cache-dir", "--index-url", indexUrl, "--dest", directory.toString()));
            arguments.addAll(List.of(packagesAndOptions));
            return pip(timeout, arguments.toArray(String[]::new));
        }

        /** Runs pip with these arguments. */
        public Subprocess.Result pip(Duration timeout, String... arguments) {
            return command(arguments).run(timeout);
        }

        /** Starts pip with these arguments. */
        public Subprocess start(String... arguments) {
            return command(arguments).start();
        }

        private Subprocess.Command command(String... arguments) {
            List<String> command = new ArrayList<>(prefix);
            command.addAll(List.of(python.toString(), "-m", "pip", "--disable-pip-version-check", "--no-input"));
            command.addAll(List.of(arguments));
            Subprocess.Command cleaned = clean(Subprocess.command(command));
            pip.ifPresent(folder -> cleaned.env("PYTHONPATH", folder.toString()));
            configuration.ifPresent(file -> cleaned.env("PIP_CONFIG_FILE", file.toString()));
            return cleaned;
        }

        /** Runs a line of Python that may import what was installed. */
        public Subprocess.Result python(Duration timeout, String code) {
            Subprocess.Command command = clean(Subprocess.command(python.toString(), "-c", code));
            target.ifPresent(directory -> command.env("PYTHONPATH", directory.toString()));
            return command.run(timeout);
        }
    }

    /** Every pip found, oldest first; found once. */
    public static List<Pip> all() {
        return Found.PIPS;
    }

    /** The newest pip. */
    public static Optional<Pip> newest() {
        List<Pip> all = all();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    /** The oldest pip. */
    public static Optional<Pip> oldest() {
        return all().stream().findFirst();
    }

    /** Holds what was found, from the first time that somebody asks. */
    private static final class Found {
        static final List<Pip> PIPS = find();
    }

    private static List<Pip> find() {
        Map<String, Pip> found = new LinkedHashMap<>();
        candidates().forEach(python -> probe(python, found));
        return found.values().stream()
                .sorted((a, b) -> compare(a.pipVersion(), b.pipVersion()))
                .toList();
    }

    private static List<String> candidates() {
        List<String> candidates = new ArrayList<>(List.of("python3"));
        String root = System.getenv("PYENV_ROOT");
        Path versions =
                (root == null || root.isEmpty() ? Path.of(home(), ".pyenv") : Path.of(root)).resolve("versions");
        if (Files.isDirectory(versions)) {
            try (Stream<Path> folders = Files.list(versions)) {
                folders.map(f -> f.resolve("bin").resolve("python"))
                        .filter(Files::isExecutable)
                        .map(Path::toString)
                        .sorted()
                        .forEach(candidates::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return candidates;
    }

    private static String home() {
        String home = System.getenv("HOME");
        return home == null || home.isEmpty() ? System.getProperty("user.home") : home;
    }

    /** Adds the pip of that interpreter, if it has one, under the place where that pip is installed. */
    private static void probe(String python, Map<String, Pip> found) {
        if (!python.contains("/") && Subprocess.onPath(python).isEmpty()) {
            return;
        }
        Subprocess.Result result =
                clean(Subprocess.command(python, "-c", PROBE)).run(PROBE_TIMEOUT);
        List<String> lines = result.out().lines().toList();
        if (result.exit() == 0 && lines.size() == 4) {
            found.putIfAbsent(lines.get(3), new Pip(Path.of(lines.get(0)), lines.get(1), lines.get(2)));
        }
    }

    private static Subprocess.Command clean(Subprocess.Command command) {
        return command.withoutEnv(Pips::isSetting)
                .env("PIP_CONFIG_FILE", "/dev/null")
                .env("PYTHONDONTWRITEBYTECODE", "1");
    }

    private static boolean isSetting(String variable) {
        String name = variable.toUpperCase(Locale.ROOT);
        return name.startsWith("PIP_")
                || name.startsWith("PYTHON")
                || name.startsWith("VIRTUAL_ENV")
                // pip's own cert counts for less than these
                || name.endsWith("_CA_BUNDLE")
                || name.startsWith("SSL_CERT")
                || name.endsWith("_PROXY");
    }

    /** Orders versions by their numbers: 9.0.3 before 18.1. */
    private static int compare(String a, String b) {
        String[] left = a.split("\\.", -1);
        String[] right = b.split("\\.", -1);
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            int byPart = Integer.compare(number(left[i]), number(right[i]));
            if (byPart != 0) {
                return byPart;
            }
        }
        return Integer.compare(left.length, right.length);
    }

    private static int number(String part) {
        String digits = part.replaceAll("\\D.*", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }
}
