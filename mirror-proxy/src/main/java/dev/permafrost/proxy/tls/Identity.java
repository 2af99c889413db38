package dev.permafrost.proxy.tls;

import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A certificate with its chain and its private key.
 *
 * @param chain the certificate itself, then those that link it to its root
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {
    private static final Integer DNS_NAME = 2;
    private static final Integer IP_ADDRESS = 7;

    Identity {
        chain = List.copyOf(chain);
    }

    X509Certificate certificate() {
        return chain.get(0);
    }

    /** The DNS names that it is good for, in lower case. */
    List<String> dnsNames() {
        return names(certificate(), DNS_NAME);
    }

    /** The DNS names and addresses that a certificate is good for (RFC 5280 §4.2.1.6). */
    static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>(names(certificate, DNS_NAME));
        names.addAll(names(certificate, IP_ADDRESS));
        return names;
    }

    private static List<String> names(X509Certificate certificate, Integer kind) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return List.of();
        }
        if (names == null) {
            return List.of();
        }
        return names.stream()
                .filter(name -> kind.equals(name.get(0)))
                .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
                .toList();
    }
}
