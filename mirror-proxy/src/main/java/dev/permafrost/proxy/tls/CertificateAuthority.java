package dev.permafrost.proxy.tls;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A small private certificate authority in a folder: {@code root.pem}, {@code root-key.pem}, and for each server that it has
 * issued for one {@code NAME.pem} with key and certificate in one file, so that both change at once. Keys are on P-256 and
 * readable by their owner alone. What it issues passes the strict checks of RFC 5280 that Python 3.13 makes.
 */
public final class CertificateAuthority {
    /** The root's certificate in a folder. */
    public static final String ROOT_FILE = "root.pem";

    private static final String KEY_FILE = "root-key.pem";
    private static final Duration ROOT_LIFE = Duration.ofDays(3650);
    /** Clocks of air-gapped hosts differ. */
    private static final Duration CLOCK_SKEW = Duration.ofHours(1);

    private static final String SIGNED_WITH = "SHA256withECDSA";
    private static final int PASSPHRASE_ROUNDS = 600_000;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final X500Name NAMELESS = new X500Name(new RDN[0]);

    private final X509Certificate root;
    private final PrivateKey key;
    private final Clock clock;

    private CertificateAuthority(X509Certificate root, PrivateKey key, Clock clock) {
        this.root = root;
        this.key = key;
        this.clock = clock;
    }

    /** A new one that nothing is kept of. */
    static CertificateAuthority inMemory(Set<String> names, Clock clock) {
        List<SubjectName> subjects =
                names.stream().map(CertificateAuthority::subject).toList();
        KeyPair pair = newKey();
        return new CertificateAuthority(newRoot(pair, Permitted.of(subjects), clock), pair.getPrivate(), clock);
    }

    /**
     * Makes a new one in a folder. Blocks.
     *
     * @param names the DNS names and addresses that it may ever issue for, beside this machine's own names and private addresses
     * @param passphrase encrypts the root's key; null leaves it as it is
     * @throws StoreException STORE_EXISTS where there is one already, BAD_REQUEST for a name that is none
     */
    public static CertificateAuthority init(Path folder, Set<String> names, char @Nullable [] passphrase) {
        return init(folder, names, passphrase, Clock.systemUTC());
    }

    static CertificateAuthority init(Path folder, Set<String> names, char @Nullable [] passphrase, Clock clock) {
        if (Files.exists(folder.resolve(ROOT_FILE))) {
            throw new StoreException(
                    FailureKind.STORE_EXISTS,
                    "there is a root in " + folder
                            + " already, and clients may trust it; name another folder, or move it" + " away first");
        }
        Set<String> all = new LinkedHashSet<>(Machine.names());
        all.addAll(names);
        List<SubjectName> subjects =
                all.stream().map(CertificateAuthority::subject).toList();
        KeyPair pair = newKey();
        X509Certificate root = newRoot(pair, Permitted.of(subjects), clock);
        PemWriter.write(folder.resolve(KEY_FILE), pem(encrypted(pair.getPrivate(), passphrase)), true);
        PemWriter.write(folder.resolve(ROOT_FILE), pem(root), false);
        return new CertificateAuthority(root, pair.getPrivate(), clock);
    }

    /**
     * Opens one. Blocks.
     *
     * @throws StoreException STORE_MISSING where there is none, BAD_REQUEST where it can't be read
     */
    public static CertificateAuthority open(Path folder, char @Nullable [] passphrase) {
        return open(folder, passphrase, Clock.systemUTC());
    }

    static CertificateAuthority open(Path folder, char @Nullable [] passphrase, Clock clock) {
        return new CertificateAuthority(root(folder), PemFiles.key(folder.resolve(KEY_FILE), passphrase), clock);
    }

    /**
     * The root's certificate of a folder, for which its key is not needed. Blocks.
     *
     * @throws StoreException STORE_MISSING where there is none
     */
    public static X509Certificate root(Path folder) {
        Path file = folder.resolve(ROOT_FILE);
        if (!Files.exists(file)) {
            throw new StoreException(
                    FailureKind.STORE_MISSING, "there is no root in " + folder + "; 'permafrost ca init' makes one");
        }
        return PemFiles.certificates(file).get(0);
    }

    /** The root's certificate. */
    public X509Certificate root() {
        return root;
    }

    /** The names that it may issue for, for people. */
    public static String permitted(X509Certificate root) {
        Permitted permitted = permittedBy(root);
        return permitted == null ? "any name" : permitted.describe();
    }

    /** When the certificates of a folder that servers show come to their end, and for which names they are. Blocks. */
    public static List<X509Certificate> issued(Path folder) {
        List<X509Certificate> issued = new ArrayList<>();
        for (Path file : issuedFiles(folder)) {
            issued.add(PemFiles.certificates(file).get(0));
        }
        return issued;
    }

    /** The DNS names and addresses that a certificate is good for. */
    public static List<String> names(X509Certificate certificate) {
        return Identity.names(certificate);
    }

    private static List<Path> issuedFiles(Path folder) {
        try (var files = Files.newDirectoryStream(folder, "*.pem")) {
            List<Path> found = new ArrayList<>();
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (!name.equals(ROOT_FILE) && !name.equals(KEY_FILE)) {
                    found.add(file);
                }
            }
            found.sort(null);
            return found;
        } catch (IOException e) {
            throw new StoreException(FailureKind.DISK_FAILED, folder + " can't be listed: " + e.getMessage(), e);
        }
    }

    /**
     * Issues a certificate for a server. Blocks.
     *
     * @param names its DNS names and addresses, the one that it is best known by first
     * @return the file with its key and its certificate
     * @throws StoreException BAD_REQUEST for a name that is none, or that the root may not vouch for
     */
    public Path issue(Path folder, List<String> names, Duration life) {
        Identity identity = issue(names, life);
        String first = names.get(0).toLowerCase(Locale.ROOT).replace("*", "_").replace(':', '-');
        Path file = folder.resolve(first.replaceAll("[^a-z0-9._-]", "") + ".pem");
        write(file, identity);
        return file;
    }

    /**
     * Issues again, with new keys, whatever of a folder ends within that time. Blocks.
     *
     * @return the files that are new
     */
    public List<Path> renew(Path folder, Duration within, Duration life) {
        List<Path> renewed = new ArrayList<>();
        Instant due = clock.instant().plus(within);
        for (Path file : issuedFiles(folder)) {
            X509Certificate certificate = PemFiles.certificates(file).get(0);
            if (certificate.getNotAfter().toInstant().isBefore(due)) {
                write(file, issue(Identity.names(certificate), life));
                renewed.add(file);
            }
        }
        return renewed;
    }

    static void write(Path file, Identity identity) {
        PemWriter.write(file, pem(encrypted(identity.key(), null)) + pem(identity.certificate()), true);
    }

    Identity issue(List<String> names, Duration life) {
        List<SubjectName> subjects =
                names.stream().map(CertificateAuthority::subject).distinct().toList();
        Permitted permitted = permittedBy(root);
        for (SubjectName subject : subjects) {
            if (permitted != null && !permitted.allows(subject)) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "the root may not vouch for " + subject.text() + ", only for " + permitted.describe()
                                + "; make another root with 'permafrost ca init --permit " + subject.text()
                                + "' in another folder, and have clients trust that one");
            }
        }
        KeyPair pair = newKey();
        Instant now = clock.instant();
        Instant end = earlier(now.plus(life), root.getNotAfter().toInstant());
        try {
            // Where there is no DNS name, OpenSSL takes the common name for one and holds it against the root's
            // constraints.
            // Without a subject, the names are critical (RFC 5280 §4.2.1.6).
            Optional<X500Name> named = subjects.stream()
                    .filter(subject -> !subject.address())
                    .findFirst()
                    .map(subject -> named(subject.text()));
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new JcaX509CertificateHolder(root).getSubject(),
                    serial(),
                    Date.from(now.minus(CLOCK_SKEW)),
                    Date.from(end),
                    named.orElse(NAMELESS),
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(
                            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                    .addExtension(
                            Extension.subjectAlternativeName,
                            named.isEmpty(),
                            new GeneralNames(
                                    subjects.stream().map(SubjectName::general).toArray(GeneralName[]::new)));
            identifiers(builder, pair.getPublic(), root.getPublicKey());
            return new Identity(List.of(signed(builder, key)), pair.getPrivate());
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate can be made", e);
        }
    }

    boolean mayIssueFor(String name) {
        Permitted permitted = permittedBy(root);
        return permitted == null || permitted.allows(subject(name));
    }

    private static X509Certificate newRoot(KeyPair pair, Permitted permitted, Clock clock) {
        Instant now = clock.instant();
        byte[] tag = new byte[3];
        RANDOM.nextBytes(tag);
        X500Name name = named("Permafrost root " + HexFormat.of().formatHex(tag) + " of " + Machine.name());
        try {
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    serial(),
                    Date.from(now.minus(CLOCK_SKEW)),
                    Date.from(now.plus(ROOT_LIFE)),
                    name,
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .addExtension(Extension.nameConstraints, true, permitted.extension());
            identifiers(builder, pair.getPublic(), pair.getPublic());
            return signed(builder, pair.getPrivate());
        } catch (GeneralSecurityException | CertIOException | OperatorCreationException e) {
            throw new IllegalStateException("a root can be made", e);
        }
    }

    private static void identifiers(X509v3CertificateBuilder builder, PublicKey subject, PublicKey issuer)
            throws GeneralSecurityException, CertIOException {
        JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(subject))
                .addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(issuer));
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey with)
            throws OperatorCreationException, GeneralSecurityException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNED_WITH).build(with)));
    }

    private static X500Name named(String name) {
        // RFC 5280 appendix A: a common name has 64 characters at most
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, name.length() > 64 ? name.substring(0, 64) : name)
                .build();
    }

    private static BigInteger serial() {
        return new BigInteger(127, RANDOM).setBit(126);
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK knows P-256", e);
        }
    }

    private static @Nullable Permitted permittedBy(X509Certificate root) {
        byte[] extension = root.getExtensionValue(Extension.nameConstraints.getId());
        if (extension == null) {
            return null;
        }
        try {
            return Permitted.of(NameConstraints.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension)));
        } catch (IOException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, "the root's name constraints can't be read", e);
        }
    }

    private static SubjectName subject(String name) {
        try {
            return SubjectName.of(name);
        } catch (IllegalArgumentException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    private static Object encrypted(PrivateKey key, char @Nullable [] passphrase) {
        try {
            OutputEncryptor encryptor = passphrase == null
                    ? null
                    : new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                            .setProvider(PemFiles.PROVIDER)
                            .setPRF(PKCS8Generator.PRF_HMACSHA256)
                            .setIterationCount(PASSPHRASE_ROUNDS)
                            .setRandom(RANDOM)
                            .setPassword(passphrase)
                            .build();
            return new JcaPKCS8Generator(key, encryptor).generate();
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("a key can be written", e);
        }
    }

    private static String pem(Object what) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(what);
        } catch (IOException e) {
            throw new IllegalStateException("PEM can be written to memory", e);
        }
        return text.toString();
    }

    /** A certificate in PEM form. */
    public static String toPem(X509Certificate certificate) {
        return pem(certificate);
    }

    /** The SHA-256 of a certificate, in hexadecimal with colons, as browsers and openssl show it. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate has a form and a digest", e);
        }
    }
}
