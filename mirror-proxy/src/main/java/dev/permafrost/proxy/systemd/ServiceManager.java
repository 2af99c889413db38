package dev.permafrost.proxy.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.DomainDatagramChannel;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.resources.LoopResources;

/**
 * Tells systemd how the server is (sd_notify(3)): that it is ready, that it stops, and, where a watchdog is set, that every
 * event loop still turns. Without systemd there is none of these objects.
 */
public final class ServiceManager implements AutoCloseable {
    /* Sent from one of the event loops, since Java 17 knows no datagram sockets of the file system.
     *
     * The watchdog's word goes round all event loops, each handing it to the next, and leaves from the last: one that hangs
     * keeps it, and systemd restarts the server. It is a turn of each loop every few seconds. */
    private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(2);
    /** How long closing takes of everything that has no limit of its own, the store above all. */
    private static final Duration REST = Duration.ofSeconds(60);

    private static final int ADDRESS_BYTES_MAX = 107;

    private final EventLoopGroup group;
    private final DomainSocketAddress address;
    private final @Nullable Duration watchdog;
    private final Duration stop;
    private final Channel channel;
    private volatile boolean closed;

    private ServiceManager(
            EventLoopGroup group,
            DomainSocketAddress address,
            @Nullable Duration watchdog,
            Duration stop,
            Channel channel) {
        this.group = group;
        this.stop = stop;
        this.address = address;
        this.watchdog = watchdog;
        this.channel = channel;
    }

    /**
     * The manager that has started this process, as its environment says; null where there is none, or none that can be spoken
     * to, which the log says. Blocks.
     *
     * @param clientsEndWithin how long what is under way may take at the end
     */
    @SuppressWarnings("deprecation") // Netty 4.2 has nothing else that makes an unbound datagram channel active
    public static @Nullable ServiceManager of(
            Map<String, String> environment, LoopResources loops, Duration clientsEndWithin) {
        String socket = environment.get("NOTIFY_SOCKET");
        if (socket == null || socket.isEmpty()) {
            return null;
        }
        if ((!socket.startsWith("/") && !socket.startsWith("@")) || socket.getBytes(UTF_8).length > ADDRESS_BYTES_MAX) {
            log.warn("NOTIFY_SOCKET is {}, which is no address that this server can tell how it is", socket);
            return null;
        }
        // sd_notify(3): '@' stands for the NUL byte of an abstract address
        String path = socket.startsWith("@") ? '\0' + socket.substring(1) : socket;
        EventLoopGroup group = loops.onServer(true);
        ChannelFuture opened;
        try {
            opened = new Bootstrap()
                    .group(group.next())
                    .channelFactory(() -> loops.onChannel(DomainDatagramChannel.class, group))
                    .option(ChannelOption.DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION, true)
                    .handler(new ChannelInboundHandlerAdapter())
                    .register()
                    .awaitUninterruptibly();
        } catch (IllegalArgumentException noSuchTransport) {
            log.warn("systemd is not told how this server is: that needs the epoll transport", noSuchTransport);
            return null;
        }
        if (!opened.isSuccess()) {
            log.warn("systemd is not told how this server is: {}", String.valueOf(opened.cause()));
            return null;
        }
        return new ServiceManager(
                group,
                new DomainSocketAddress(path),
                watchdog(environment),
                clientsEndWithin.plus(REST),
                opened.channel());
    }

    /** How often systemd wants to hear of us; null where it does not, or means another process. */
    private static @Nullable Duration watchdog(Map<String, String> environment) {
        String micros = environment.get("WATCHDOG_USEC");
        String pid = environment.get("WATCHDOG_PID");
        boolean others = pid != null
                && !pid.equals(String.valueOf(ProcessHandle.current().pid()));
        if (micros == null || others || !micros.matches("[0-9]{1,15}") || Long.parseLong(micros) == 0) {
            return null;
        }
        return Duration.ofNanos(Long.parseLong(micros) * 1000);
    }

    /**
     * Says that the server is ready, and from now on that it lives.
     *
     * @param status for people: one line
     */
    public void ready(String status) {
        var unused = send("READY=1\nSTATUS=" + status);
        if (watchdog != null) {
            awaitTurn();
        }
    }

    private void awaitTurn() {
        if (!closed && watchdog != null) {
            var unused = channel.eventLoop()
                    .schedule(() -> pass(group.iterator()), watchdog.toNanos() / 2, TimeUnit.NANOSECONDS);
        }
    }

    private void pass(Iterator<EventExecutor> rest) {
        if (closed) {
            return;
        }
        if (rest.hasNext()) {
            rest.next().execute(() -> pass(rest));
        } else {
            var unused = send("WATCHDOG=1");
            awaitTurn();
        }
    }

    private ChannelFuture send(String state) {
        return channel.writeAndFlush(new DomainDatagramPacket(Unpooled.copiedBuffer(state, UTF_8), address))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        log.warn(
                                "systemd can't be told {}: {}",
                                state.lines().findFirst().orElse(""),
                                sent.cause().toString());
                    }
                });
    }

    /**
     * Says that the server stops, and how long that may take, which is more than TimeoutStopSec where the configuration allows clients
     * more (EXTEND_TIMEOUT_USEC); and no more. Blocks until it is said.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + stop.toNanos() / 1000 + "\nSTATUS=Finishing what is under way")
                .awaitUninterruptibly(SEND_TIMEOUT.toMillis());
        channel.close().awaitUninterruptibly(SEND_TIMEOUT.toMillis());
    }
}
