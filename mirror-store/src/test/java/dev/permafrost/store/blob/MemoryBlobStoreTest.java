package dev.permafrost.store.blob;

/** The store in memory that other tests use keeps the same promises as the real one. */
class MemoryBlobStoreTest extends BlobStoreContract {
    private final BlobStore store = new MemoryBlobStore();

    @Override
    BlobStore store() {
        return store;
    }
}
