package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;

/**
 * How what is written becomes records (RFC 8446 §5.1). Over HTTP/1.1 each buffer is encrypted as it is, all its records into one
 * buffer that leaves: what belongs together is put together by whoever writes it, where it costs least. Over HTTP/2 frames are
 * gathered first, since most of them are small.
 */
final class TlsRecords {
    /** Most bytes in one record. */
    static final int BYTES_MAX = 16 << 10;

    private static final int AS_WRITTEN = 0;
    private static final int FRAMES_BYTES = 64 << 10;

    private TlsRecords() {}

    /** Has what is written on an encrypted channel made into records as suits that protocol; does nothing in the clear. */
    static void suit(Channel channel, String protocol) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.setWrapDataSize(protocol.equals(ApplicationProtocolNames.HTTP_2) ? FRAMES_BYTES : AS_WRITTEN);
        }
    }
}
