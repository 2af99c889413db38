package dev.permafrost.proxy.http;

import dev.permafrost.store.blob.OpenBlob;
import io.netty.channel.EventLoop;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the disk ahead of one client: what it is sent has been read before, and what comes next is read meanwhile. On its event loop.
 */
final class ReadAhead {
    private static final int AHEAD_BYTES = 1 << 20;

    private final OpenBlob blob;
    private final long end;
    private final ColdReads reads;
    private final EventLoop loop;
    private final Runnable whenRead;
    private ColdReads.@Nullable Read reading;
    private @Nullable IOException failure;
    private boolean waiting;

    /**
     * Ahead in a part of a file.
     *
     * @param blob of which the caller has a reference for as long as this is not {@linkplain #cancel cancelled}
     * @param end byte after the part's last
     * @param whenRead what to do when what had to be waited for is there, or can't be read
     */
    ReadAhead(OpenBlob blob, long end, ColdReads reads, EventLoop loop, Runnable whenRead) {
        this.blob = blob;
        this.end = end;
        this.reads = reads;
        this.loop = loop;
        this.whenRead = whenRead;
    }

    /**
     * Up to where may be sent, at most so many bytes; the position itself where that has to be waited for, or has {@linkplain #failure
     * failed}.
     */
    long until(long position, int count) {
        long wanted = position + count;
        long seen = Math.min(end, wanted + AHEAD_BYTES);
        long warm = blob.warmUntil(position, seen, System.nanoTime());
        waiting = warm == position;
        if (warm < seen && reading == null && failure == null) {
            // who waits gets the first block as soon as it is there
            long until = waiting ? warm + 1 : Math.min(end, warm + AHEAD_BYTES);
            reading = reads.begin(blob, warm, until, loop, this::read);
        }
        return Math.min(warm, wanted);
    }

    /** What reading failed with; null where it has not. */
    @Nullable IOException failure() {
        return failure;
    }

    private void read(@Nullable IOException failed) {
        reading = null;
        failure = failed;
        if (waiting) {
            waiting = false;
            whenRead.run();
        }
    }

    /** Nothing more is to be sent. */
    void cancel() {
        ColdReads.Read begun = reading;
        if (begun != null) {
            begun.cancel();
        }
    }
}
