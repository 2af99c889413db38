package dev.permafrost.store.check;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.Suspect;
import dev.permafrost.store.model.Digest;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder {@code quarantine/} of a store, where the operator finds the files that were damaged. Nothing in it is ever served. */
final class Quarantine {
    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);
    private static final String FOLDER = "quarantine";

    private final CheckedStore store;

    Quarantine(CheckedStore store) {
        this.store = store;
    }

    /** Takes a damaged file away, unless good bytes have come in its place meanwhile; whether it did. Blocks. */
    boolean take(Digest digest, Suspect suspect) {
        Path folder;
        try {
            folder = new DurableFolders(store.ops()).ensure(store.root(), FOLDER);
        } catch (IOException e) {
            throw Failures.of("creating", store.root().resolve(FOLDER), e);
        }
        if (!suspect.takeAway(folder.resolve(digest.hex()))) {
            return false;
        }
        store.gone().accept(digest);
        log.error("blob {} has other bytes than its name says, and was moved to {}", digest.hex(), folder);
        return true;
    }
}
