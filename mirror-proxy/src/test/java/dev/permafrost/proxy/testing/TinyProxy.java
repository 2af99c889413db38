package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy on loopback (RFC 9110 §7.7 and §9.3.6): tunnels by CONNECT, and requests with an absolute URL, one a connection. It knows
 * hosts that no resolver knows, and may ask for a login.
 */
public final class TinyProxy implements AutoCloseable {
    private static final int HEAD_BYTES_MAX = 64 << 10;

    private final ServerSocket listener;
    private final @Nullable String login;
    private final Map<String, Integer> hosts = new ConcurrentHashMap<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    private TinyProxy(ServerSocket listener, @Nullable String login) {
        this.listener = listener;
        this.login = login;
    }

    /**
     * Starts one.
     *
     * @param login what the Proxy-Authorization field must be; null for none
     */
    public static TinyProxy start(@Nullable String login) {
        try {
            TinyProxy proxy = new TinyProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), login);
            proxy.run(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets a host be at that port of this machine, whatever the port asked for. */
    public TinyProxy host(String name, int port) {
        hosts.put(name, port);
        return this;
    }

    /** Where it is, as host and port. */
    public String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** The heads of all requests so far, as they came. */
    public List<String> heads() {
        return List.copyOf(heads);
    }

    /** The first lines of all requests so far. */
    public List<String> requests() {
        return heads.stream().map(head -> head.lines().findFirst().orElse("")).toList();
    }

    /** Stops listening, and ends every connection. */
    @Override
    public void close() {
        quietly(listener);
        sockets.forEach(TinyProxy::quietly);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                run(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            heads.add(head);
            String[] line = head.lines().findFirst().orElse("").split(" ", -1);
            if (login != null && !head.contains("roxy-authorization: " + login + "\r\n")) {
                String refusal = String.join(
                        "\r\n",
                        "HTTP/1.1 407 Proxy Authentication Required",
                        "Proxy-Authenticate: Basic realm=\"x\"",
                        "Content-Length: 0",
                        "Connection: close",
                        "",
                        "");
                client.getOutputStream().write(refusal.getBytes(ISO_8859_1));
                return;
            }
            boolean tunnel = line[0].equals("CONNECT");
            URI url = URI.create(tunnel ? "x://" + line[1] : line[1]);
            Integer port = hosts.get(url.getHost());
            int asked = url.getPort() < 0 ? 80 : url.getPort();
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port == null ? asked : port)) {
                sockets.add(server);
                if (tunnel) {
                    client.getOutputStream().write("HTTP/1.1 200 Connected\r\n\r\n".getBytes(ISO_8859_1));
                } else {
                    server.getOutputStream().write(forwarded(head, url).getBytes(ISO_8859_1));
                }
                Thread back = run(() -> copy(server, client));
                copy(client, server);
                back.join();
            }
        } catch (IOException e) {
            // One of the two has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The head as the server gets it: with a path, without what is for the proxy. */
    private static String forwarded(String head, URI url) {
        List<String> lines = new ArrayList<>(head.strip().lines().toList());
        lines.set(
                0,
                "GET " + url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery()) + " HTTP/1.1");
        lines.removeIf(line -> line.toLowerCase(Locale.ROOT).startsWith("proxy-"));
        lines.add("Connection: close");
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0 || head.size() > HEAD_BYTES_MAX) {
                throw new IOException("no head");
            }
            head.write(b);
        }
        return head.toString(ISO_8859_1);
    }

    private static void copy(Socket from, Socket to) {
        try {
            byte[] buffer = new byte[16 << 10];
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            quietly(from);
            quietly(to);
        }
    }

    private Thread run(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void quietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Nothing is left to be done with it.
        }
    }
}
