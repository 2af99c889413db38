package dev.permafrost.proxy.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real nginx on an ephemeral port of 127.0.0.1 that serves a directory, or stands in front of another server; its files are in a folder of its own. */
public final class Nginx implements AutoCloseable {
    private static final int PORT_TRIES_MAX = 5;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);

    /** A request as its access log has it. */
    public record Access(String method, String target, int status, long bodyBytes, String userAgent, String range) {}

    private final Subprocess process;
    private final Path home;
    private final int port;

    private Nginx(Subprocess process, Path home, int port) {
        this.process = process;
        this.home = home;
        this.port = port;
    }

    /** Whether this machine has nginx. */
    public static boolean available() {
        return Subprocess.onPath("nginx").isPresent();
    }

    /**
     * Serves a directory, {@code index.html} for folders and no listings.
     *
     * @param root what it serves
     * @param home an existing folder for its configuration, logs and temporary files
     * @throws IllegalStateException with its error log if it does not start
     */
    public static Nginx serve(Path root, Path home) {
        return start(home, """
                    root "%s";
                    index index.html;
                    autoindex off;
                """.formatted(root));
    }

    /**
     * Does in a server of its own what these directives say.
     *
     * @param directives what goes into its {@code server} block
     * @param home an existing folder for its configuration, logs and temporary files
     * @throws IllegalStateException with its error log if it does not start
     */
    public static Nginx start(Path home, String directives) {
        String said = "";
        for (int i = 0; i < PORT_TRIES_MAX; i++) {
            int port = freePort();
            Path config = write(home.resolve("nginx.conf"), config(directives, home, port));
            Subprocess process = Subprocess.command(
                            "nginx",
                            "-p",
                            home.toString(),
                            "-e",
                            home.resolve("error.log").toString(),
                            "-c",
                            config.toString())
                    .start();
            if (accepts(port, process)) {
                return new Nginx(process, home, port);
            }
            process.close();
            said = process.err() + read(home.resolve("error.log"));
        }
        throw new IllegalStateException("nginx does not start in " + home + ": " + said);
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** The address of that path. */
    public String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    /** The requests it has answered, in the order in which they ended. */
    public List<Access> accesses() {
        return read(home.resolve("access.log")).lines().map(Nginx::access).toList();
    }

    /** How many requests it has answered for that path. */
    public int count(String path) {
        return (int) accesses().stream().filter(a -> a.target().equals(path)).count();
    }

    /** Stops it, master and worker. */
    @Override
    public void close() {
        process.close();
    }

    private static Access access(String line) {
        String[] f = line.split("\t", -1);
        return new Access(f[0], f[1], Integer.parseInt(f[2]), Long.parseLong(f[3]), f[4], f[5]);
    }

    /** Run by root, the worker stays root: it could not read a test's private folders otherwise. */
    private static String config(String directives, Path home, int port) {
        return """
                %1$s
                daemon off;
                worker_processes 1;
                pid "%2$s/nginx.pid";
                events { worker_connections 1024; }
                http {
                  log_format tabs '$request_method\t$request_uri\t$status\t$body_bytes_sent\t$http_user_agent\t$http_range';
                  access_log "%2$s/access.log" tabs;
                  client_body_temp_path "%2$s/body";
                  proxy_temp_path "%2$s/proxy";
                  fastcgi_temp_path "%2$s/fastcgi";
                  uwsgi_temp_path "%2$s/uwsgi";
                  scgi_temp_path "%2$s/scgi";
                  types { text/html html; application/json json; }
                  default_type application/octet-stream;
                  sendfile on;
                  absolute_redirect off;
                  server {
                    listen 127.0.0.1:%3$d;
                %4$s
                  }
                }
                """.formatted(
                        "root".equals(System.getProperty("user.name")) ? "user root;" : "", home, port, directives);
    }

    private static boolean accepts(int port, Subprocess process) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return process.isAlive();
            } catch (IOException e) {
                sleep();
            }
        }
        return false;
    }

    private static void sleep() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
