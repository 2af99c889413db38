package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.Server;
import dev.permafrost.bench.server.UnavailableException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A folder for one run, gone when it is closed, and the server started in it. */
final class Lab implements AutoCloseable {
    /** The options that every scenario with a server has. */
    static final List<Option> OPTIONS = List.of(
            new Option("permafrost", "", "the launcher; else ./permafrost here or in a folder above"),
            new Option("work", "", "a folder for stores and logs (kept); else a temporary one (deleted)"),
            new Option("start-timeout", "300", "seconds that the server may take to start, a build included"));

    /** Settings for a server that few connections ask as fast as they can: no limit, and no look upstream, amid a turn. */
    static final List<String> UNDISTURBED =
            List.of("http.requests-per-connection-max=0", "repositories.pypi.page-ttl=24h");

    private static final Duration OPENSSL_TIMEOUT = Duration.ofSeconds(30);
    private static final int DELETE_TRIES_MAX = 20;
    private static final long DELETE_PAUSE_MILLIS = 100;

    private final Path folder;
    private final boolean keeps;
    private final Options options;

    private Lab(Path folder, boolean keeps, Options options) {
        this.folder = folder;
        this.keeps = keeps;
        this.options = options;
    }

    static Lab open(Options options) throws IOException {
        String work = options.text("work");
        if (!work.isEmpty()) {
            return new Lab(Files.createDirectories(Path.of(work).toAbsolutePath()), true, options);
        }
        Path folder = Files.createTempDirectory("permafrost-bench");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteInterrupted(folder), "delete-" + folder));
        return new Lab(folder, false, options);
    }

    /** A path in the folder. */
    Path path(String name) {
        return folder.resolve(name);
    }

    /** Starts Permafrost with a fresh store before that origin. */
    Server permafrost(Origin origin, String project, String processors, String javaOptions)
            throws IOException, InterruptedException {
        return permafrost("server", origin, project, processors, javaOptions, null, List.of());
    }

    /**
     * Starts a Permafrost of that name, of which there may be several, with a fresh store before that origin.
     *
     * @param certificate for a second port that speaks TLS; null for none
     * @param settings values for {@code --set}
     */
    Server permafrost(
            String name,
            Origin origin,
            String project,
            String processors,
            String javaOptions,
            @Nullable Path certificate,
            List<String> settings)
            throws IOException, InterruptedException {
        delete(path(name + "-store"));
        return Server.permafrost(
                new Server.Permafrost(
                        launcher(),
                        path(name + "-store"),
                        origin.simpleUrl(),
                        processors,
                        javaOptions,
                        path(name + ".log"),
                        options.seconds("start-timeout"),
                        certificate,
                        settings),
                project);
    }

    /**
     * Starts a Permafrost on a store that is kept, the one in that folder, as it is installed: without the source tree's look whether
     * anything has to be built.
     *
     * @param upstream the address of a simple index, empty for none
     * @param settings values for {@code --set}
     */
    Server permafrostOn(Path store, String upstream, String javaOptions, List<String> settings)
            throws IOException, InterruptedException {
        return Server.permafrost(
                new Server.Permafrost(
                        installed(),
                        store,
                        upstream,
                        options.text("server-cpus"),
                        javaOptions,
                        path(store.getFileName() + ".log"),
                        options.seconds("start-timeout"),
                        null,
                        settings),
                "none");
    }

    /** Makes a certificate for 127.0.0.1 (EC P-256), and gives the file with it and its key. */
    Path certificate() throws IOException, InterruptedException {
        Path key = path("key.pem");
        Path chain = path("chain.pem");
        Program.output(
                OPENSSL_TIMEOUT,
                List.of(
                        Program.require("openssl", "openssl"),
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=permafrost-bench",
                        "-addext",
                        "subjectAltName=IP:127.0.0.1",
                        "-keyout",
                        key.toString(),
                        "-out",
                        chain.toString()));
        return Files.writeString(path("certificate.pem"), Files.readString(key) + Files.readString(chain));
    }

    /** Room left on the disk that holds the folder, in bytes. */
    long usableBytes() throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    @Override
    public void close() throws IOException {
        if (!keeps) {
            delete(folder);
        }
    }

    /** The launcher beside the jars of the server that this program runs with; else the one of {@link #launcher}. */
    Path installed() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(jar -> Path.of(jar).toAbsolutePath().getParent())
                .filter(folder -> folder != null && folder.endsWith("lib"))
                .map(folder -> folder.resolveSibling("bin").resolve("permafrost"))
                .filter(Files::isExecutable)
                .filter(found -> options.text("permafrost").isEmpty())
                .findFirst()
                .orElseGet(this::launcher);
    }

    /** The command that starts Permafrost. */
    Path launcher() {
        String given = options.text("permafrost");
        if (!given.isEmpty()) {
            return executable(Path.of(given).toAbsolutePath());
        }
        for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
            if (Files.isExecutable(p.resolve("permafrost")) && Files.isRegularFile(p.resolve("permafrost"))) {
                return p.resolve("permafrost");
            }
        }
        throw new UnavailableException("there is no ./permafrost here or in a folder above; name it with --permafrost");
    }

    private static Path executable(Path launcher) {
        if (!Files.isExecutable(launcher) || Files.isDirectory(launcher)) {
            throw new UnavailableException("--permafrost names " + launcher + ", which is not a program");
        }
        return launcher;
    }

    /** Deletes what an interrupted run leaves, while the servers in it are being killed. */
    private static void deleteInterrupted(Path folder) {
        for (int i = 0; i < DELETE_TRIES_MAX && Files.exists(folder); i++) {
            try {
                Thread.sleep(DELETE_PAUSE_MILLIS);
                delete(folder);
            } catch (IOException | UncheckedIOException | InterruptedException e) {
                // A server that is not dead yet has written once more, or the run itself is deleting too: again.
            }
        }
    }

    /** Deletes a folder and all in it. */
    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
