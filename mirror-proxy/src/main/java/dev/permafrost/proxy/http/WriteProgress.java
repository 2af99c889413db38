package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a client takes what it is sent. It is looked at now and then, so that an answer costs no timer set and cancelled. On
 * the connection's event loop.
 */
final class WriteProgress {
    private static final Logger log = LoggerFactory.getLogger(WriteProgress.class);

    private final Channel channel;
    private final Duration timeout;
    /** How far the answers under way were at the last look that saw them move, and when that was. */
    private long position;

    private long positionSinceNanos;

    WriteProgress(Channel channel, Duration timeout) {
        this.channel = channel;
        this.timeout = timeout;
    }

    /** Cuts off a client that takes nothing; whether there is something for it to take. */
    boolean look(long now) {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        if (unsent == null || unsent.isEmpty()) {
            return false;
        }
        long reached = position(unsent);
        if (reached != position) {
            position = reached;
            positionSinceNanos = now;
        } else if (now - positionSinceNanos >= timeout.toNanos()) {
            log.info(
                    "{} took no byte for {} s and is cut off (http.write-progress-timeout)",
                    channel.remoteAddress(),
                    timeout.toSeconds());
            Abort.reset(channel);
        }
        return true;
    }

    /** A number that changes whenever a byte leaves. */
    private static long position(ChannelOutboundBuffer unsent) {
        Object current = unsent.current();
        long within = current instanceof FileRegion region ? region.transferred() : unsent.currentProgress();
        return 31L * (31L * System.identityHashCode(current) + within) + unsent.totalPendingWriteBytes();
    }
}
