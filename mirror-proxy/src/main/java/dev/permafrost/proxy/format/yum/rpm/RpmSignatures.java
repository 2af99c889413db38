package dev.permafrost.proxy.format.yum.rpm;

import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Strings;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The signatures of a package, none of them checked. What is signed is the header, which since rpm 4.14 has a digest of the payload; older
 * packages have a second signature, of both.
 */
public final class RpmSignatures {
    private final List<byte[]> ofHeader;
    private final List<byte[]> ofAll;
    private final @Nullable PayloadDigest payload;
    private final RpmHeader header;

    private RpmSignatures(
            List<byte[]> ofHeader, List<byte[]> ofAll, @Nullable PayloadDigest payload, RpmHeader header) {
        this.ofHeader = List.copyOf(ofHeader);
        this.ofAll = List.copyOf(ofAll);
        this.payload = payload;
        this.header = header;
    }

    /**
     * What the header says of the payload.
     *
     * @param algorithm as {@link java.security.MessageDigest} calls it
     * @param hex the digest, in lower-case hexadecimal digits
     */
    public record PayloadDigest(String algorithm, String hex) {}

    static RpmSignatures of(RpmHeader signature, RpmHeader header) throws BadRpmException {
        List<byte[]> ofHeader = new ArrayList<>(binaries(signature, RpmTag.SIGNATURE_RSA, RpmTag.SIGNATURE_DSA));
        Strings packed = signature.strings(RpmTag.SIGNATURE_OPENPGP);
        while (packed != null && packed.hasNext()) {
            unpacked(packed.next()).ifPresent(ofHeader::add);
        }
        return new RpmSignatures(
                ofHeader, binaries(signature, RpmTag.SIGNATURE_PGP, RpmTag.SIGNATURE_GPG), payload(header), header);
    }

    /** Empty for what is no base64, which nobody has signed by. */
    private static Optional<byte[]> unpacked(String base64) {
        try {
            return Optional.of(Base64.getMimeDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<byte[]> binaries(RpmHeader signature, int... tags) throws BadRpmException {
        List<byte[]> all = new ArrayList<>();
        for (int tag : tags) {
            byte[] bytes = signature.binary(tag);
            if (bytes != null) {
                all.add(bytes);
            }
        }
        return all;
    }

    private static @Nullable PayloadDigest payload(RpmHeader header) throws BadRpmException {
        Strings digests = header.strings(RpmTag.PAYLOADDIGEST);
        String algorithm = switch ((int) header.number(RpmTag.PAYLOADDIGESTALGO)) {
            case 8 -> "SHA-256";
            case 9 -> "SHA-384";
            case 10 -> "SHA-512";
            default -> null;
        };
        return digests == null || !digests.hasNext() || algorithm == null
                ? null
                : new PayloadDigest(algorithm, digests.next().toLowerCase(Locale.ROOT));
    }

    /** Signatures of the header alone, in OpenPGP's binary form. */
    public List<byte[]> ofHeader() {
        return ofHeader;
    }

    /** Signatures of the header and the payload after it. */
    public List<byte[]> ofAll() {
        return ofAll;
    }

    /** What the header says of the payload; null where it says nothing that can be told. */
    public @Nullable PayloadDigest payload() {
        return payload;
    }

    /** The header as it is signed. */
    public InputStream header() {
        return header.raw();
    }
}
