package dev.permafrost.proxy.pgp;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SignatureSubpacketTags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPObjectFactory;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.PGPSignatureSubpacketVector;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;
import org.jspecify.annotations.Nullable;

/**
 * Checks a signature that lies beside the file that it is of, such as {@code repomd.xml.asc}, as gpgv does it: with the keys that are given,
 * as they are now. Of several signatures one good one is enough, so that a repository can change its key.
 */
public final class DetachedSignature {
    /** Most bytes of a signature that are looked at; one has some hundred. */
    public static final int SIGNATURE_BYTES_MAX = 1 << 20;

    private static final int SIGNATURES_MAX = 16;
    private static final int BUFFER_BYTES = 64 << 10;

    /** A clock may be wrong by that much, here or there. */
    private static final Duration CLOCKS_DIFFER_MAX = Duration.ofDays(1);

    /** What a signature may demand to be understood, and is. */
    private static final Set<Integer> UNDERSTOOD = Set.of(
            SignatureSubpacketTags.CREATION_TIME,
            SignatureSubpacketTags.EXPIRE_TIME,
            SignatureSubpacketTags.ISSUER_KEY_ID,
            SignatureSubpacketTags.ISSUER_FINGERPRINT,
            SignatureSubpacketTags.SIGNER_USER_ID,
            SignatureSubpacketTags.POLICY_URL);

    private DetachedSignature() {}

    /** How it came out. */
    public sealed interface Result {}

    /**
     * The file is what the key's owner signed.
     *
     * @param keyId of the key or the subkey that signed, 16 hexadecimal digits
     * @param fingerprint of the primary key, in hexadecimal digits
     * @param userId whose it is, in the owner's words; may be empty
     * @param madeAt when, by the signature
     * @param warning what is weak about it, one line; null where nothing is
     */
    public record Good(
            String keyId,
            String fingerprint,
            String userId,
            Instant madeAt,
            @Nullable String warning) implements Result {}

    /**
     * Nobody who is trusted is known to have signed the file.
     *
     * @param reason why, in words that are safe to log
     */
    public record Bad(String reason) implements Result {}

    /**
     * Checks a signature. Blocks.
     *
     * @param file the bytes that it is of, read to their end; not closed
     * @param signature armored or binary; may be several
     * @param keys that are trusted
     * @param now the time by which keys and signatures expire
     * @throws IOException if the file can't be read
     */
    public static Result check(InputStream file, byte[] signature, PublicKeys keys, Instant now) throws IOException {
        return check(file, signature, keys, now, false);
    }

    /**
     * The same, but that a key may have expired since it signed, as rpm takes it for packages, which are signed once and stay: whoever
     * gets hold of an old key could claim an earlier time. Blocks.
     */
    public static Result checkAsOfSigning(InputStream file, byte[] signature, PublicKeys keys, Instant now)
            throws IOException {
        return check(file, signature, keys, now, true);
    }

    private static Result check(InputStream file, byte[] signature, PublicKeys keys, Instant now, boolean isAsOfSigning)
            throws IOException {
        if (signature.length > SIGNATURE_BYTES_MAX) {
            return new Bad("the signature has " + signature.length + " bytes, and more than " + SIGNATURE_BYTES_MAX
                    + " are not read");
        }
        List<String> reasons = new ArrayList<>();
        List<Attempt> attempts = attempts(signature, keys, now, isAsOfSigning, reasons);
        if (!attempts.isEmpty()) {
            feed(file, attempts);
        }
        for (Attempt attempt : attempts) {
            if (attempt.isTrue()) {
                return attempt.good();
            }
            // bytes that were changed weigh more than keys that are missing
            reasons.add(
                    0,
                    "the signature by " + attempt.key.shown()
                            + " is not of these bytes: one of the two was changed, or is of another version");
        }
        return new Bad(reasons.isEmpty() ? "there is no signature in it" : reasons.get(0));
    }

    /** What is left to do once the bytes have been read, and, in {@code reasons}, why others need not be read for. */
    private static List<Attempt> attempts(
            byte[] signature, PublicKeys keys, Instant now, boolean isAsOfSigning, List<String> reasons) {
        List<Attempt> attempts = new ArrayList<>();
        try {
            List<PGPSignature> all = read(signature);
            for (PGPSignature one : all) {
                String refusal = refusal(one, now);
                if (refusal != null) {
                    reasons.add(refusal);
                } else {
                    Instant at = isAsOfSigning ? one.getCreationTime().toInstant() : now;
                    attempt(one, keys, at, attempts, reasons);
                }
            }
        } catch (IOException | PGPException | RuntimeException e) {
            // the library fails in every way at bytes that nobody meant
            reasons.add("the signature can't be read: " + Words.plain(String.valueOf(e.getMessage())));
        }
        return attempts;
    }

    private static List<PGPSignature> read(byte[] file) throws IOException {
        List<PGPSignature> all = new ArrayList<>();
        for (InputStream block : Armor.blocks(file, "SIGNATURE")) {
            PGPObjectFactory objects = new BcPGPObjectFactory(block);
            for (Object object = objects.nextObject(); object != null; object = objects.nextObject()) {
                if (object instanceof PGPSignatureList list) {
                    list.forEach(all::add);
                }
            }
        }
        return all.size() > SIGNATURES_MAX ? all.subList(0, SIGNATURES_MAX) : all;
    }

    /** Why a signature is not even tried; null where it is. */
    private static @Nullable String refusal(PGPSignature signature, Instant now) {
        String by = "the signature by the key " + Words.keyId(signature.getKeyID());
        int type = signature.getSignatureType();
        if (type != PGPSignature.BINARY_DOCUMENT && type != PGPSignature.CANONICAL_TEXT_DOCUMENT) {
            return by + " is not one of a file, but of the type " + type;
        }
        if (signature.getHashAlgorithm() == HashAlgorithmTags.MD5) {
            return by + " is made with MD5, which is no proof: anybody can make two files with the same";
        }
        Instant made = signature.getCreationTime().toInstant();
        if (made.isAfter(now.plus(CLOCKS_DIFFER_MAX))) {
            return by + " says that it was made at " + made + ", which is yet to come; is the clock right?";
        }
        PGPSignatureSubpacketVector hashed = signature.getHashedSubPackets();
        if (hashed == null) {
            return null;
        }
        long seconds = hashed.getSignatureExpirationTime();
        if (seconds > 0 && !now.isBefore(made.plusSeconds(seconds))) {
            return by + " expired at " + made.plusSeconds(seconds);
        }
        for (int tag : hashed.getCriticalTags()) {
            if (!UNDERSTOOD.contains(tag)) {
                return by + " demands that its part of type " + tag + " is understood, and it is not";
            }
        }
        return null;
    }

    private static void attempt(
            PGPSignature signature, PublicKeys keys, Instant at, List<Attempt> attempts, List<String> reasons)
            throws IOException, PGPException {
        boolean isKnown = false;
        for (PGPPublicKeyRing ring : keys.rings()) {
            for (Iterator<PGPPublicKey> each = ring.getPublicKeys(); each.hasNext(); ) {
                PGPPublicKey key = each.next();
                if (signature.hasKeyIdentifier(key.getKeyIdentifier())) {
                    isKnown = true;
                    SigningKey signing = new SigningKey(ring, key);
                    String refusal = refusal(signing, signature, at);
                    if (refusal == null) {
                        attempts.add(new Attempt(copyOf(signature), signing));
                    } else {
                        reasons.add(refusal);
                    }
                }
            }
        }
        if (!isKnown) {
            reasons.add("the signature is by the key " + Words.keyId(signature.getKeyID())
                    + ", which is not among those that are trusted");
        }
    }

    private static @Nullable String refusal(SigningKey key, PGPSignature signature, Instant at) {
        String refusal = key.refusal(at);
        if (refusal != null) {
            return refusal;
        }
        boolean isOlder = signature
                .getCreationTime()
                .toInstant()
                .isBefore(key.key().getCreationTime().toInstant());
        return isOlder ? "the signature by " + key.shown() + " says that it is older than the key" : null;
    }

    /** Each attempt has a signature of its own, since checking changes it. */
    private static PGPSignature copyOf(PGPSignature signature) throws IOException {
        Object copy = new BcPGPObjectFactory(signature.getEncoded()).nextObject();
        return ((PGPSignatureList) copy).get(0);
    }

    private static void feed(InputStream file, List<Attempt> attempts) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = file.read(buffer); n >= 0; n = file.read(buffer)) {
            for (Attempt attempt : attempts) {
                attempt.signature.update(buffer, 0, n);
            }
        }
    }

    /** A signature, and a key that may have made it. */
    private static final class Attempt {
        private final PGPSignature signature;
        private final SigningKey key;

        Attempt(PGPSignature signature, SigningKey key) throws PGPException {
            this.signature = signature;
            this.key = key;
            signature.init(new BcPGPContentVerifierBuilderProvider(), key.key());
        }

        boolean isTrue() {
            try {
                return signature.verify();
            } catch (PGPException | RuntimeException e) {
                return false;
            }
        }

        Good good() {
            return new Good(
                    Words.keyId(key.key().getKeyID()),
                    key.fingerprint(),
                    Words.plain(key.userId()),
                    signature.getCreationTime().toInstant(),
                    warning());
        }

        private @Nullable String warning() {
            return switch (signature.getHashAlgorithm()) {
                case HashAlgorithmTags.SHA1 -> weak("SHA-1");
                case HashAlgorithmTags.RIPEMD160 -> weak("RIPEMD-160");
                default -> null;
            };
        }

        private String weak(String hash) {
            return "the signature by " + key.shown() + " is made with " + hash + ", which is no longer safe";
        }
    }
}
