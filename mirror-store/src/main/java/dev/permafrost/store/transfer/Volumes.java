package dev.permafrost.store.transfer;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;

/** Room on the volumes that a bundle is divided among, given away in order. */
final class Volumes {
    /** The smallest that a volume may be. */
    static final long BYTES_MIN = 1 << 20;

    private static final long RESERVED_BYTES_MIN = 96 << 10;
    /** What a file takes in the manifest and in the sums, at most. */
    private static final long RESERVED_BYTES_PER_PIECE = 512;

    private final long volumeBytes;
    private final long reservedBytes;
    private int volume = 1;
    private long room;

    private Volumes(long volumeBytes, long reservedBytes) {
        this.volumeBytes = volumeBytes;
        this.reservedBytes = reservedBytes;
        this.room = usable();
    }

    /** One volume, as large as can be. */
    static Volumes one() {
        return new Volumes(Long.MAX_VALUE, 0);
    }

    /**
     * Volumes of that size.
     *
     * @param contentBytes how many bytes there are to come, about
     * @param files how many files there are to come, but for those that are as large as a volume allows
     * @throws StoreException BAD_REQUEST if they are too small
     */
    static Volumes of(long volumeBytes, long contentBytes, long files) {
        if (volumeBytes < BYTES_MIN) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "--volume-size is " + volumeBytes + " bytes, and must be " + BYTES_MIN + " at least");
        }
        long pieces = files + 4 * (contentBytes / volumeBytes + 1);
        return new Volumes(volumeBytes, RESERVED_BYTES_MIN + pieces * RESERVED_BYTES_PER_PIECE);
    }

    boolean isDivided() {
        return volumeBytes != Long.MAX_VALUE;
    }

    /** How many bytes of pieces an empty volume takes. */
    long usable() {
        return volumeBytes - reservedBytes;
    }

    /** How many bytes are kept free on each for the manifest, its signature and the sums. */
    long reserved() {
        return isDivided() ? reservedBytes : Long.MAX_VALUE;
    }

    /** A size for pieces that can be cut anywhere. */
    int pieceBytes(int most) {
        return (int) Math.max(1, Math.min(most, usable() / 4));
    }

    /** The volume of the next piece. */
    int place(String path, long bytes) {
        if (bytes > usable()) {
            throw tooSmall(path, bytes);
        }
        if (bytes > room) {
            volume++;
            room = usable();
        }
        room -= bytes;
        return volume;
    }

    private StoreException tooSmall(String path, long bytes) {
        return new StoreException(
                FailureKind.BAD_REQUEST,
                path + " has " + bytes + " bytes, and a volume of " + volumeBytes + " bytes takes "
                        + Math.max(0, usable()) + "; give a larger --volume-size");
    }

    /** Says whether what is written beside the pieces fits in what was kept free for it. */
    void checkReserved(long bytes) {
        if (bytes > reserved()) {
            throw tooSmall("the manifest with its sums", bytes);
        }
    }

    /** A layout of packs on what is left. */
    PackLayout packs(long packBytesMax) {
        return new PackLayout(packBytesMax, usable(), volume, room);
    }

    /** On how many volumes pieces lie so far. */
    int count() {
        return volume;
    }
}
