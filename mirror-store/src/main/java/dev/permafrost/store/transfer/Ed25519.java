package dev.permafrost.store.transfer;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/** Signatures by Edwards' curve 25519 (RFC 8032), as the JDK makes them: no parameters, and nothing random but the key. */
final class Ed25519 {
    static final int SIGNATURE_BYTES = 64;

    private static final String NAME = "Ed25519";

    private Ed25519() {}

    static KeyPair create() {
        try {
            return KeyPairGenerator.getInstance(NAME).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** The public key in a file. Blocks; BAD_REQUEST where it holds none of this kind. */
    static PublicKey publicKey(Path file) {
        byte[] der = Pem.read(Pem.PUBLIC_KEY, file);
        try {
            return KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw notOne(file, e);
        }
    }

    /** The private key in a file. Blocks; BAD_REQUEST where it holds none of this kind. */
    static PrivateKey privateKey(Path file) {
        byte[] der = Pem.read(Pem.PRIVATE_KEY, file);
        try {
            return KeyFactory.getInstance(NAME).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            throw notOne(file, e);
        }
    }

    /** The SHA-256 of the encoded key, in lower-case hexadecimal digits. */
    static String fingerprint(PublicKey key) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    static byte[] sign(PrivateKey key, byte[] content) {
        try {
            Signature signature = Signature.getInstance(NAME);
            signature.initSign(key);
            signature.update(content);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    static boolean isBy(PublicKey key, byte[] content, byte[] signature) {
        try {
            Signature check = Signature.getInstance(NAME);
            check.initVerify(key);
            check.update(content);
            return check.verify(signature);
        } catch (GeneralSecurityException wrong) {
            // a signature that is none, such as one whose number is out of range, is told by an exception
            return false;
        }
    }

    private static StoreException notOne(Path file, GeneralSecurityException cause) {
        return new StoreException(
                FailureKind.BAD_REQUEST,
                file + " is no key of the kind Ed25519; make one with: permafrost key new, or with: openssl genpkey"
                        + " -algorithm ed25519",
                cause);
    }

    private static StoreException missing(GeneralSecurityException cause) {
        return new StoreException(
                FailureKind.INTERNAL,
                "this Java lacks Ed25519 or SHA-256; use a JDK of the usual kind, 17 or newer",
                cause);
    }
}
