package dev.permafrost.proxy.fetch;

import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import java.util.Map;

/** Whether what is held is what an index now describes. */
public final class HeldFiles {
    private HeldFiles() {}

    /** Whether an entry's bytes fit an expectation, as far as both can be compared. Blocks. */
    public static boolean fits(View view, Entry entry, Expectation expectation) {
        if (expectation.sizeBytes() >= 0 && expectation.sizeBytes() != entry.sizeBytes()) {
            return false;
        }
        Digest sha256 = expectation.digests().get(Algorithm.SHA256);
        if (sha256 != null) {
            return sha256.equals(entry.digest());
        }
        if (expectation.digests().isEmpty()) {
            return true;
        }
        Map<Algorithm, Digest> known =
                view.catalog().blob(entry.digest()).map(BlobRecord::digests).orElse(Map.of());
        return expectation.digests().entrySet().stream()
                .allMatch(wanted -> wanted.getValue().equals(known.getOrDefault(wanted.getKey(), wanted.getValue())));
    }
}
