package dev.permafrost.proxy.admin;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens at the store's control socket, where only the user who runs the server (and root) may speak, and runs the verbs
 * asked for there. A thread for each connection, a few at once; one request for each connection.
 */
public final class ControlServer implements AutoCloseable {
    private static final String SOCKET = "control.sock";

    /* The socket's file is made before its mode can be set, so between the two another user might connect. Therefore the
     * mode is only the first door: each connection is also asked of the kernel whose it is (SO_PEERCRED).
     *
     * A caller that leaves does not stop its verb: whoever closes the terminal has not said that half a snapshot is enough. */
    static final int CONNECTIONS_MAX = 8;

    private static final int PATH_BYTES_MAX = 107;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

    private final Path socket;
    private final Map<String, Verb> verbs;
    private final ServerSocketChannel listener;
    private final Semaphore connections = new Semaphore(CONNECTIONS_MAX);
    private final AtomicInteger refusing = new AtomicInteger();

    /** Where the owner of the store in that folder listens. */
    public static Path socketOf(Path root) {
        return root.resolve(SOCKET);
    }

    /**
     * Begins to listen. The caller owns the store; a socket that a dead process left there is replaced.
     *
     * @param socket the socket's path; at most 107 bytes, which is the system's limit
     * @throws StoreException when another process listens there, or no socket can be made there
     */
    public ControlServer(Path socket, Map<String, Verb> verbs) {
        this.socket = socket;
        this.verbs = Map.copyOf(verbs);
        if (isTooLong(socket)) {
            throw new StoreException(
                    FailureKind.DISK_FAILED,
                    "no control socket at " + socket + ": its path is longer than " + PATH_BYTES_MAX
                            + " bytes; move the data folder to a shorter path, or start the server with a relative one");
        }
        try {
            removeStale(socket);
            listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw failed(socket, e);
        }
        try {
            listener.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | UnsupportedOperationException e) {
            closeQuietly(listener);
            throw failed(socket, e);
        }
        daemon("control", this::accept).start();
    }

    /** Whether a path is too long for a socket, so that there can't be a server. */
    static boolean isTooLong(Path socket) {
        return socket.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX;
    }

    /** Stops listening, removes the socket, and waits for the verbs that run, though not for ever. Blocks. */
    @Override
    public void close() {
        if (!listener.isOpen()) {
            return;
        }
        closeQuietly(listener);
        try {
            Files.deleteIfExists(socket);
            if (!connections.tryAcquire(CONNECTIONS_MAX, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("closing while a command still runs");
            }
        } catch (IOException e) {
            log.warn("the control socket {} can't be removed; it does no harm", socket, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel channel = listener.accept();
                dispatch(channel);
            } catch (IOException e) {
                if (listener.isOpen()) {
                    log.warn("the control socket {} failed; commands can't reach this server any more", socket, e);
                    closeQuietly(listener);
                }
            }
        }
    }

    private void dispatch(SocketChannel channel) {
        if (connections.tryAcquire()) {
            daemon("control-verb", () -> {
                        try (channel) {
                            serve(channel);
                        } catch (IOException e) {
                            log.debug("a command left", e);
                        } finally {
                            connections.release();
                        }
                    })
                    .start();
        } else if (refusing.incrementAndGet() <= CONNECTIONS_MAX) {
            daemon("control-refuse", () -> {
                        try (channel) {
                            refuse(channel);
                        } catch (IOException e) {
                            log.debug("a command left", e);
                        } finally {
                            refusing.decrementAndGet();
                        }
                    })
                    .start();
        } else {
            refusing.decrementAndGet();
            closeQuietly(channel);
        }
    }

    private void refuse(SocketChannel channel) throws IOException {
        try (ControlChannel control = new ControlChannel(channel)) {
            control.request();
            control.finish(ControlMessages.failure(
                    FailureKind.OVERLOADED,
                    CONNECTIONS_MAX + " commands are running already; try again when one has ended"));
        }
    }

    private void serve(SocketChannel channel) throws IOException {
        try (ControlChannel control = new ControlChannel(channel)) {
            String peer =
                    channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
            String owner = Files.getOwner(socket).getName();
            if (!peer.equals(owner) && !peer.equals("root")) {
                log.warn("the user {} may not give commands here; only {} and root may", peer, owner);
                control.finish(ControlMessages.failure(
                        FailureKind.STORE_LOCKED, "only " + owner + " and root may give commands to this server"));
                return;
            }
            control.finish(answer(control));
        }
    }

    private String answer(ControlChannel control) throws IOException {
        try {
            ControlMessages.Request request = ControlMessages.request(control.request());
            Verb verb = verbs.get(request.verb());
            if (verb == null) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "the running server does not know '" + request.verb() + "'; is it of another version?");
            }
            return ControlMessages.result(verb.run(request.arguments(), control::progress));
        } catch (StoreException e) {
            log.debug("a command failed", e);
            return ControlMessages.failure(e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            log.error("a command failed by a fault of ours", e);
            return ControlMessages.failure(
                    FailureKind.INTERNAL, "a fault in Permafrost: " + e + "; the server's log says more");
        }
    }

    private static void removeStale(Path socket) throws IOException {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
        } catch (ConnectException e) {
            log.debug("{} was left by a process that is no more", socket);
            Files.delete(socket);
            return;
        }
        throw new StoreException(
                FailureKind.STORE_LOCKED, "another Permafrost listens at " + socket + "; end that one first");
    }

    private static StoreException failed(Path socket, Exception e) {
        return new StoreException(
                FailureKind.DISK_FAILED,
                "no control socket at " + socket + " (" + e.getMessage()
                        + "); the data folder must be on a file system that has sockets and owners",
                e);
    }

    private static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void closeQuietly(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception e) {
            log.debug("closing failed", e);
        }
    }
}
