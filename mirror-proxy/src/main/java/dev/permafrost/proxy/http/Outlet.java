package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;

/** Where the body of one answer leaves, piece by piece. On the connection's event loop. */
interface Outlet {
    /** Where it runs. */
    EventLoop loop();

    /** What it has in common with others. */
    FileTraffic files();

    /**
     * Longest piece in bytes that can leave at this moment, and does not keep the loop at one client; none where it is not positive,
     * and then nothing is to be read into memory either.
     */
    int room();

    /** Has that done once, when there may be room; in place of what was to be done before. */
    void whenRoom(Runnable then);

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

    /**
     * The same where sending a part of a file has failed, which the operator is told of if it is for the file's sake.
     *
     * @param sentBytes of that part
     */
    void abort(Tail file, Throwable why, long sentBytes, long partBytes);
}
