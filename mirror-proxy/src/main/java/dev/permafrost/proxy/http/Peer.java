package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection.
 *
 * @param address without the port
 * @param subject of the certificate that it has shown, null without one
 */
record Peer(String address, @Nullable String subject) {
    static Peer of(Channel channel) {
        SocketAddress remote = channel.remoteAddress();
        String address = remote instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : String.valueOf(remote);
        return new Peer(address, subject(channel));
    }

    private static @Nullable String subject(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null || !(tls.engine().getNeedClientAuth() || tls.engine().getWantClientAuth())) {
            return null;
        }
        try {
            return tls.engine().getSession().getPeerPrincipal().getName();
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }
}
