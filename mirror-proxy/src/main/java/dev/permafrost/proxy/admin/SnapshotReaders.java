package dev.permafrost.proxy.admin;

import dev.permafrost.store.model.SnapshotId;

/** Whoever has snapshots open in the process that owns the store, and can let go of them. */
public interface SnapshotReaders {
    /** Nobody has. */
    SnapshotReaders NONE = new SnapshotReaders() {
        @Override
        public boolean leave(SnapshotId id) {
            return true;
        }

        @Override
        public void comeBack(SnapshotId id) {}

        @Override
        public void currentChanged() {}
    };

    /**
     * Lets go of a snapshot and does not open it again until {@link #comeBack}. Blocks, for some seconds where it is being read.
     *
     * @return false where it is still being read then
     */
    boolean leave(SnapshotId id);

    /** It may be opened again, if it is there. */
    void comeBack(SnapshotId id);

    /** Another snapshot is the current one. */
    void currentChanged();
}
