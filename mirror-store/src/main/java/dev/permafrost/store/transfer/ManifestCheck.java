package dev.permafrost.store.transfer;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.BundleManifest.Totals;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Whether a manifest can be true: its files are where files of a bundle are, and its numbers fit each other, so that what it claims is
 * never more than what its files can hold.
 */
final class ManifestCheck {
    static final int PIECES_MAX = 100_000;
    private static final int PACK_RECORD_BYTES = BlobFrame.BYTES;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SERVER_PATH = Pattern.compile("permafrost(/[A-Za-z0-9_][A-Za-z0-9._+-]{0,200}){1,16}");
    /** Deflate makes of a byte this many at most. */
    private static final int INFLATION_MAX = 1032;

    private ManifestCheck() {}

    /** Checks it; STORE_CORRUPT where it can't be true. */
    static void check(BundleManifest manifest) {
        try {
            require(
                    manifest.pieces().size() <= PIECES_MAX,
                    "it names " + manifest.pieces().size() + " files");
            require(SHA256.matcher(manifest.snapshot().manifestSha256()).matches(), "its snapshot has no digest");
            require(
                    manifest.base().stream()
                            .allMatch(base ->
                                    SHA256.matcher(base.manifestSha256()).matches()),
                    "its base has no digest");
            require(
                    manifest.volumes() >= 1
                            && manifest.volumes() <= manifest.pieces().size(),
                    "it is said to lie on " + manifest.volumes() + " volumes");
            checkPieces(manifest);
            checkTotals(manifest);
        } catch (ArithmeticException e) {
            throw corrupt("its numbers are larger than any disk");
        }
    }

    private static void checkPieces(BundleManifest manifest) {
        Map<PieceKind, Integer> numbers = new EnumMap<>(PieceKind.class);
        PieceKind last = PieceKind.SNAPSHOT;
        for (Piece piece : manifest.pieces()) {
            PieceKind kind = piece.kind();
            int number = numbers.merge(kind, 1, Integer::sum);
            require(kind.compareTo(last) >= 0, "its files are not in order at " + piece.path());
            last = kind;
            boolean inPlace = kind == PieceKind.SERVER
                    ? SERVER_PATH.matcher(piece.path()).matches()
                    : piece.path().equals(kind.path(number));
            require(inPlace, "it names a file where a bundle has none: '" + piece.path() + "'");
            require(
                    piece.volume() >= 1 && piece.volume() <= manifest.volumes(),
                    piece.path() + " is said to lie on volume " + piece.volume() + " of " + manifest.volumes());
            require(
                    piece.bytes() <= kind.bytesMax(),
                    piece.path() + " has " + piece.bytes() + " bytes, and there can be " + kind.bytesMax());
            require(
                    kind == PieceKind.PACK || SHA256.matcher(piece.sha256()).matches(),
                    piece.path() + " has no digest");
            require(piece.head() <= piece.bytes(), piece.path() + " has no blob's beginning at " + piece.head());
        }
        require(numbers.getOrDefault(PieceKind.SNAPSHOT, 0) == 1, "it names no snapshot.json");
    }

    private static void checkTotals(BundleManifest manifest) {
        Totals totals = manifest.totals();
        long packed = Math.addExact(totals.blobBytes(), Math.multiplyExact(totals.blobs(), (long) PACK_RECORD_BYTES));
        require(
                sum(manifest.pieces(PieceKind.PACK)) == packed,
                "its packs have " + sum(manifest.pieces(PieceKind.PACK)) + " bytes, and " + totals.blobs()
                        + " blobs of " + totals.blobBytes() + " bytes make " + packed);
        long listed = Math.multiplyExact(Math.addExact(totals.blobs(), totals.blobsRemoved()), (long) BlobChange.BYTES);
        require(
                sum(manifest.pieces(PieceKind.BLOBS)) == listed,
                "its lists have " + sum(manifest.pieces(PieceKind.BLOBS)) + " bytes, and " + totals.blobs()
                        + " blobs and " + totals.blobsRemoved() + " removed make " + listed);
        long rowsMax = Math.multiplyExact(sum(manifest.pieces(PieceKind.ROWS)), (long) INFLATION_MAX)
                / RowsWriter.ROW_BYTES_MIN;
        require(
                totals.rows() <= rowsMax,
                "it claims " + totals.rows() + " rows, and its files can hold " + rowsMax + " at most");
    }

    private static long sum(List<Piece> pieces) {
        long sum = 0;
        for (Piece piece : pieces) {
            sum = Math.addExact(sum, piece.bytes());
        }
        return sum;
    }

    private static void require(boolean truth, String otherwise) {
        if (!truth) {
            throw corrupt(otherwise);
        }
    }

    private static StoreException corrupt(String why) {
        return new StoreException(
                FailureKind.STORE_CORRUPT,
                BundleManifest.FILE_NAME + " can't be true: " + why + "; nothing is taken in");
    }
}
