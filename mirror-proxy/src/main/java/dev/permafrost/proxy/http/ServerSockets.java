package dev.permafrost.proxy.http;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.ServerDomainSocketChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

/**
 * Makes the sockets that listen. {@code 0.0.0.0} stands for all addresses of IPv4, {@code [::]} for all of IPv6, and no host at
 * all for both, so that the first two can be at the same port. Blocks.
 */
final class ServerSockets {
    private static final Logger log = LoggerFactory.getLogger(ServerSockets.class);
    private static final int BACKLOG = 1024;
    /** IPPROTO_IPV6 and IPV6_V6ONLY of Linux. */
    private static final ChannelOption<Integer> ONLY_IPV6 = new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

    private static final int TYPE_BITS = 0170000;
    private static final int SOCKET_TYPE = 0140000;

    private final LoopResources loops;
    private final EventLoopGroup group;
    /** The configuration's name for where they listen. */
    private final String key;

    ServerSockets(LoopResources loops, String key) {
        this.loops = loops;
        this.key = key;
        this.group = loops.onServer(true);
    }

    /**
     * Listens there.
     *
     * @param server without a channel factory yet
     * @throws StoreException BAD_REQUEST where it can't, and says why
     */
    Channel bind(ServerBootstrap server, Endpoint at) {
        server.option(ChannelOption.SO_BACKLOG, BACKLOG);
        return at instanceof UnixAddress unix ? bind(server, unix) : bind(server, (ListenAddress) at);
    }

    private Channel bind(ServerBootstrap server, ListenAddress at) {
        InetSocketAddress to = at.toSocketAddress();
        server.option(ChannelOption.SO_REUSEADDR, true).childOption(ChannelOption.TCP_NODELAY, true);
        boolean epoll = EpollServerSocketChannel.class.equals(loops.onChannelClass(ServerSocketChannel.class, group));
        if (epoll && to.getAddress() instanceof Inet4Address && !at.isAny()) {
            // a socket of IPv6 would make 0.0.0.0 all addresses of both
            server.channelFactory(() -> new EpollServerSocketChannel(SocketProtocolFamily.INET));
        } else {
            server.channelFactory(() -> loops.onChannel(ServerSocketChannel.class, group));
            if (epoll && !at.isAny()) {
                server.option(ONLY_IPV6, 1);
            }
        }
        return bound(
                server.bind(to), at, "is another server there? Choose an address with --set " + key + "=HOST:PORT");
    }

    private Channel bind(ServerBootstrap server, UnixAddress at) {
        removeStale(at);
        server.channelFactory(() -> loops.onChannel(ServerDomainSocketChannel.class, group));
        Channel channel = bound(
                server.bind(new DomainSocketAddress(at.path().toFile())),
                at,
                "is its folder there, and writable for this user?");
        try {
            Files.setPosixFilePermissions(at.path(), at.mode());
        } catch (IOException e) {
            channel.close().awaitUninterruptibly();
            throw failed(at, "its mode can't be set (" + e + ")", "choose a folder on a local disk", e);
        }
        return channel;
    }

    /** Removes what a server that is no more has left there. */
    private static void removeStale(UnixAddress at) {
        Path file = at.path();
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return;
            }
            if (((int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & TYPE_BITS) != SOCKET_TYPE) {
                throw failed(at, "there is something that is no socket", "choose another path, or move it away", null);
            }
            if (answers(file)) {
                throw failed(at, "another server listens there", "stop that one, or choose another path", null);
            }
            log.debug("{} was left by a process that is no more", at);
            Files.delete(file);
        } catch (IOException e) {
            throw failed(at, String.valueOf(e), "choose another path", e);
        }
    }

    private static boolean answers(Path file) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // a server that does not accept must not hold us up
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(file));
            return true;
        } catch (ConnectException refused) {
            return false;
        }
    }

    private static Channel bound(ChannelFuture binding, Endpoint at, String remedy) {
        binding.awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw failed(at, reason(binding.cause()), remedy, binding.cause());
        }
        return binding.channel();
    }

    private static StoreException failed(Endpoint at, String why, String remedy, @Nullable Throwable cause) {
        return new StoreException(FailureKind.BAD_REQUEST, "can't listen at " + at + ": " + why + "; " + remedy, cause);
    }

    private static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
