package dev.permafrost.proxy.pgp;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.openpgp.PGPObjectFactory;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;

/** The keys that are trusted, as files have them: armored or binary, one or many. Immutable. */
public final class PublicKeys {
    private final List<PGPPublicKeyRing> rings;
    private final List<String> problems;

    private PublicKeys(List<PGPPublicKeyRing> rings, List<String> problems) {
        this.rings = List.copyOf(rings);
        this.problems = List.copyOf(problems);
    }

    /** No keys. */
    public static PublicKeys none() {
        return new PublicKeys(List.of(), List.of());
    }

    /**
     * The keys of a file. What can't be read of it is left out, and told by {@link #problems}.
     *
     * @param file its bytes
     * @param title what it is, as a message may say it
     */
    public static PublicKeys read(byte[] file, String title) {
        List<PGPPublicKeyRing> rings = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        try {
            for (InputStream block : Armor.blocks(file, "PUBLIC KEY BLOCK")) {
                readBlock(block, title, rings, problems);
            }
        } catch (IOException | RuntimeException e) {
            problems.add(unreadable(title, e));
        }
        if (rings.isEmpty() && problems.isEmpty()) {
            problems.add(title + " has no public key in it");
        }
        return new PublicKeys(rings, problems);
    }

    private static void readBlock(
            InputStream block, String title, List<PGPPublicKeyRing> rings, List<String> problems) {
        PGPObjectFactory objects = new BcPGPObjectFactory(block);
        try {
            for (Object object = objects.nextObject(); object != null; object = objects.nextObject()) {
                if (object instanceof PGPPublicKeyRing ring) {
                    rings.add(ring);
                } else if (object instanceof PGPSecretKeyRing) {
                    problems.add(title + " has a secret key in it, which belongs to whoever signs, and nowhere else");
                }
            }
        } catch (IOException | RuntimeException e) {
            // the library fails in every way at bytes that nobody meant
            problems.add(unreadable(title, e));
        }
    }

    private static String unreadable(String title, Exception e) {
        return title + " has a key in it that can't be read: " + Words.plain(String.valueOf(e.getMessage()));
    }

    /** These keys and others. */
    public PublicKeys and(PublicKeys others) {
        return new PublicKeys(
                Stream.concat(rings.stream(), others.rings.stream()).toList(),
                Stream.concat(problems.stream(), others.problems.stream()).toList());
    }

    /** Whether there is none. */
    public boolean isEmpty() {
        return rings.isEmpty();
    }

    /** What could not be read, one line each. */
    public List<String> problems() {
        return problems;
    }

    /** The fingerprints of the keys, subkeys left out, in upper-case hexadecimal digits. */
    public List<String> fingerprints() {
        return rings.stream()
                .map(ring -> Words.fingerprint(ring.getPublicKey()))
                .toList();
    }

    List<PGPPublicKeyRing> rings() {
        return rings;
    }
}
