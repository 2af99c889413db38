package dev.permafrost.proxy.repo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards a repository's upstream. The files are read when the server starts.
 *
 * @param certificate PEM file with the certificate that upstream is shown, and nobody else; null for none
 * @param key its private key; may be the same file; null where there is no certificate
 * @param passphraseFile a file whose first line decrypts the key; null for a key that is not encrypted
 * @param ca PEM file with roots to trust; null for none but the system's
 * @param systemCa whether those that Java trusts are trusted too; true
 */
public record UpstreamTls(
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable Path passphraseFile,
        @Nullable Path ca,
        boolean systemCa) {
    /** What holds where nothing is configured: no certificate, and the system's roots. */
    public static UpstreamTls defaults() {
        return new UpstreamTls(null, null, null, null, true);
    }
}
