package dev.permafrost.store.check;

/** Goes through digests and sizes of blobs, in ascending order. One thread. Blocks. */
interface BlobCursor extends AutoCloseable {
    /** Goes on; whether there is another. */
    boolean next();

    /** The 32 bytes of its SHA-256; may be the same array each time. */
    byte[] digest();

    /** How many bytes it is said to have. */
    long sizeBytes();

    @Override
    void close();
}
