package dev.permafrost.proxy.tls;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards upstream: whom to trust, and what to show.
 *
 * @param key the key of the configuration that the files are named under
 */
public record UpstreamTrust(String key) {
    /**
     * What a client does TLS with; it checks that a certificate is for the host that it connects to. Blocks.
     *
     * @param certificate what it shows where it is asked to; null for nothing
     * @param ca PEM file with further roots; null for none
     * @param systemCa whether Java's own roots count
     * @throws StoreException BAD_REQUEST where a file can't be used; it names the key, the file and the remedy
     */
    public SslContext context(@Nullable CertificateFiles certificate, @Nullable Path ca, boolean systemCa) {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2");
            if (ca != null) {
                List<X509Certificate> roots = new ArrayList<>(PemFiles.certificates(ca));
                if (systemCa) {
                    roots.addAll(systemRoots());
                }
                builder.trustManager(roots);
            }
            if (certificate != null) {
                Identity identity = PemFiles.identity(certificate);
                builder.keyManager(identity.key(), identity.chain());
            }
            return builder.build();
        } catch (StoreException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, key + ": " + e.getMessage(), e);
        } catch (IOException | GeneralSecurityException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, key + ": can't be used for TLS: " + e.getMessage(), e);
        }
    }

    /** What Java trusts: its own list, the system's in its place, or that of javax.net.ssl.trustStore. */
    private static List<X509Certificate> systemRoots() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        List<X509Certificate> roots = new ArrayList<>();
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trusting) {
                roots.addAll(Arrays.asList(trusting.getAcceptedIssuers()));
            }
        }
        return roots;
    }
}
