package dev.permafrost.store.index;

/** The index's column families; each row belongs to one. */
public enum Family {
    /** Digest to what is known of the blob. */
    BLOB("blob"),
    /** Repository and key to the digest that is held; the only rows that root a blob. */
    ENTRY("entry"),
    /** Repository, kind, key and chunk to bytes whose codec the format owns. */
    DOC("doc"),
    /** Everything small: suspended downloads, marks. */
    META("meta");

    private final String label;

    Family(String label) {
        this.label = label;
    }

    /** The name on disk. */
    public String label() {
        return label;
    }
}
