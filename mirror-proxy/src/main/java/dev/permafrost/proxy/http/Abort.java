package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;

/** Ends a connection so that its client knows that what it got is not all: by RST, since a clean end passes for one. */
final class Abort {
    private Abort() {}

    /** Resets the connection; under TLS without a close_notify, which would say that all is well (RFC 8446 §6.1). */
    static void reset(Channel channel) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException alreadyClosed) {
            // then there is nobody left to mislead
        }
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        // what begins at the context goes past its handler
        var unused = tls == null ? channel.close() : tls.close();
    }
}
