package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.util.AttributeKey;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the end of a TLS handshake, and then for what client and server have agreed to speak (ALPN, RFC 7301). */
final class ProtocolChoice extends ApplicationProtocolNegotiationHandler {
    private static final Logger log = LoggerFactory.getLogger(ProtocolChoice.class);

    private static final AttributeKey<String> SERVER = AttributeKey.valueOf(ProtocolChoice.class, "server");

    private final BiConsumer<Channel, String> speak;
    private final Consumer<Boolean> ended;
    private boolean told;

    /**
     * Has a connection spoken to in a protocol of {@link ApplicationProtocolNames}; HTTP/1.1 with clients that don't care.
     *
     * @param ended is told once how the handshake ended: whether it is done
     */
    ProtocolChoice(BiConsumer<Channel, String> speak, Consumer<Boolean> ended) {
        super(ApplicationProtocolNames.HTTP_1_1);
        this.speak = speak;
        this.ended = ended;
    }

    /** The name of the server that a client asked for when it began to speak TLS; null where it gave none, or does not. */
    static @Nullable String server(Channel channel) {
        return channel.hasAttr(SERVER) ? channel.attr(SERVER).get() : null;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof SniCompletionEvent asked && asked.hostname() != null) {
            context.channel().attr(SERVER).set(asked.hostname());
        }
        super.userEventTriggered(context, event);
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext context, String protocol) {
        tell(true);
        speak.accept(context.channel(), protocol);
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
        tell(false);
        log.debug("no TLS with {}: {}", context.channel().remoteAddress(), cause.getMessage());
        var unused = context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        tell(false);
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        tell(false);
        log.debug("no TLS with {}: {}", context.channel().remoteAddress(), cause.getMessage());
        var unused = context.close();
    }

    private void tell(boolean done) {
        if (!told) {
            told = true;
            ended.accept(done);
        }
    }
}
