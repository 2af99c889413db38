package dev.permafrost.store.index;

/** The index in memory that other tests use keeps the same promises as the real one. */
class MemoryIndexTest extends IndexContract {
    private final Index index = new MemoryIndex();

    @Override
    Index index() {
        return index;
    }
}
