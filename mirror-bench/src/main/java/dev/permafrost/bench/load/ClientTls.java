package dev.permafrost.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Has every load program offer the same TLS to each server: version 1.3, X25519 and AES-128-GCM, whatever it prefers. */
public final class ClientTls {
    /** The one cipher suite that is offered (RFC 8446 appendix B.4). */
    static final String CIPHER_SUITE = "TLS_AES_128_GCM_SHA256";

    /** The one group for the exchange of keys: a hybrid with ML-KEM would cost only the server that knows it. */
    static final String GROUP = "x25519";

    private static final String CONFIG = """
            openssl_conf = init
            [init]
            ssl_conf = ssl
            [ssl]
            system_default = default
            [default]
            MinProtocol = TLSv1.3
            Ciphersuites = %s
            Groups = %s
            """.formatted(CIPHER_SUITE, GROUP.toUpperCase(Locale.ROOT));

    private ClientTls() {}

    /** The environment in which a program that uses OpenSSL offers only that; writes a configuration to that file. */
    public static Map<String, String> environment(Path file) throws IOException {
        Files.writeString(file, CONFIG);
        return Map.of("OPENSSL_CONF", file.toString());
    }
}
