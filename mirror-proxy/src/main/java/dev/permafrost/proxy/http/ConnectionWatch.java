package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches one connection, beside the codec: closes it when no request comes, or none gets complete, for too long, and cuts its
 * client off when it takes no byte of an answer for too long. All connections are looked at now and then, so that a request
 * costs two counts and a clock reading instead of timers set and cancelled. Runs on the connection's event loop.
 */
final class ConnectionWatch extends ChannelDuplexHandler {
    static final String NAME = "permafrost.watch";
    private static final Logger log = LoggerFactory.getLogger(ConnectionWatch.class);

    private final Duration idleTimeout;
    private final Duration writeProgressTimeout;
    /** Requests that have no complete answer yet. */
    private int requests;
    /** When there last was a request, or an answer was complete. */
    private long quietSinceNanos = System.nanoTime();
    /** How far the answer under way was at the last look that saw it move, and when that was. */
    private long position;

    private long positionSinceNanos;

    ConnectionWatch(Duration idleTimeout, Duration writeProgressTimeout) {
        this.idleTimeout = idleTimeout;
        this.writeProgressTimeout = writeProgressTimeout;
    }

    /** Has every connection look at itself. */
    static void look(ChannelGroup channels) {
        for (Channel channel : channels) {
            channel.eventLoop().execute(() -> {
                @Nullable ConnectionWatch watch = (ConnectionWatch) channel.pipeline().get(NAME);
                if (watch != null) {
                    watch.look(channel, System.nanoTime());
                }
            });
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest) {
            requests++;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof LastHttpContent) {
            requests = Math.max(0, requests - 1);
            quietSinceNanos = System.nanoTime();
        }
        var unused = context.write(message, promise);
    }

    private void look(Channel channel, long now) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        if (waiting != null && !waiting.isEmpty()) {
            lookAtAnswer(channel, waiting, now);
        } else if (requests == 0 && now - quietSinceNanos >= idleTimeout.toNanos()) {
            var unused = channel.close();
        }
    }

    private void lookAtAnswer(Channel channel, ChannelOutboundBuffer waiting, long now) {
        long reached = position(waiting);
        if (reached != position) {
            position = reached;
            positionSinceNanos = now;
        } else if (now - positionSinceNanos >= writeProgressTimeout.toNanos()) {
            log.info(
                    "{} took no byte for {} s and is cut off (http.write-progress-timeout)",
                    channel.remoteAddress(),
                    writeProgressTimeout.toSeconds());
            Abort.reset(channel);
        }
    }

    /** A number that changes whenever a byte leaves. */
    private static long position(ChannelOutboundBuffer waiting) {
        Object current = waiting.current();
        long within = current instanceof FileRegion region ? region.transferred() : waiting.currentProgress();
        return 31L * (31L * System.identityHashCode(current) + within) + waiting.totalPendingWriteBytes();
    }
}
