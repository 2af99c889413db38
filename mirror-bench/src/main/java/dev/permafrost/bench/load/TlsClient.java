package dev.permafrost.bench.load;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.List;
import javax.net.ssl.SSLException;

/** TLS 1.3 by BoringSSL for the generator's connections, with one cipher; whom it speaks to, it does not ask. */
final class TlsClient {
    private static final int SESSIONS_MAX = 100_000;
    private static final int PORTS = 60_000;

    private final SslContext context;

    TlsClient() throws SSLException {
        context = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL_REFCNT)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .protocols("TLSv1.3")
                .ciphers(List.of(ClientTls.CIPHER_SUITE))
                .sessionCacheSize(SESSIONS_MAX)
                .build();
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setSessionCacheEnabled(true);
        }
    }

    /** For a connection that offers the last session of that slot. */
    ReferenceCountedOpenSslEngine resuming(int slot) {
        return engine("127.0.0." + (1 + slot % 250), 1 + slot);
    }

    /** For a connection that offers no session. */
    ReferenceCountedOpenSslEngine fresh() {
        return (ReferenceCountedOpenSslEngine) context.newEngine(UnpooledByteBufAllocator.DEFAULT);
    }

    private ReferenceCountedOpenSslEngine engine(String host, int port) {
        return (ReferenceCountedOpenSslEngine) context.newEngine(UnpooledByteBufAllocator.DEFAULT, host, port % PORTS);
    }
}
