package dev.permafrost.proxy.pgp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SignatureSubpacketTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureSubpacketVector;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;
import org.jspecify.annotations.Nullable;

/**
 * A key that a signature may be made with, and what it says about itself: whether it may sign, until when, and for whom. Only what the
 * primary key signed counts, the newest of each kind; what is in a file besides, anybody may have put there.
 */
final class SigningKey {
    private final PGPPublicKey primary;
    private final PGPPublicKey key;
    private @Nullable PGPSignature newestSelf;
    private String userId = "";

    /** That key of a ring. */
    SigningKey(PGPPublicKeyRing ring, PGPPublicKey key) {
        this.primary = ring.getPublicKey();
        this.key = key;
        readSelfSignatures();
    }

    PGPPublicKey key() {
        return key;
    }

    /** The fingerprint of the primary key, which is what people compare. */
    String fingerprint() {
        return Words.fingerprint(primary);
    }

    /** Whose it is, in that person's own words; empty where it is not said. */
    String userId() {
        return userId;
    }

    /** The key as a message names it. */
    String shown() {
        return "the key " + Words.keyId(key.getKeyID()) + (userId.isEmpty() ? "" : " (" + Words.plain(userId) + ")");
    }

    /** Why it must not be believed at that time; null where it may. */
    @Nullable String refusal(Instant now) {
        if (newestSelf == null) {
            return shown() + " is not signed by itself in a way that is believed, so nobody can tell what it is for";
        }
        if (isRevoked(primary, PGPSignature.KEY_REVOCATION)) {
            return shown() + " was revoked by its owner";
        }
        String expired = expired(primary, newestSelf, now);
        if (expired != null) {
            return expired;
        }
        if (key.isMasterKey()) {
            return maySign(newestSelf) ? null : shown() + " may not sign, by what it says about itself";
        }
        return subkeyRefusal(now);
    }

    private @Nullable String subkeyRefusal(Instant now) {
        PGPSignature binding = null;
        for (PGPSignature signature : each(key.getSignaturesOfType(PGPSignature.SUBKEY_BINDING))) {
            if (isNewer(signature, binding) && isBySelf(signature) && isTrue(signature, primary, key)) {
                binding = signature;
            }
        }
        if (binding == null) {
            return shown() + " is no subkey that " + Words.keyId(primary.getKeyID()) + " vouches for";
        }
        if (isRevoked(key, PGPSignature.SUBKEY_REVOCATION)) {
            return shown() + " was revoked by its owner";
        }
        if (!maySign(binding) || !vouchesBack(binding)) {
            return shown() + " may not sign, by what its owner says about it";
        }
        return expired(key, binding, now);
    }

    private void readSelfSignatures() {
        PGPSignature newestOfUser = null;
        for (byte[] id : each(primary.getRawUserIDs())) {
            PGPSignature newest = null;
            boolean isRevoked = false;
            for (PGPSignature signature : each(primary.getSignaturesForID(id))) {
                if (!isBySelf(signature) || !isTrue(signature, id)) {
                    continue;
                }
                if (signature.getSignatureType() == PGPSignature.CERTIFICATION_REVOCATION) {
                    isRevoked = true;
                } else if (signature.isCertification() && isNewer(signature, newest)) {
                    newest = signature;
                }
            }
            if (newest != null && !isRevoked && isNewer(newest, newestOfUser)) {
                newestOfUser = newest;
                userId = new String(id, UTF_8);
            }
        }
        newestSelf = newestOfUser;
        for (PGPSignature signature : each(primary.getSignaturesOfType(PGPSignature.DIRECT_KEY))) {
            if (isNewer(signature, newestSelf) && isBySelf(signature) && isTrue(signature, primary)) {
                newestSelf = signature;
            }
        }
    }

    private boolean isRevoked(PGPPublicKey whose, int type) {
        for (PGPSignature signature : each(whose.getSignaturesOfType(type))) {
            if (isBySelf(signature)
                    && (type == PGPSignature.KEY_REVOCATION
                            ? isTrue(signature, whose)
                            : isTrue(signature, primary, whose))) {
                return true;
            }
        }
        return false;
    }

    private @Nullable String expired(PGPPublicKey whose, PGPSignature self, Instant now) {
        PGPSignatureSubpacketVector hashed = self.getHashedSubPackets();
        long seconds = hashed == null ? 0 : hashed.getKeyExpirationTime();
        Instant end = whose.getCreationTime().toInstant().plusSeconds(seconds);
        return seconds > 0 && !now.isBefore(end)
                ? shown() + " expired at " + end + "; its owner may have published it anew, with a later date"
                : null;
    }

    /** A key that does not say what it is for may do all. */
    private static boolean maySign(PGPSignature self) {
        PGPSignatureSubpacketVector hashed = self.getHashedSubPackets();
        return hashed == null
                || !hashed.hasSubpacket(SignatureSubpacketTags.KEY_FLAGS)
                || (hashed.getKeyFlags() & KeyFlags.SIGN_DATA) != 0;
    }

    /** Whether the subkey says too that it belongs to the primary key: else anybody's subkey could be claimed (RFC 9580 §5.2.1.9). */
    private boolean vouchesBack(PGPSignature binding) {
        try {
            for (PGPSignatureSubpacketVector packets :
                    new PGPSignatureSubpacketVector[] {binding.getHashedSubPackets(), binding.getUnhashedSubPackets()
                    }) {
                if (packets == null) {
                    continue;
                }
                for (PGPSignature back : packets.getEmbeddedSignatures()) {
                    if (back.getSignatureType() == PGPSignature.PRIMARYKEY_BINDING && isBack(back)) {
                        return true;
                    }
                }
            }
            return false;
        } catch (PGPException | RuntimeException e) {
            return false;
        }
    }

    private boolean isBack(PGPSignature back) throws PGPException {
        if (isForgeable(back)) {
            return false;
        }
        back.init(new BcPGPContentVerifierBuilderProvider(), key);
        return back.verifyCertification(primary, key);
    }

    private boolean isBySelf(PGPSignature signature) {
        return signature.hasKeyIdentifier(primary.getKeyIdentifier()) && !isForgeable(signature);
    }

    private static boolean isForgeable(PGPSignature signature) {
        return signature.getHashAlgorithm() == HashAlgorithmTags.MD5;
    }

    private boolean isTrue(PGPSignature signature, byte[] id) {
        try {
            signature.init(new BcPGPContentVerifierBuilderProvider(), primary);
            return signature.verifyCertification(id, primary);
        } catch (PGPException | RuntimeException e) {
            return false;
        }
    }

    private boolean isTrue(PGPSignature signature, PGPPublicKey whole) {
        try {
            signature.init(new BcPGPContentVerifierBuilderProvider(), primary);
            return signature.verifyCertification(whole);
        } catch (PGPException | RuntimeException e) {
            return false;
        }
    }

    private boolean isTrue(PGPSignature signature, PGPPublicKey master, PGPPublicKey sub) {
        try {
            signature.init(new BcPGPContentVerifierBuilderProvider(), primary);
            return signature.verifyCertification(master, sub);
        } catch (PGPException | RuntimeException e) {
            return false;
        }
    }

    private static boolean isNewer(PGPSignature signature, @Nullable PGPSignature than) {
        return than == null
                || signature
                        .getCreationTime()
                        .toInstant()
                        .isAfter(than.getCreationTime().toInstant());
    }

    private static <T> Iterable<T> each(@Nullable Iterator<T> iterator) {
        return () -> iterator == null ? Collections.emptyIterator() : iterator;
    }
}
