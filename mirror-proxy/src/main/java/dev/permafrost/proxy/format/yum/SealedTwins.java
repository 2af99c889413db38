package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@linkplain OldYum yum 3} is given of directories where nothing is fetched and it can't read what all others are given: a twin, made
 * anew, or that of the last time where it is of the same. One that can't be made is told of, and keeps nothing from the others. Blocks.
 */
final class SealedTwins {
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final TwinWriter writer;

    SealedTwins(MirrorStore store, GenerationDocs docs, TwinWriter writer) {
        this.store = store;
        this.docs = docs;
        this.writer = writer;
    }

    /**
     * What yum 3 is given.
     *
     * @param twin null where it is nothing of its own
     * @param told what is to be told of that; empty, or beginning with a semicolon
     */
    record Sealed(@Nullable Generation twin, String told) {}

    /** What it is given in place of that, all of which is held. */
    Sealed of(String dir, Generation served, Supplier<OwnKey> key) {
        if (OldYum.reads(served)) {
            return new Sealed(null, "");
        }
        try {
            TwinWriter.Made made = known(dir, served)
                    .map(twin -> new TwinWriter.Made(TwinWriter.signed(twin, key.get()), ""))
                    .orElse(null);
            if (made == null) {
                made = writer.made(dir, served, key.get());
            }
            return new Sealed(
                    made.twin(),
                    "; yum 3, which can't read that, is given the same lists by gzip and SQLite, signed by "
                            + key.get().fingerprint() + made.faults());
        } catch (StoreException e) {
            return lacking(String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            return lacking(e.toString());
        }
    }

    private static Sealed lacking(String why) {
        return new Sealed(null, "; yum 3 can't read that, and what it could read can't be made: " + why);
    }

    private Optional<Generation> known(String dir, Generation served) {
        return docs.twins(store.view(), dir).stream()
                .filter(twin -> twin.id().equals(served.id()))
                .filter(twin -> TwinWriter.hasAllDatabases(twin) && docs.isHeld(dir, twin))
                .findFirst();
    }
}
