package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What syncs of before have found out, so that it is not found out again: whose signatures are good, and which lists were the newest. If it is
 * lost, that is done anew; no snapshot has any of it. Blocks.
 */
final class SyncMemory {
    private static final String SIGNED = "signed:";
    private static final String SYNCED = "synced:/";
    private static final int VERSION = 1;

    private final String repository;
    private final MirrorStore store;

    SyncMemory(String repository, MirrorStore store) {
        this.repository = repository;
        this.store = store;
    }

    /**
     * The last run for a directory.
     *
     * @param generation the {@linkplain Generation#id generation} that was the newest then
     */
    record Last(Digest generation, Instant at) {}

    /**
     * Whether a package was found to be signed by one of those.
     *
     * @param sha256 of its bytes
     * @param signers as {@link PackageSigners#id} has them
     */
    boolean isSigned(View view, String path, Digest sha256, Digest signers) {
        return view.catalog()
                .docHead(signed(path))
                .filter(noted -> {
                    RowReader row = new RowReader("checked signature", noted, VERSION);
                    Digest bytesThen = row.digest();
                    Digest signersThen = row.digest();
                    row.end();
                    return bytesThen.equals(sha256) && signersThen.equals(signers);
                })
                .isPresent();
    }

    /** Notes that it is, in place of what was noted of its path before. */
    void noteSigned(String path, Digest sha256, Digest signers) {
        store.putDoc(
                signed(path),
                List.of(new RowWriter(VERSION).digest(sha256).digest(signers).bytes()));
    }

    /** Remembers nothing of a package any more. */
    void forget(String path) {
        store.putDoc(signed(path), List.of());
    }

    /** When a directory was synced last; empty where that is not known. */
    Optional<Last> last(View view, String dir) {
        return view.catalog().docHead(synced(dir)).map(bytes -> {
            RowReader row = new RowReader("last sync", bytes, VERSION);
            Last last = new Last(row.digest(), row.instant());
            row.end();
            return last;
        });
    }

    /** Notes that it was synced. */
    void noteSynced(String dir, Last now) {
        store.putDoc(
                synced(dir),
                List.of(new RowWriter(VERSION)
                        .digest(now.generation())
                        .instant(now.at())
                        .bytes()));
    }

    private DocKey signed(String path) {
        return new DocKey(repository, DocKey.OF_THIS_MACHINE, SIGNED + path);
    }

    private DocKey synced(String dir) {
        return new DocKey(repository, DocKey.OF_THIS_MACHINE, SYNCED + dir);
    }
}
