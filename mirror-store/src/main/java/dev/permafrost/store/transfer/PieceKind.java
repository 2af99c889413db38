package dev.permafrost.store.transfer;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.Locale;

/** What a file of a bundle is, in the order in which they are taken in. */
enum PieceKind {
    /** What the snapshot says of itself, as it is in the sender's store. */
    SNAPSHOT("snapshot.json", 1 << 20),
    /** Which blobs the snapshot has and its base has not, and the other way round. */
    BLOBS("lists/%04d.blobs", 32 << 20),
    /** A slice of the blobs' bytes. */
    PACK("packs/%04d.pack", Long.MAX_VALUE),
    /** Changes of rows of the index. */
    ROWS("index/%04d.rows", 96 << 20),
    /** A file of the program, for a host that has only a Java runtime. */
    SERVER("permafrost/", Long.MAX_VALUE);

    private final String path;
    private final long bytesMax;

    PieceKind(String path, long bytesMax) {
        this.path = path;
        this.bytesMax = bytesMax;
    }

    /** Where the file with that number lies, from 1 on; for the program's, where they all do. */
    String path(int number) {
        return String.format(Locale.ROOT, path, number);
    }

    /** The largest there can be: all but packs and the program are read into memory. */
    long bytesMax() {
        return bytesMax;
    }

    /** The word in a manifest. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static PieceKind of(String label) {
        for (PieceKind kind : values()) {
            if (kind.label().equals(label)) {
                return kind;
            }
        }
        throw new StoreException(
                FailureKind.STORE_CORRUPT, "the bundle's manifest names a file of kind '" + label + "', which is none");
    }
}
