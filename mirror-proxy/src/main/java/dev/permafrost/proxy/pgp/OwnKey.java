package dev.permafrost.proxy.pgp;

import dev.permafrost.store.blob.SmallFile;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import java.util.Objects;
import org.bouncycastle.bcpg.ArmoredInputStream;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyPair;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPSecretKey;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;

/**
 * A key of our own, by which metadata that we have changed is signed: RSA, since the gpg of CentOS 7 reads no other that is any good. It lies
 * in a file that its owner alone may read, and is made when it is first wanted.
 */
public final class OwnKey {
    private static final int BITS = 3072;
    private static final BigInteger EXPONENT = BigInteger.valueOf(0x10001);
    private static final int CERTAINTY = 128;
    private static final String USER = "Permafrost (metadata of repositories)";

    private final PGPSecretKey secret;
    private final PGPPrivateKey key;

    private OwnKey(PGPSecretKey secret, PGPPrivateKey key) {
        this.secret = secret;
        this.key = key;
    }

    /**
     * The key in a file, made if there is none, once for all who want it. Blocks, and takes seconds where it is made.
     *
     * @throws StoreException DISK_FAILED where the file can't be read or written; BAD_REQUEST where something else is in it
     */
    public static synchronized OwnKey of(Path file) {
        try {
            if (!Files.exists(file)) {
                SmallFile.write(file, made(Instant.now()), true);
            }
            return read(Files.readAllBytes(file), file);
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED, "the signing key " + file + " can't be used: " + e.getMessage(), e);
        } catch (PGPException e) {
            throw new StoreException(FailureKind.INTERNAL, "the signing key " + file + " can't be made", e);
        }
    }

    /** A signature of a document, armored, to lie beside it. */
    public byte[] sign(byte[] document) {
        try {
            PGPSignatureGenerator generator = new PGPSignatureGenerator(
                    new BcPGPContentSignerBuilder(secret.getPublicKey().getAlgorithm(), HashAlgorithmTags.SHA256),
                    secret.getPublicKey());
            generator.init(PGPSignature.BINARY_DOCUMENT, key);
            generator.update(document);
            return armored(out -> generator.generate().encode(out));
        } catch (PGPException | IOException e) {
            throw new StoreException(FailureKind.INTERNAL, "nothing can be signed by " + fingerprint(), e);
        }
    }

    /** What others check signatures by, armored. */
    public byte[] publicKey() {
        try {
            return armored(out -> secret.getPublicKey().encode(out));
        } catch (PGPException | IOException e) {
            throw new StoreException(FailureKind.INTERNAL, "the key " + fingerprint() + " can't be written", e);
        }
    }

    /** Its fingerprint, in upper-case hexadecimal digits. */
    public String fingerprint() {
        return Words.fingerprint(secret.getPublicKey());
    }

    private static byte[] made(Instant now) throws PGPException, IOException {
        RSAKeyPairGenerator numbers = new RSAKeyPairGenerator();
        numbers.init(new RSAKeyGenerationParameters(EXPONENT, new SecureRandom(), BITS, CERTAINTY));
        PGPKeyPair pair = new BcPGPKeyPair(
                PublicKeyPacket.VERSION_4,
                PublicKeyAlgorithmTags.RSA_GENERAL,
                numbers.generateKeyPair(),
                Date.from(now));
        PGPSignatureSubpacketGenerator flags = new PGPSignatureSubpacketGenerator();
        flags.setKeyFlags(false, KeyFlags.CERTIFY_OTHER | KeyFlags.SIGN_DATA);
        PGPKeyRingGenerator ring = new PGPKeyRingGenerator(
                PGPSignature.POSITIVE_CERTIFICATION,
                pair,
                USER,
                new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
                flags.generate(),
                null,
                new BcPGPContentSignerBuilder(PublicKeyAlgorithmTags.RSA_GENERAL, HashAlgorithmTags.SHA256),
                null);
        return armored(out -> ring.generateSecretKeyRing().encode(out));
    }

    private static OwnKey read(byte[] file, Path path) throws IOException, PGPException {
        PGPSecretKey secret;
        try (ArmoredInputStream in = ArmoredInputStream.builder().build(new ByteArrayInputStream(file))) {
            secret = new PGPSecretKeyRing(in, new BcKeyFingerprintCalculator()).getSecretKey();
        } catch (IOException | PGPException | RuntimeException e) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    path + " is not a signing key that Permafrost has made; put it elsewhere, and a new one is made",
                    e);
        }
        PGPPrivateKey key = secret.extractPrivateKey(
                new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider()).build(new char[0]));
        return new OwnKey(secret, Objects.requireNonNull(key));
    }

    private interface Writing {
        void to(OutputStream out) throws IOException, PGPException;
    }

    private static byte[] armored(Writing what) throws IOException, PGPException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ArmoredOutputStream out =
                ArmoredOutputStream.builder().clearHeaders().build(bytes)) {
            what.to(out);
        }
        return bytes.toByteArray();
    }
}
