package dev.permafrost.store.check;

import dev.permafrost.store.snapshot.BlobListReader;

/** Goes through the list of a snapshot. */
final class ListCursor implements BlobCursor {
    private final BlobListReader list;

    ListCursor(BlobListReader list) {
        this.list = list;
    }

    @Override
    public boolean next() {
        return list.next();
    }

    @Override
    public byte[] digest() {
        return list.digest();
    }

    @Override
    public long sizeBytes() {
        return list.sizeBytes();
    }

    @Override
    public void close() {
        list.close();
    }
}
