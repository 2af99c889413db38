package dev.permafrost.store.check;

import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.Snapshots;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The parts of a store that is open, for what looks after it.
 *
 * @param root its folder
 * @param ops how files are changed
 * @param index its live rows, or those of the snapshot that it is open on
 * @param clock what time it is
 * @param readOnly whether it is served frozen, and nothing of it may be changed
 * @param gone is told of each blob whose file has been taken away, so that nobody goes on with one that is open
 * @param closed whether the store is being closed, so that everything is to end
 */
public record CheckedStore(
        Path root,
        FileOps ops,
        FileBlobStore blobs,
        Snapshots snapshots,
        Index index,
        Clock clock,
        boolean readOnly,
        Consumer<Digest> gone,
        BooleanSupplier closed) {
    /** Throws SHUTTING_DOWN once the store is being closed, or the thread is interrupted. */
    void goOn() {
        if (closed.getAsBoolean() || Thread.currentThread().isInterrupted()) {
            throw new StoreException(
                    FailureKind.SHUTTING_DOWN,
                    "the store " + root + " is being closed; what is left is done next time");
        }
    }
}
