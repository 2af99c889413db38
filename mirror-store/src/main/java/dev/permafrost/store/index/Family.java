package dev.permafrost.store.index;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;

/** The index's column families; each row belongs to one. */
public enum Family {
    /** Digest to what is known of the blob. */
    BLOB("blob", 1),
    /** Repository and key to the digest that is held; the only rows that root a blob. */
    ENTRY("entry", 2),
    /** Repository, kind, key and chunk to bytes whose codec the format owns. */
    DOC("doc", 3),
    /** Everything small: suspended downloads, marks. */
    META("meta", 4);

    private final String label;
    private final int code;

    Family(String label, int code) {
        this.label = label;
        this.code = code;
    }

    /** The number that stands for it in a log; never reused. */
    public int code() {
        return code;
    }

    /** The family of that number; STORE_CORRUPT for any that none has. */
    public static Family ofCode(int code) {
        for (Family family : values()) {
            if (family.code == code) {
                return family;
            }
        }
        throw new StoreException(
                FailureKind.STORE_CORRUPT, "a row is of family number " + code + ", which this version does not know");
    }

    /** The name on disk. */
    public String label() {
        return label;
    }
}
