package dev.permafrost.proxy.testing;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A root that nobody trusts but who is told to, and what it vouches for: servers and their clients. */
public final class PrivateRoot {
    private static final char[] NO_PASSWORD = new char[0];

    private final KeyPair keys = newKeys();
    private final X509Certificate certificate;

    /** A new one of that name. */
    public PrivateRoot(String name) {
        certificate = signed(name, keys, name, keys, null, true);
    }

    /** Writes its certificate into a file of that folder. */
    public Path write(Path folder) {
        return write(folder.resolve("root.pem"), certificate);
    }

    /** Writes a certificate for a client and its key into one file of that folder. */
    public Path client(Path folder, String name) {
        KeyPair pair = newKeys();
        X509Certificate issued = signed(issuer(), keys, name, pair, null, false);
        try {
            Object key = new JcaPKCS8Generator(pair.getPrivate(), null).generate();
            return write(folder.resolve(name + ".pem"), key, issued);
        } catch (IOException e) {
            throw new IllegalStateException("a key can be written", e);
        }
    }

    /** What a server at that address does TLS with; it trusts the certificates of this root. */
    public SSLContext server(String address) {
        try {
            KeyPair pair = newKeys();
            X509Certificate issued = signed(issuer(), keys, address, pair, address, false);
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", pair.getPrivate(), NO_PASSWORD, new X509Certificate[] {issued, certificate});
            KeyManagerFactory shown = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            shown.init(store, NO_PASSWORD);
            KeyStore roots = KeyStore.getInstance("PKCS12");
            roots.load(null, null);
            roots.setCertificateEntry("root", certificate);
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(roots);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(shown.getKeyManagers(), trusted.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a server can have a certificate", e);
        }
    }

    private String issuer() {
        return certificate.getSubjectX500Principal().getName().substring("CN=".length());
    }

    private static X509Certificate signed(
            String issuer, KeyPair by, String name, KeyPair pair, @Nullable String address, boolean isRoot) {
        Instant now = Instant.now();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=" + issuer),
                BigInteger.valueOf(System.nanoTime()),
                Date.from(now.minus(Duration.ofHours(1))),
                Date.from(now.plus(Duration.ofDays(1))),
                new X500Name("CN=" + name),
                pair.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isRoot));
            if (address != null) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(new GeneralName(GeneralName.iPAddress, address)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate())));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate can be made", e);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK knows P-256", e);
        }
    }

    private static Path write(Path file, Object... pem) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object one : pem) {
                writer.writeObject(one);
            }
            writer.flush();
            return Files.writeString(file, text.toString());
        } catch (IOException e) {
            throw new IllegalStateException("PEM can be written", e);
        }
    }
}
