package dev.permafrost.proxy.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where one certificate and its key lie, in PEM files.
 *
 * @param chain the server's certificate, then those that link it to its root
 * @param key its private key; may be the same file
 * @param passphraseFile a file whose first line decrypts the key; null for a key that is not encrypted
 */
public record CertificateFiles(
        Path chain, Path key, @Nullable Path passphraseFile) {}
