package dev.permafrost.store;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;

/** A process that tries to open a store; its exit code says whether it could. */
final class LockChild {
    static final int OPENED = 0;
    static final int REFUSED = 3;

    private LockChild() {}

    /** The argument is the store's folder. */
    public static void main(String[] args) {
        try (MirrorStore store = Stores.open(Path.of(args[0]))) {
            System.exit(store.frozen() ? 1 : OPENED);
        } catch (StoreException e) {
            System.exit(e.kind() == FailureKind.STORE_LOCKED ? REFUSED : 2);
        }
    }
}
