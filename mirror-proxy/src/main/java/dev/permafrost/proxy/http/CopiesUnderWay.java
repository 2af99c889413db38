package dev.permafrost.proxy.http;

import io.netty.channel.ChannelFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of files that have been copied into memory for the clients of a front end, and have not left yet. Where there are
 * many, pieces are small: clients that take nothing, each with a large one, would use up the memory of all. For any thread.
 */
final class CopiesUnderWay {
    private static final long MANY_BYTES = 32 << 20;
    private static final int SMALL_PIECE_BYTES = 8 << 10;

    private final AtomicLong bytes = new AtomicLong();

    /** How long a piece may be that usually may be so long. */
    int pieceBytesMax(int usually) {
        return bytes.get() > MANY_BYTES ? Math.min(usually, SMALL_PIECE_BYTES) : usually;
    }

    /** A piece of so many bytes is on its way until that is done, which is returned. */
    ChannelFuture add(int count, ChannelFuture written) {
        bytes.addAndGet(count);
        return written.addListener(done -> bytes.addAndGet(-count));
    }

    /** How many there are. */
    long bytes() {
        return bytes.get();
    }
}
