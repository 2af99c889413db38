package dev.permafrost.proxy.http;

import dev.permafrost.proxy.address.Network;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection.
 *
 * @param address without the port; {@code unix:} through a Unix socket
 * @param subject of the certificate that it has shown, null without one
 * @param trusted whether it is a proxy whose word is taken for whom it speaks for
 * @param server the name by which it asked for a server when it began to speak TLS (SNI, RFC 6066 §3); null where it gave none
 */
record Peer(
        String address,
        @Nullable String subject,
        boolean trusted,
        @Nullable String server) {
    static final String UNIX = "unix:";

    static Peer of(Channel channel, TrustedProxies trust) {
        SocketAddress remote = channel.remoteAddress();
        if (remote instanceof InetSocketAddress inet && inet.getAddress() != null) {
            String address = inet.getAddress().getHostAddress();
            return new Peer(
                    address,
                    subject(channel),
                    !trust.isEmpty() && trust.include(Network.address(withoutZone(address))),
                    ProtocolChoice.server(channel));
        }
        return new Peer(UNIX, subject(channel), trust.unix(), ProtocolChoice.server(channel));
    }

    private static String withoutZone(String address) {
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
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
