package dev.permafrost.proxy.http;

import io.netty.channel.ChannelFuture;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.IntSupplier;

/**
 * Whose turn it is to copy a piece of its file into memory, of the exchanges of one HTTP/2 connection: first come, first served, as
 * long as there is room. On the connection's event loop.
 */
final class CopyTurns {
    private final IntSupplier roomBytes;
    private final Queue<Http2Exchange> waiting = new ArrayDeque<>(0);
    /** Bytes that have been copied and not sent yet. */
    private int copied;
    /** Some are being told that they may send, further down the stack. */
    private boolean resuming;
    /** Something was sent meanwhile. */
    private boolean again;

    /**
     * Turns on one connection.
     *
     * @param roomBytes how much may be under way in all its streams together
     */
    CopyTurns(IntSupplier roomBytes) {
        this.roomBytes = roomBytes;
    }

    /** How many bytes more may be copied; none where it is not positive. */
    int room() {
        return roomBytes.getAsInt() - copied;
    }

    /** So many have been, and are on their way. */
    ChannelFuture add(int bytes, ChannelFuture written) {
        copied += bytes;
        return written.addListener(done -> {
            copied -= bytes;
            resume();
        });
    }

    /** Tells an exchange when there may be room for it. */
    void await(Http2Exchange exchange) {
        waiting.add(exchange);
    }

    /** It has left. */
    void awaitNoMore(Http2Exchange exchange) {
        waiting.remove(exchange);
    }

    /** Whether nobody waits. */
    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Has each of those that wait send what it can, as long as there is room; who can't waits on. */
    void resume() {
        again = resuming;
        if (resuming) {
            return;
        }
        resuming = true;
        try {
            do {
                again = false;
                for (int left = waiting.size(); left > 0 && room() > 0; left--) {
                    Http2Exchange next = waiting.poll();
                    if (next != null) {
                        next.resume();
                    }
                }
            } while (again);
        } finally {
            resuming = false;
        }
    }
}
