package dev.permafrost.store.transfer;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the blobs' bytes, one after the other, into packs that suit the medium, before any is read: sizes are all that it needs.
 *
 * <p>A pack may end within a blob, which goes on in the next. A volume may not, but where the blob alone is more than fits on one: so that
 * volumes can be taken in in any order.
 */
final class PackLayout {
    private final long packBytesMax;
    private final long volumeBytes;
    private final List<Piece> packs = new ArrayList<>();

    private int volume;
    private long room;
    private long packBytes;
    /** Where in this pack the first blob begins; -1 while none does. */
    private long packHead = -1;

    /**
     * A layout without blobs.
     *
     * @param packBytesMax how large a file may be
     * @param volumeBytes how many bytes of packs an empty volume takes
     * @param volume the volume on which to begin
     * @param room how many bytes are free on that one
     */
    PackLayout(long packBytesMax, long volumeBytes, int volume, long room) {
        this.packBytesMax = packBytesMax;
        this.volumeBytes = volumeBytes;
        this.volume = volume;
        this.room = room;
    }

    /** Puts the next blob there, with its frame. */
    void add(long blobBytes) {
        long left = Math.addExact(BlobFrame.BYTES, blobBytes);
        if (left > room && room < volumeBytes) {
            nextVolume();
        }
        makeRoom();
        if (packHead < 0) {
            packHead = packBytes;
        }
        while (left > 0) {
            makeRoom();
            long taken = Math.min(left, Math.min(room, packBytesMax - packBytes));
            left -= taken;
            room -= taken;
            packBytes += taken;
        }
    }

    private void makeRoom() {
        if (room == 0) {
            nextVolume();
        } else if (packBytes == packBytesMax) {
            endPack();
        }
    }

    private void nextVolume() {
        endPack();
        volume++;
        room = volumeBytes;
    }

    private void endPack() {
        if (packBytes > 0) {
            String path = PieceKind.PACK.path(packs.size() + 1);
            packs.add(new Piece(PieceKind.PACK, path, volume, packBytes, "", packHead < 0 ? packBytes : packHead));
        }
        packBytes = 0;
        packHead = -1;
    }

    /** The packs, once all blobs are there. */
    List<Piece> finish() {
        endPack();
        return List.copyOf(packs);
    }
}
