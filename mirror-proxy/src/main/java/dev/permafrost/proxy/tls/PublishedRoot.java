package dev.permafrost.proxy.tls;

import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A root of ours that clients may fetch.
 *
 * @param pem its certificate
 * @param vouches whether every certificate that clients are shown leads to it, so that they have to trust it
 */
public record PublishedRoot(String pem, boolean vouches) {
    private static final Logger log = LoggerFactory.getLogger(PublishedRoot.class);

    /**
     * The root in that folder, or that of a server which makes its own certificate; null where there is none. Blocks.
     *
     * @param auto the server's own; null where there is none
     * @param folder where {@code permafrost ca} keeps a root; null for nowhere
     */
    public static @Nullable PublishedRoot of(@Nullable AutoTls auto, @Nullable Path folder, TlsConfig config) {
        if (auto != null) {
            return new PublishedRoot(auto.rootPem(), isAboveAll(auto.root(), config));
        }
        if (folder == null || !Files.exists(folder.resolve(CertificateAuthority.ROOT_FILE))) {
            return null;
        }
        try {
            X509Certificate root = CertificateAuthority.root(folder);
            return new PublishedRoot(
                    CertificateAuthority.toPem(root), !config.certificates().isEmpty() && isAboveAll(root, config));
        } catch (StoreException e) {
            log.warn("clients can't fetch the root in {}: {}", folder, e.getMessage());
            return null;
        }
    }

    private static boolean isAboveAll(X509Certificate root, TlsConfig config) {
        return config.certificates().stream().allMatch(shown -> isAbove(root, shown.chain()));
    }

    private static boolean isAbove(X509Certificate root, Path chain) {
        try {
            List<X509Certificate> certificates = PemFiles.certificates(chain);
            certificates.get(certificates.size() - 1).verify(root.getPublicKey());
            return true;
        } catch (GeneralSecurityException | StoreException | IndexOutOfBoundsException e) {
            return false;
        }
    }
}
