package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.SmallFile;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The key that a site signs with, and those of other sites that it trusts: {@code own.pem} (PKCS#8, which its owner alone may read),
 * {@code own.pub}, {@code trusted/<name>.pub} and {@code revoked.lst} in one folder. A key is known by its fingerprint, the SHA-256 of
 * the encoded public key in hexadecimal digits. Every method reads the files anew and blocks.
 */
public final class Keyring {
    /** What the key of this site is called among signers. */
    public static final String OWN = "own";

    /* Revocation comes before trust, whatever order a crash leaves files in: a key is written to revoked.lst first, and what it was
     * trusted as is deleted after. Nothing is ever taken out of revoked.lst. Of a pair, own.pub is written first: own.pem is what
     * makes it a pair, and a public key without it is replaced by the next one that is made. */

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern REVOKED_LINE = Pattern.compile("([0-9a-f]{64})(?: {2}(" + NAME.pattern() + "))?");
    private static final String SUFFIX = ".pub";
    private static final int TRUSTED_MAX = 1_000;
    private static final int REVOKED_BYTES_MAX = 1 << 20;

    private final Path folder;

    private Keyring(Path folder) {
        this.folder = folder;
    }

    /** The keys in a folder, which need not be there yet. */
    public static Keyring in(Path folder) {
        return new Keyring(folder.toAbsolutePath().normalize());
    }

    /** Where they lie. */
    public Path folder() {
        return folder;
    }

    /** Where the key lies by which others check what this site signs. */
    public Path publicFile() {
        return folder.resolve("own.pub");
    }

    private Path privateFile() {
        return folder.resolve("own.pem");
    }

    /**
     * Makes the key that this site signs with.
     *
     * @return its fingerprint
     * @throws StoreException STORE_EXISTS where there is one, which is never replaced
     */
    public String create() {
        if (Files.exists(privateFile())) {
            throw new StoreException(
                    FailureKind.STORE_EXISTS,
                    "there is a key in " + privateFile()
                            + " already, which other sites may trust; move it away if you want" + " another");
        }
        KeyPair pair = Ed25519.create();
        write(publicFile(), Pem.write(Pem.PUBLIC_KEY, pair.getPublic().getEncoded()), false);
        write(privateFile(), Pem.write(Pem.PRIVATE_KEY, pair.getPrivate().getEncoded()), true);
        return Ed25519.fingerprint(pair.getPublic());
    }

    /** The fingerprint of the key that this site signs with; empty where it has none. */
    public Optional<String> own() {
        return Files.exists(privateFile())
                ? Optional.of(Ed25519.fingerprint(Ed25519.publicKey(publicFile())))
                : Optional.empty();
    }

    /**
     * Signs with the key of this site.
     *
     * @return the signature, some lines of text that {@link #check} takes
     * @throws StoreException STORE_MISSING where there is no key; UNTRUSTED where it is revoked
     */
    public byte[] sign(byte[] content) {
        if (!Files.exists(privateFile())) {
            throw new StoreException(
                    FailureKind.STORE_MISSING,
                    "there is no key to sign with in " + folder + "; make one with: permafrost key new");
        }
        PrivateKey key = Ed25519.privateKey(privateFile());
        PublicKey shown = Ed25519.publicKey(publicFile());
        String fingerprint = Ed25519.fingerprint(shown);
        if (revokedLines().containsKey(fingerprint)) {
            throw new StoreException(
                    FailureKind.UNTRUSTED,
                    "the key in " + privateFile()
                            + " is revoked; move it away and make another with: permafrost key new");
        }
        byte[] signature = Ed25519.sign(key, content);
        if (!Ed25519.isBy(shown, content, signature)) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    publicFile() + " is not the public half of " + privateFile()
                            + "; put the right one back, or write it anew with: openssl pkey -in own.pem -pubout -out own.pub");
        }
        return new SignatureText(fingerprint, signature).write();
    }

    /**
     * Checks a signature.
     *
     * @return whose key it is by: one that is trusted, or that of this site
     * @throws StoreException UNTRUSTED where the key is revoked, or isn't trusted, or the signature is wrong; it says which
     */
    public Signer check(byte[] content, byte[] signature) {
        SignatureText text = SignatureText.read(signature);
        String fingerprint = text.fingerprint();
        String revoked = revokedLines().get(fingerprint);
        if (revoked != null) {
            throw untrusted("the signature is by a key that is revoked: " + new Signer(revoked, fingerprint));
        }
        Known known = known().get(fingerprint);
        if (known == null) {
            throw untrusted(
                    "the signature is by a key that is not trusted here, " + fingerprint
                            + "; if its owner shows you that"
                            + " fingerprint, trust it with: permafrost key trust NAME FILE, where FILE is the own.pub of that site");
        }
        if (!Ed25519.isBy(known.key, content, text.signature())) {
            throw untrusted("the signature of " + known.signer
                    + " is of something else: this was changed or damaged on its way; copy it again");
        }
        return known.signer;
    }

    /**
     * Trusts a key of another site from now on.
     *
     * @param name what it is called here
     * @param file its {@code own.pub}
     * @throws StoreException BAD_REQUEST where name or file are none; STORE_EXISTS where another key has that name, or the key another
     *     name; UNTRUSTED where the key is revoked
     */
    public Signer trust(String name, Path file) {
        if (!isName(name)) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "'" + name
                            + "' can't be a key's name; take up to 64 letters, digits, dots, dashes and underscores, but not '"
                            + OWN + "'");
        }
        PublicKey key = Ed25519.publicKey(file);
        Signer signer = new Signer(name, Ed25519.fingerprint(key));
        if (revokedLines().containsKey(signer.fingerprint())) {
            throw untrusted("the key in " + file + " is revoked, " + signer.fingerprint()
                    + ", which can't be taken back; have its owner make another");
        }
        List<Signer> trusted = trusted();
        for (Signer other : trusted) {
            if (other.equals(signer)) {
                return signer;
            }
            if (other.name().equals(name) || other.fingerprint().equals(signer.fingerprint())) {
                throw new StoreException(
                        FailureKind.STORE_EXISTS,
                        "the key " + other + " is trusted already; take another name for " + signer.fingerprint()
                                + ", or revoke the first: permafrost key revoke " + other.name());
            }
        }
        if (trusted.size() >= TRUSTED_MAX) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, TRUSTED_MAX + " keys are trusted already, which is the most; revoke some");
        }
        write(trustedFile(name), Pem.write(Pem.PUBLIC_KEY, key.getEncoded()), false);
        return signer;
    }

    /**
     * Trusts a key no more, for ever.
     *
     * @param which the name that it is trusted as, or {@link #OWN}, or the fingerprint of any key
     * @throws StoreException STORE_MISSING where there is no key of that name
     */
    public Signer revoke(String which) {
        Signer signer = find(which);
        Map<String, String> lines = revokedLines();
        if (lines.putIfAbsent(signer.fingerprint(), signer.name().equals(OWN) ? "" : signer.name()) == null) {
            StringBuilder text = new StringBuilder();
            lines.forEach((fingerprint, name) -> text.append(fingerprint)
                    .append(name.isEmpty() ? "" : "  " + name)
                    .append('\n'));
            write(revokedFile(), text.toString().getBytes(UTF_8), false);
        }
        if (isName(signer.name())) {
            try {
                FileOps.system().delete(trustedFile(signer.name()));
                FileOps.system().syncDirectory(folder.resolve("trusted"));
            } catch (IOException e) {
                throw Failures.of("deleting", trustedFile(signer.name()), e);
            }
        }
        return signer;
    }

    private Signer find(String which) {
        List<Signer> all = new ArrayList<>();
        own().ifPresent(fingerprint -> all.add(new Signer(OWN, fingerprint)));
        all.addAll(inFolder().values().stream().map(Known::signer).toList());
        // the files of keys that are revoked already are among them, so that what a crash has left can be cleared
        for (Signer signer : all) {
            if (signer.name().equals(which) || signer.fingerprint().equals(which)) {
                return signer;
            }
        }
        if (FINGERPRINT.matcher(which).matches()) {
            return new Signer("", which);
        }
        throw new StoreException(
                FailureKind.STORE_MISSING,
                "there is no key '" + which + "' in " + folder + "; there are: "
                        + (all.isEmpty()
                                ? "none"
                                : String.join(
                                        ", ", all.stream().map(Signer::name).toList()))
                        + ". A key that isn't here is revoked by its fingerprint, of 64 digits");
    }

    /** The keys that are trusted, by name; without the one of this site, which needs no trust. */
    public List<Signer> trusted() {
        Map<String, String> revoked = revokedLines();
        return inFolder().values().stream()
                .map(Known::signer)
                .filter(signer -> !revoked.containsKey(signer.fingerprint()))
                .toList();
    }

    /** The keys that are revoked. */
    public List<Signer> revoked() {
        List<Signer> all = new ArrayList<>();
        revokedLines().forEach((fingerprint, name) -> all.add(new Signer(name, fingerprint)));
        return all;
    }

    private record Known(Signer signer, PublicKey key) {}

    /** The keys that a signature may be by, by fingerprint. */
    private Map<String, Known> known() {
        Map<String, Known> known = new TreeMap<>();
        inFolder().values().forEach(one -> known.put(one.signer.fingerprint(), one));
        if (Files.exists(privateFile())) {
            PublicKey own = Ed25519.publicKey(publicFile());
            String fingerprint = Ed25519.fingerprint(own);
            known.putIfAbsent(fingerprint, new Known(new Signer(OWN, fingerprint), own));
        }
        return known;
    }

    /** What lies in the folder of trusted keys, by name. */
    private Map<String, Known> inFolder() {
        Path trusted = folder.resolve("trusted");
        Map<String, Known> all = new TreeMap<>();
        if (!Files.isDirectory(trusted)) {
            return all;
        }
        try (Stream<Path> files = Files.list(trusted)) {
            files.forEach(file -> {
                String base = String.valueOf(file.getFileName());
                String name = base.endsWith(SUFFIX) ? base.substring(0, base.length() - SUFFIX.length()) : "";
                // what is being written begins with a dot
                if (isName(name) && all.size() <= TRUSTED_MAX) {
                    PublicKey key = Ed25519.publicKey(file);
                    all.put(name, new Known(new Signer(name, Ed25519.fingerprint(key)), key));
                }
            });
        } catch (IOException e) {
            throw Failures.of("listing", trusted, e);
        }
        return all;
    }

    /** The names, perhaps empty, of keys that are revoked, by fingerprint. */
    private Map<String, String> revokedLines() {
        Map<String, String> revoked = new TreeMap<>();
        Path file = revokedFile();
        if (!Files.exists(file)) {
            return revoked;
        }
        try {
            if (Files.size(file) > REVOKED_BYTES_MAX) {
                throw damaged("it has more than " + REVOKED_BYTES_MAX + " bytes");
            }
            for (String line : Files.readString(file).lines().toList()) {
                Matcher parts = REVOKED_LINE.matcher(line);
                if (!parts.matches()) {
                    throw damaged("the line '" + line + "' is no fingerprint");
                }
                revoked.put(parts.group(1), parts.group(2) == null ? "" : parts.group(2));
            }
            return revoked;
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    private StoreException damaged(String why) {
        return new StoreException(
                FailureKind.STORE_CORRUPT,
                revokedFile() + " can't be read, and so nothing is trusted: " + why
                        + "; each line has a fingerprint of 64 digits");
    }

    private Path revokedFile() {
        return folder.resolve("revoked.lst");
    }

    private Path trustedFile(String name) {
        return folder.resolve("trusted").resolve(name + SUFFIX);
    }

    private static boolean isName(String name) {
        return NAME.matcher(name).matches() && !name.equals(OWN);
    }

    private static void write(Path file, byte[] content, boolean secret) {
        Path parent = Objects.requireNonNull(file.getParent());
        try {
            new DurableFolders(FileOps.system()).ensureTree(parent);
        } catch (IOException e) {
            throw Failures.of("creating", parent, e);
        }
        SmallFile.write(file, content, secret);
    }

    private static StoreException untrusted(String why) {
        return new StoreException(FailureKind.UNTRUSTED, why);
    }
}
