package dev.permafrost.proxy.fetch;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.StoreException;
import java.util.Map;

/** Whether what is held is what an index now describes. */
public final class HeldFiles {
    /** What can be told. */
    public enum Fit {
        /** It is that. */
        YES,
        /** It is something else. */
        NO,
        /** The index has a digest that was never computed of the bytes: they must be read to tell. */
        UNPROVED
    }

    private HeldFiles() {}

    /**
     * Whether an entry's bytes fit an expectation, as far as that is known. SHA-256 is known of all, and decides alone. Reads the
     * index only, which blocks.
     */
    public static Fit known(View view, Entry entry, Expectation expectation) {
        if (expectation.sizeBytes() >= 0 && expectation.sizeBytes() != entry.sizeBytes()) {
            return Fit.NO;
        }
        Digest sha256 = expectation.digests().get(Algorithm.SHA256);
        if (sha256 != null) {
            return sha256.equals(entry.digest()) ? Fit.YES : Fit.NO;
        }
        if (expectation.digests().isEmpty()) {
            return Fit.YES;
        }
        return fit(
                expectation,
                view.catalog().blob(entry.digest()).map(BlobRecord::digests).orElse(Map.of()));
    }

    /**
     * Whether an entry's bytes fit an expectation; reads all of them where it takes that to tell, once for each algorithm. Blocks.
     *
     * @throws StoreException STORE_CORRUPT if that shows that they are damaged, or not there
     */
    public static boolean fits(MirrorStore store, View view, Entry entry, Expectation expectation) {
        Fit fit = known(view, entry, expectation);
        if (fit == Fit.UNPROVED) {
            fit = fit(expectation, store.digests(entry.digest(), expectation.algorithms()));
        }
        return fit == Fit.YES;
    }

    private static Fit fit(Expectation expectation, Map<Algorithm, Digest> known) {
        Fit fit = Fit.YES;
        for (Digest wanted : expectation.digests().values()) {
            Digest has = known.get(wanted.algorithm());
            if (has == null) {
                fit = Fit.UNPROVED;
            } else if (!has.equals(wanted)) {
                return Fit.NO;
            }
        }
        return fit;
    }
}
