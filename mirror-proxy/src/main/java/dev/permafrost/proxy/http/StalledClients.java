package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.AttributeKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts off clients that take no byte of an answer for too long. One look at each connection now and then, so that an answer
 * costs nothing for it.
 */
final class StalledClients {
    private static final Logger log = LoggerFactory.getLogger(StalledClients.class);
    private static final AttributeKey<Mark> MARK = AttributeKey.valueOf(StalledClients.class, "mark");

    private final ChannelGroup channels;
    private final Duration timeout;

    /** How far a connection's answer had come, and since when it has been there. */
    private record Mark(long position, long sinceNanos) {}

    StalledClients(ChannelGroup channels, Duration timeout) {
        this.channels = channels;
        this.timeout = timeout;
    }

    /** Looks at every connection, each on its own event loop. */
    void look() {
        long now = System.nanoTime();
        for (Channel channel : channels) {
            channel.eventLoop().execute(() -> look(channel, now));
        }
    }

    private void look(Channel channel, long now) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        if (waiting == null || waiting.isEmpty()) {
            channel.attr(MARK).set(null);
            return;
        }
        long position = position(waiting);
        @Nullable Mark before = channel.attr(MARK).get();
        if (before == null || before.position != position) {
            channel.attr(MARK).set(new Mark(position, now));
        } else if (now - before.sinceNanos >= timeout.toNanos()) {
            log.info(
                    "{} took no byte for {} s and is cut off (http.write-progress-timeout)",
                    channel.remoteAddress(),
                    timeout.toSeconds());
            Abort.reset(channel);
        }
    }

    private static long position(ChannelOutboundBuffer waiting) {
        Object current = waiting.current();
        long within = current instanceof FileRegion region ? region.transferred() : waiting.currentProgress();
        return 31L * (31L * System.identityHashCode(current) + within) + waiting.totalPendingWriteBytes();
    }
}
