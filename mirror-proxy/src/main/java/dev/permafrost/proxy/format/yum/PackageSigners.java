package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.proxy.format.yum.rpm.BadRpmException;
import dev.permafrost.proxy.format.yum.rpm.RpmHead;
import dev.permafrost.proxy.format.yum.rpm.RpmSignatures;
import dev.permafrost.proxy.pgp.DetachedSignature;
import dev.permafrost.proxy.pgp.PublicKeys;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** By whom packages have to be signed: by one of some keys, as rpm checks it before it installs one. */
final class PackageSigners {
    private static final int BUFFER_BYTES = 64 << 10;

    private final PublicKeys keys;
    private final Digest id;
    private final Clock clock;

    private PackageSigners(PublicKeys keys, Digest id, Clock clock) {
        this.keys = keys;
        this.id = id;
        this.clock = clock;
    }

    /**
     * Those whose keys these files have. Blocks.
     *
     * @throws StoreException BAD_REQUEST where a file can't be read, or has something else than keys in it
     */
    static PackageSigners of(List<Path> files, Clock clock) {
        PublicKeys all = PublicKeys.none();
        TreeSet<String> contents = new TreeSet<>();
        for (Path file : files) {
            try {
                byte[] bytes = Files.readAllBytes(file);
                contents.add(GenerationBuild.sha256(bytes).hex());
                all = all.and(PublicKeys.read(bytes, file.toString()));
            } catch (IOException e) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST, "a key of packages: " + file + " can't be read: " + e, e);
            }
        }
        if (!all.problems().isEmpty()) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "keys of packages: " + String.join("; ", all.problems())
                            + "; name files with the public keys of those who sign the packages");
        }
        Digest id = GenerationBuild.sha256(String.join("\n", contents).getBytes(US_ASCII));
        return new PackageSigners(all, id, clock);
    }

    /** What tells them from others: the same for files of the same bytes, whatever they are called; another once a key is revoked in one. */
    Digest id() {
        return id;
    }

    /**
     * Why a package is not what one of them has signed; null where it is. Reads as much of it as that takes. Blocks.
     *
     * @param sizeBytes how long it is; {@link Long#MAX_VALUE} where that is not known
     * @throws IOException if it can't be read
     */
    @Nullable String refusal(InputStream file, long sizeBytes, String title) throws IOException {
        InputStream in = new BufferedInputStream(file, BUFFER_BYTES);
        RpmSignatures signatures;
        try {
            signatures = RpmHead.read(in, sizeBytes, title).signatures();
        } catch (BadRpmException e) {
            return e.getMessage();
        }
        // in is where the payload begins
        if (signatures.ofHeader().isEmpty()) {
            return signatures.ofAll().isEmpty() ? "nobody has signed it" : refusal(signatures, in);
        }
        String refusal = refusal(signatures.header(), signatures.ofHeader());
        RpmSignatures.PayloadDigest payload = signatures.payload();
        if (refusal != null) {
            return refusal;
        }
        if (payload != null) {
            return digest(in, payload.algorithm()).equals(payload.hex())
                    ? null
                    : "its payload is not the one that is signed: the digest of it is another one";
        }
        // packages of before rpm 4.14; where they have but one signature, rpm is content with it too
        return signatures.ofAll().isEmpty() ? null : refusal(signatures, in);
    }

    private @Nullable String refusal(RpmSignatures signatures, InputStream payload) throws IOException {
        return refusal(new SequenceInputStream(signatures.header(), payload), signatures.ofAll());
    }

    /** Why none of these signatures is a good one of those bytes; null where one is. */
    private @Nullable String refusal(InputStream bytes, List<byte[]> signatures) throws IOException {
        byte[] all = new byte[signatures.stream().mapToInt(one -> one.length).sum()];
        int at = 0;
        for (byte[] one : signatures) {
            System.arraycopy(one, 0, all, at, one.length);
            at += one.length;
        }
        DetachedSignature.Result result = DetachedSignature.checkAsOfSigning(bytes, all, keys, Instant.now(clock));
        return result instanceof DetachedSignature.Bad bad ? bad.reason() : null;
    }

    private static String digest(InputStream in, String algorithm) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
