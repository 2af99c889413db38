package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a client takes what it is sent. It is looked at now and then, so that an answer costs no timer set and cancelled. An
 * answer that waits for upstream has nothing to be taken, and does not count. On the connection's event loop.
 */
final class WriteProgress {
    private static final Logger log = LoggerFactory.getLogger(WriteProgress.class);
    private static final long LUMP_BYTES = 1L << 30;

    private final Channel channel;
    private final HttpConfig config;
    private final RefusalCounts refusals;
    /** How many bytes its client has confirmed; -1 where that is not known. */
    private final ToLongFunction<Channel> confirmed;
    /** How fast it takes what has been given to its socket; null until there first was something to take at a look. */
    private @Nullable Pace socket;
    /** The same of what waits for its windows. */
    private @Nullable Pace windows;

    private long leftAt;
    private long left;

    WriteProgress(Channel channel, HttpConfig config, RefusalCounts refusals) {
        this(channel, config, refusals, Acknowledged::bytes);
    }

    WriteProgress(Channel channel, HttpConfig config, RefusalCounts refusals, ToLongFunction<Channel> confirmed) {
        this.channel = channel;
        this.confirmed = confirmed;
        this.config = config;
        this.refusals = refusals;
    }

    /** Cuts off a client that takes too little; whether there is something for it to take. */
    boolean look(long now) {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        if (unsent == null || unsent.isEmpty()) {
            if (socket != null) {
                socket.rest();
            }
            return false;
        }
        if (socket == null) {
            socket = pace();
        }
        judge(socket.look(taken(unsent), now));
        return true;
    }

    /** Cuts off a client that opens its windows too little for what it has asked for; {@code sent} is what they have let through. */
    void lookAtWindows(long sent, long now) {
        if (windows == null) {
            windows = pace();
        }
        judge(windows.look(sent, now));
    }

    /** Nothing waits for the client's windows. */
    void windowsAreOpen() {
        if (windows != null) {
            windows.rest();
        }
    }

    private Pace pace() {
        return new Pace(config.writeBytesPerSecondMin(), config.writeSlowWindow(), config.writeProgressTimeout());
    }

    private void judge(@Nullable String slow) {
        if (slow != null) {
            log.info("{} {} and is cut off", channel.remoteAddress(), slow);
            refusals.count(Refusal.SLOW_READER);
            Abort.reset(channel);
        }
    }

    private long taken(ChannelOutboundBuffer unsent) {
        long acknowledged = confirmed.applyAsLong(channel);
        if (acknowledged >= 0) {
            return acknowledged;
        }
        // All that can be seen is whether something moves; a lump that leaves is taken for as much as it can be.
        long position = position(unsent);
        if (position != leftAt) {
            leftAt = position;
            left += LUMP_BYTES;
        }
        return left;
    }

    /** A number that changes whenever a byte leaves. */
    private static long position(ChannelOutboundBuffer unsent) {
        Object current = unsent.current();
        long within = current instanceof FileRegion region ? region.transferred() : unsent.currentProgress();
        return 31L * (31L * System.identityHashCode(current) + within) + unsent.totalPendingWriteBytes();
    }
}
