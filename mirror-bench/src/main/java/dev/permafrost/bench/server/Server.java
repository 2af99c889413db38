package dev.permafrost.bench.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A server under test that runs and answers: Permafrost by its launcher, or nginx. */
public final class Server implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_TIMEOUT)
            .build();

    private final String name;
    private final Program program;
    private final int port;

    private Server(String name, Program program, int port) {
        this.name = name;
        this.program = program;
        this.port = port;
    }

    /**
     * How to start Permafrost.
     *
     * @param launcher its command
     * @param data its store, made when not there
     * @param upstream the address of the simple index upstream
     * @param processors the processors it is bound to, empty for all
     * @param javaOptions what goes into {@code PERMAFROST_JAVA_OPTS}
     * @param log the file that its output goes to
     * @param startTimeout how long it may take; a launcher may have to build first
     */
    public record Permafrost(
            Path launcher,
            Path data,
            String upstream,
            String processors,
            String javaOptions,
            Path log,
            Duration startTimeout) {}

    /**
     * Starts Permafrost and waits until it lives; where it has no health page, until it answers for that project.
     *
     * @throws UnavailableException with the end of its output if it does not
     */
    public static Server permafrost(Permafrost settings, String project) throws IOException, InterruptedException {
        int port = Program.freePort();
        List<String> command = Program.pinned(
                settings.processors(),
                List.of(
                        settings.launcher().toString(),
                        "serve",
                        "--data",
                        settings.data().toString(),
                        "--set",
                        "listen=127.0.0.1:" + port,
                        "--set",
                        "repositories.pypi.upstream=" + settings.upstream()));
        Program program =
                Program.start(command, Map.of("PERMAFROST_JAVA_OPTS", settings.javaOptions()), settings.log());
        Server server = new Server("permafrost", program, port);
        server.awaitReady(settings.startTimeout(), List.of("/-/health/live", "/simple/" + project + "/"));
        return server;
    }

    /**
     * Starts nginx with one worker, set up for speed: sendfile, tcp_nopush, open file cache, no access log.
     *
     * @param root what it serves
     * @param home a folder for its configuration and logs
     * @param readyPath a path that it answers with 200
     */
    public static Server nginx(Path root, Path home, String processors, String readyPath)
            throws IOException, InterruptedException {
        int port = Program.freePort();
        Path config = Files.createDirectories(home).resolve("nginx.conf");
        Files.writeString(config, NginxConfig.forFiles(root, home, port));
        List<String> command = List.of(
                Program.require("nginx", "nginx"),
                "-p",
                home.toString(),
                "-e",
                home.resolve("error.log").toString(),
                "-c",
                config.toString());
        Program program = Program.start(Program.pinned(processors, command), Map.of(), home.resolve("nginx.out"));
        Server server = new Server("nginx", program, port);
        server.awaitReady(ANSWER_TIMEOUT, List.of(readyPath));
        return server;
    }

    /** What it is called in reports. */
    public String name() {
        return name;
    }

    /** The port of 127.0.0.1 that it listens on. */
    public int port() {
        return port;
    }

    /** Its first process. */
    public long pid() {
        return program.pid();
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return program.isAlive();
    }

    /** The address of a path on it. */
    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /**
     * Its answer to a GET for HTML or a file, as bytes.
     *
     * @throws IOException if that is anything but 200
     */
    public HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = HTTP.send(
                HttpRequest.newBuilder(uri(path)).timeout(ANSWER_TIMEOUT).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException(name + " answers " + response.statusCode() + " for " + path);
        }
        return response;
    }

    @Override
    public void close() {
        program.close();
    }

    private void awaitReady(Duration timeout, List<String> paths) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (program.isAlive() && System.nanoTime() < deadline) {
            for (String path : paths) {
                if (answers(path)) {
                    return;
                }
            }
            Thread.sleep(POLL.toMillis());
        }
        String state = program.isAlive() ? "does not answer within " + timeout.toSeconds() + " s" : "has ended";
        String said = program.said();
        program.close();
        throw new UnavailableException(name + " " + state + "; the end of its output:\n" + said);
    }

    private boolean answers(String path) throws InterruptedException {
        try {
            get(path);
            return true;
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }
}
