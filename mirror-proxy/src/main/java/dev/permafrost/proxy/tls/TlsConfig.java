package dev.permafrost.proxy.tls;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards clients.
 *
 * @param certificates what to show them: the one whose names fit the name that a client asks for (SNI), else the first; none
 * @param clientAuth whether clients must show a certificate too; not
 * @param clientCa PEM file with the roots that clients' certificates lead to; null where they are not asked for
 * @param reloadInterval how often the files are looked at for changes; 5 s
 */
public record TlsConfig(
        List<CertificateFiles> certificates,
        ClientAuthentication clientAuth,
        @Nullable Path clientCa,
        Duration reloadInterval) {
    /** Whether clients show certificates. */
    public enum ClientAuthentication {
        /** They are not asked to. */
        NONE,
        /** They may. */
        OPTIONAL,
        /** Whoever has none is sent away. */
        REQUIRED
    }

    /** Copies the list. */
    public TlsConfig {
        certificates = List.copyOf(certificates);
    }

    /** What holds where nothing is configured. */
    public static TlsConfig defaults() {
        return new TlsConfig(List.of(), ClientAuthentication.NONE, null, Duration.ofSeconds(5));
    }
}
