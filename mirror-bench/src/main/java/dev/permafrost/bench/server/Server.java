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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server under test that runs and answers: Permafrost by its launcher, or nginx. */
public final class Server implements AutoCloseable {
    private static final int NO_PORT = -1;
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(ANSWER_TIMEOUT)
            .build();

    private final String name;
    private final Program program;
    private final int port;
    private final int tlsPort;

    private Server(String name, Program program, int port, int tlsPort) {
        this.name = name;
        this.program = program;
        this.port = port;
        this.tlsPort = tlsPort;
    }

    /**
     * How to start Permafrost.
     *
     * @param launcher its command
     * @param data its store, made when not there
     * @param upstream the address of the simple index upstream, empty for none
     * @param processors the processors it is bound to, empty for all
     * @param javaOptions what goes into {@code PERMAFROST_JAVA_OPTS}
     * @param log the file that its output goes to
     * @param startTimeout how long it may take; a launcher may have to build first
     * @param certificate a PEM file with key and certificates, for a second port that speaks TLS; null for none
     * @param settings further values for {@code --set}
     */
    public record Permafrost(
            Path launcher,
            Path data,
            String upstream,
            String processors,
            String javaOptions,
            Path log,
            Duration startTimeout,
            @Nullable Path certificate,
            List<String> settings) {}

    /**
     * Starts Permafrost and waits until it lives; where it has no health page, until it answers for that project.
     *
     * @throws UnavailableException with the end of its output if it does not
     */
    public static Server permafrost(Permafrost settings, String project) throws IOException, InterruptedException {
        int port = Program.freePort();
        int tlsPort = settings.certificate() == null ? NO_PORT : Program.freePort();
        List<String> command = new ArrayList<>(List.of(
                settings.launcher().toString(),
                "serve",
                "--data",
                settings.data().toString()));
        if (settings.upstream().isEmpty()) {
            // a repository of which no file speaks has the public PyPI upstream
            Path config = settings.data().resolveSibling(settings.data().getFileName() + ".yaml");
            Files.writeString(config, "repositories:\n  pypi: {default: true}\n");
            command.addAll(List.of("--config", config.toString()));
        } else {
            command.addAll(List.of("--set", "repositories.pypi.upstream=" + settings.upstream()));
        }
        if (tlsPort == NO_PORT) {
            command.addAll(List.of("--set", "listen=127.0.0.1:" + port));
        } else {
            command.addAll(List.of(
                    "--set",
                    "listen=[\"127.0.0.1:" + port + "\", {address: \"127.0.0.1:" + tlsPort + "\", tls: files}]",
                    "--set",
                    "tls.certificates=[\"" + settings.certificate() + "\"]"));
        }
        settings.settings().forEach(setting -> command.addAll(List.of("--set", setting)));
        Program program = Program.start(
                Program.pinned(settings.processors(), command),
                Map.of("PERMAFROST_JAVA_OPTS", settings.javaOptions()),
                settings.log());
        Server server = new Server("permafrost", program, port, tlsPort);
        server.awaitReady(settings.startTimeout(), List.of("/-/health/live", "/simple/" + project + "/"));
        return server;
    }

    /**
     * How to start nginx.
     *
     * @param root what it serves
     * @param home a folder for its configuration and logs
     * @param processors the processors it is bound to, empty for all
     * @param certificate as for Permafrost
     * @param accessLog whether it writes one, as nginx does where nobody says otherwise
     */
    public record Nginx(
            Path root,
            Path home,
            String processors,
            @Nullable Path certificate,
            boolean accessLog) {}

    /**
     * Starts nginx with one worker, set up for speed: sendfile, tcp_nopush, open file cache, session tickets.
     *
     * @param readyPath a path that it answers with 200
     */
    public static Server nginx(Nginx settings, String readyPath) throws IOException, InterruptedException {
        int port = Program.freePort();
        int tlsPort = settings.certificate() == null ? NO_PORT : Program.freePort();
        Path home = Files.createDirectories(settings.home());
        Path config = home.resolve("nginx.conf");
        Files.writeString(config, NginxConfig.forFiles(settings, port, tlsPort));
        List<String> command = List.of(
                Program.require("nginx", "nginx"),
                "-p",
                home.toString(),
                "-e",
                home.resolve("error.log").toString(),
                "-c",
                config.toString());
        Program program =
                Program.start(Program.pinned(settings.processors(), command), Map.of(), home.resolve("nginx.out"));
        Server server = new Server("nginx", program, port, tlsPort);
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

    /**
     * The port of 127.0.0.1 at which it speaks TLS.
     *
     * @throws IllegalStateException if it was started without a certificate
     */
    public int tlsPort() {
        if (tlsPort == NO_PORT) {
            throw new IllegalStateException(name + " was started without a certificate");
        }
        return tlsPort;
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

    /** The address of a path on it over TLS. */
    public URI tlsUri(String path) {
        return URI.create("https://127.0.0.1:" + tlsPort() + path);
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

    /** Its answer to a GET with those fields, each a name and a value, whatever its status. */
    public HttpResponse<byte[]> ask(String path, Duration timeout, String... fields)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(timeout);
        if (fields.length > 0) {
            request.headers(fields);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
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
