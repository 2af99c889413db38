package dev.permafrost.store;

import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A process that has a snapshot open, says so, and closes it when its input ends. */
final class ReaderChild {
    private ReaderChild() {}

    /** The arguments are the store's folder and the snapshot. */
    public static void main(String[] args) throws IOException {
        MirrorStore.Options options = MirrorStore.Options.of(Path.of(args[0]));
        try (MirrorStore store = MirrorStore.openFrozen(options, Optional.of(new SnapshotId(args[1])))) {
            System.out.println(store.frozen() ? "open" : "live");
            System.out.flush();
            while (System.in.read() >= 0) {}
        }
    }
}
