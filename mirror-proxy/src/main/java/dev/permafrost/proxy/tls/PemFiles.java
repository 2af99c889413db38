package dev.permafrost.proxy.tls;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/**
 * Reads certificates and private keys from PEM files (RFC 7468): PKCS#8, PKCS#1 and SEC 1 keys, RSA or EC, encrypted or not.
 * Whatever is wrong with a file is a BAD_REQUEST that names it and says what to do; no key is ever part of a message.
 */
final class PemFiles {
    private static final long FILE_BYTES_MAX = 1 << 20;
    /** Only for encrypted keys, of which the JDK's own providers know too few kinds. */
    static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

    private PemFiles() {}

    /** A certificate, its chain and its key, which fit each other. */
    static Identity identity(CertificateFiles files) {
        List<X509Certificate> chain = certificates(files.chain());
        PrivateKey key = key(files.key(), passphrase(files.passphraseFile()));
        if (!fit(chain.get(0).getPublicKey(), key)) {
            throw bad(
                    files.key(),
                    "is not the key of the first certificate in " + files.chain()
                            + "; give the key that the certificate was made with, and the server's certificate first",
                    null);
        }
        return new Identity(chain, key);
    }

    /** All certificates of a file, of which there is at least one. */
    static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
            for (Object found : parse(file)) {
                if (found instanceof X509CertificateHolder holder) {
                    certificates.add(converter.getCertificate(holder));
                }
            }
        } catch (GeneralSecurityException e) {
            throw bad(file, "has a certificate that can't be read: " + e.getMessage(), e);
        }
        if (certificates.isEmpty()) {
            throw bad(file, "has no certificate; it must have a line -----BEGIN CERTIFICATE-----", null);
        }
        return certificates;
    }

    /** The first private key of a file. */
    static PrivateKey key(Path file, char @Nullable [] passphrase) {
        JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
        try {
            for (Object found : parse(file)) {
                if (found instanceof PrivateKeyInfo info) {
                    return converter.getPrivateKey(info);
                } else if (found instanceof PEMKeyPair pair) {
                    return converter.getPrivateKey(pair.getPrivateKeyInfo());
                } else if (found instanceof PEMEncryptedKeyPair encrypted) {
                    PEMKeyPair pair = encrypted.decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                            .setProvider(PROVIDER)
                            .build(needed(file, passphrase)));
                    return converter.getPrivateKey(pair.getPrivateKeyInfo());
                } else if (found instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
                    return converter.getPrivateKey(
                            encrypted.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                                    .setProvider(PROVIDER)
                                    .build(needed(file, passphrase))));
                }
            }
        } catch (IOException | PKCSException | OperatorCreationException e) {
            throw bad(file, "has a key that can't be read; is the passphrase right?", e);
        }
        throw bad(file, "has no private key; it must have a line such as -----BEGIN PRIVATE KEY-----", null);
    }

    /** The first line of a passphrase file; null without one. */
    static char @Nullable [] passphrase(@Nullable Path file) {
        if (file == null) {
            return null;
        }
        String first = text(file).lines().findFirst().orElse("");
        if (first.isEmpty()) {
            throw bad(file, "is empty; its first line must be the passphrase", null);
        }
        return first.toCharArray();
    }

    private static char[] needed(Path file, char @Nullable [] passphrase) {
        if (passphrase == null) {
            throw bad(file, "is encrypted; name a file with its passphrase", null);
        }
        return passphrase;
    }

    private static List<Object> parse(Path file) {
        List<Object> found = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(text(file)))) {
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                found.add(next);
            }
        } catch (PEMException e) {
            throw bad(file, "has a block that can't be read; is it cut off?", e);
        } catch (StoreException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw bad(file, "is not in PEM form", e);
        }
        return found;
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw bad(file, "has more than " + FILE_BYTES_MAX + " bytes, which no PEM file needs", null);
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw bad(file, "is not there", e);
        } catch (IOException e) {
            throw bad(file, "can't be read (" + e.getMessage() + ")", e);
        }
    }

    /** Whether the private key belongs to the public one: what one signs, the other verifies. */
    private static boolean fit(PublicKey known, PrivateKey key) {
        String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        byte[] message = new byte[32];
        new SecureRandom().nextBytes(message);
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(message);
            byte[] signed = signature.sign();
            signature.initVerify(known);
            signature.update(message);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static StoreException bad(Path file, String what, @Nullable Exception cause) {
        return new StoreException(FailureKind.BAD_REQUEST, file + " " + what, cause);
    }
}
