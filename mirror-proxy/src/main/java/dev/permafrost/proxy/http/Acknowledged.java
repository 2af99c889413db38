package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the other end of a TCP connection has confirmed (tcpi_bytes_acked, Linux 4.1). What this process has handed to
 * the kernel says little: the kernel holds megabytes for a slow client, and asks for more only when a third of them has left.
 */
final class Acknowledged {
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int BYTES_ACKED_OFFSET = 120;
    private static final RawUnixChannelOption INFO =
            new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, BYTES_ACKED_OFFSET + Long.BYTES);

    private Acknowledged() {}

    /** The number; -1 where it can't be had, for 0 is what a client has confirmed in its first round trip. On the connection's event loop. */
    static long bytes(Channel channel) {
        if (!(channel instanceof EpollSocketChannel socket)) {
            return -1;
        }
        try {
            @Nullable ByteBuffer info = socket.config().getOption(INFO);
            return info == null ? -1 : info.order(ByteOrder.nativeOrder()).getLong(BYTES_ACKED_OFFSET);
        } catch (ChannelException | IndexOutOfBoundsException unknown) {
            return -1;
        }
    }
}
