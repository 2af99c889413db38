package dev.permafrost.store.transfer;

import dev.permafrost.store.model.SnapshotId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a bundle says of itself: the content of {@code bundle.json}, which is what the sender signs.
 *
 * @param sender who sends it, in words
 * @param fingerprint of the key by which it is signed
 * @param createdAt when it was made
 * @param snapshot what it carries
 * @param base the snapshot that the receiver must have; empty where it carries all
 * @param repositories those that it has anything of, sorted
 * @param totals how much it carries
 * @param volumes on how many volumes it lies
 * @param pieces all files but the manifest, its signature and the sums, in the order in which they are taken in
 */
record BundleManifest(
        String sender,
        String fingerprint,
        Instant createdAt,
        Carried snapshot,
        Optional<Carried> base,
        List<String> repositories,
        Totals totals,
        int volumes,
        List<Piece> pieces) {
    /** The version of bundles that this program writes, and the newest that it reads. */
    static final int FORMAT = 1;

    static final String FILE_NAME = "bundle.json";
    static final String SIGNATURE_NAME = "bundle.json.sig";
    static final String SUMS_NAME = "SHA256SUMS";

    BundleManifest {
        repositories = List.copyOf(repositories);
        pieces = List.copyOf(pieces);
    }

    /** A snapshot, by its name and the SHA-256 of its manifest, which no other snapshot has, in hexadecimal. */
    record Carried(SnapshotId id, String manifestSha256) {
        @Override
        public String toString() {
            return "'" + id + "' (" + manifestSha256.substring(0, 16) + "…)";
        }
    }

    /**
     * How much a bundle carries.
     *
     * @param blobs how many blobs its packs have
     * @param blobBytes their bytes together
     * @param blobsRemoved how many blobs of the base the snapshot has no more
     * @param rows how many rows of the index are set or deleted
     */
    record Totals(long blobs, long blobBytes, long blobsRemoved, long rows) {}

    /** Its files of a kind, in order. */
    List<Piece> pieces(PieceKind kind) {
        return pieces.stream().filter(piece -> piece.kind() == kind).toList();
    }

    /** How many bytes its files have together, the manifest apart. */
    long bytes() {
        return pieces.stream().mapToLong(Piece::bytes).sum();
    }

    /** The files that say what is carried: all but packs and the program. */
    Stream<Piece> told() {
        return pieces.stream().filter(piece -> piece.kind() != PieceKind.PACK && piece.kind() != PieceKind.SERVER);
    }
}
