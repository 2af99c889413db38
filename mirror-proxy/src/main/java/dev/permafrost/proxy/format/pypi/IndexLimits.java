package dev.permafrost.proxy.format.pypi;

/**
 * How much one index page may hold.
 *
 * @param filesMax most files
 * @param decompressedBytesMax most bytes, content coding undone
 * @param textCharsMax most characters kept of it, in names, URLs and the like: what bounds the memory
 */
record IndexLimits(int filesMax, long decompressedBytesMax, long textCharsMax) {
    /** 200,000 files, 256 MiB, 96 Mi characters kept. */
    static final IndexLimits DEFAULT = new IndexLimits(200_000, 256L << 20, 96L << 20);

    /** Checks that each is positive. */
    IndexLimits {
        if (filesMax < 1 || decompressedBytesMax < 1 || textCharsMax < 1) {
            throw new IllegalArgumentException("a limit is 1 or more: " + filesMax + " files, " + decompressedBytesMax
                    + " bytes, " + textCharsMax + " characters");
        }
    }
}
