package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;

/** Ends a connection so that its client knows that what it got is not all: by RST, since a clean end passes for one. */
final class Abort {
    private Abort() {}

    /**
     * From now on whatever closes the connection resets it, until it is to {@linkplain #orderly end in order}: Netty closes it by
     * itself where a file can't be read to its end, and so does the kernel where this process is no more.
     */
    static void byDefault(Channel channel) {
        linger(channel, 0);
    }

    /** Has the connection end in order again, with all that it has been given. */
    static void orderly(Channel channel) {
        linger(channel, -1);
    }

    /** Resets the connection; under TLS without a close_notify, which would say that all is well (RFC 8446 §6.1). */
    static void reset(Channel channel) {
        byDefault(channel);
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        // what begins at the context goes past its handler
        var unused = tls == null ? channel.close() : tls.close();
    }

    private static void linger(Channel channel, int seconds) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, seconds);
        } catch (ChannelException alreadyClosed) {
            // then there is nobody left to mislead
        }
    }
}
