package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.server.Server;
import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder for one run, gone when it is closed, and the server started in it. */
final class Lab implements AutoCloseable {
    /** The options that every scenario with a server has. */
    static final List<Option> OPTIONS = List.of(
            new Option("permafrost", "", "the launcher; else ./permafrost here or in a folder above"),
            new Option("work", "", "a folder for stores and logs (kept); else a temporary one (deleted)"),
            new Option("start-timeout", "300", "seconds that the server may take to start, a build included"));

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
        return work.isEmpty()
                ? new Lab(Files.createTempDirectory("permafrost-bench"), false, options)
                : new Lab(Files.createDirectories(Path.of(work).toAbsolutePath()), true, options);
    }

    /** A path in the folder. */
    Path path(String name) {
        return folder.resolve(name);
    }

    /** Starts Permafrost with a fresh store before that origin. */
    Server permafrost(Origin origin, String project, String processors, String javaOptions)
            throws IOException, InterruptedException {
        delete(path("store"));
        return Server.permafrost(
                new Server.Permafrost(
                        launcher(),
                        path("store"),
                        origin.simpleUrl(),
                        processors,
                        javaOptions,
                        path("server.log"),
                        options.seconds("start-timeout")),
                project);
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

    private Path launcher() {
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

    private static void delete(Path tree) throws IOException {
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
