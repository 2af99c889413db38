package dev.permafrost.store.model;

/** How the bytes of an entry were proved to be the right ones, strongest first. */
public enum Verification {
    /** A signature covers them, directly or by way of signed metadata. */
    SIGNATURE(1),
    /** An index named their digest. */
    DIGEST(2),
    /** Only their number was known. */
    LENGTH(3),
    /** Nothing was known beforehand. */
    NONE(4);

    private final int code;

    Verification(int code) {
        this.code = code;
    }

    /** The number that stands for it on disk; never reused. */
    public int code() {
        return code;
    }

    /**
     * The verification of that on-disk number.
     *
     * @throws StoreException of kind {@link FailureKind#STORE_CORRUPT} for a number that no version has written
     */
    public static Verification ofCode(int code) {
        for (Verification v : values()) {
            if (v.code == code) {
                return v;
            }
        }
        throw new StoreException(
                FailureKind.STORE_CORRUPT,
                "an index row names verification number " + code + ", which this version does not know");
    }
}
