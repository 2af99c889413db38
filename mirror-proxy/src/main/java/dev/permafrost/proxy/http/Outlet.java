package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;

/** Where the body of one answer leaves, piece by piece. On the connection's event loop. */
interface Outlet {
    /** Where it runs. */
    EventLoop loop();

    /** Longest piece in bytes; a long one would keep the loop at one client. */
    int pieceBytesMax();

    /**
     * Sends a piece of a file.
     *
     * @param last whether the answer ends with it
     * @return when it has left, and room for the next
     */
    ChannelFuture write(Tail tail, long position, int count, boolean last);

    /**
     * Sends bytes from memory, at the latest with the piece that follows; takes over the reference.
     *
     * @param last whether the answer ends with them
     */
    ChannelFuture write(ByteBuf bytes, boolean last);

    /** The rest can't be sent: makes the client know it. */
    void abort();
}
