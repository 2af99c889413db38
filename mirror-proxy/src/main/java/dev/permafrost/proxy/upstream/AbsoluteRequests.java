package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.UpstreamProxy.Through;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;

/**
 * Asks a proxy for http URLs as a whole (RFC 9112 §3.2.2): proxies make tunnels to the port of https, and by default to no other.
 */
final class AbsoluteRequests extends ChannelOutboundHandlerAdapter {
    private final Through proxy;

    AbsoluteRequests(Through proxy) {
        this.proxy = proxy;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpRequest request && request.uri().startsWith("/")) {
            request.setUri("http://" + request.headers().get(HttpHeaderNames.HOST) + request.uri());
            if (!proxy.user().isEmpty()) {
                request.headers()
                        .set(
                                HttpHeaderNames.PROXY_AUTHORIZATION,
                                Login.basic(proxy.user(), proxy.password().reveal()));
            }
        }
        var unused = context.write(message, promise);
    }
}
