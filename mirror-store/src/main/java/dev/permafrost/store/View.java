package dev.permafrost.store;

import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.IndexFigures;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.RefCounted;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.snapshot.EntryDiff;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one request sees of the store: the live index, or one snapshot. Reference-counted, since closing an index under a
 * reader crashes the JVM.
 */
public final class View extends RefCounted {
    private final @Nullable SnapshotId snapshot;
    private final boolean heldOnly;
    private final Index index;
    private final Catalog catalog;
    private final Runnable unlock;

    /** A view that closes the index with its last reference, and then gives up what it locks. */
    View(@Nullable SnapshotId snapshot, boolean heldOnly, Index index, Runnable unlock) {
        this.snapshot = snapshot;
        this.heldOnly = heldOnly;
        this.index = index;
        this.catalog = new Catalog(index);
        this.unlock = unlock;
    }

    /** The snapshot it shows; empty for the live index. */
    public Optional<SnapshotId> snapshot() {
        return Optional.ofNullable(snapshot);
    }

    /** Whether pages list only what is held, because nothing else can be had. */
    public boolean heldOnly() {
        return heldOnly;
    }

    /** Whether what it shows never changes. */
    public boolean immutable() {
        return snapshot != null;
    }

    /** Its rows. Blocks. */
    public Catalog catalog() {
        return catalog;
    }

    Index index() {
        return index;
    }

    IndexFigures figures() {
        return index.figures();
    }

    /** A number that is another one after each change to what it shows, and after some that are none; never for a snapshot. Cheap. */
    public long lastChange() {
        return immutable() ? 0 : index.lastChange();
    }

    /** Shows what is held here that was not held, or held otherwise, in another view, and the reverse. Blocks. */
    public void changes(View since, EntryDiff.Visitor visitor) {
        EntryDiff.between(since.index, index, visitor);
    }

    /** What it holds under a key. Blocks. */
    public Optional<Entry> lookup(ArtifactKey key) {
        return catalog.entry(key);
    }

    @Override
    protected void free() {
        try {
            index.close();
        } finally {
            unlock.run();
        }
    }

    @Override
    public String toString() {
        return "View[" + (snapshot == null ? "live" : snapshot.name()) + (heldOnly ? ", held only]" : "]");
    }
}
