package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;

/** Ends a connection so that its client knows that what it got is not all: by RST, since a clean end passes for one. */
final class Abort {
    private Abort() {}

    static void reset(Channel channel) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException alreadyClosed) {
            // then there is nobody left to mislead
        }
        var unused = channel.close();
    }
}
