package dev.permafrost.store.snapshot;

import dev.permafrost.store.index.EntryCursor;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import org.jspecify.annotations.Nullable;

/** What one index holds that another does not, or holds otherwise: both are read once, side by side, in no memory to speak of. */
public final class EntryDiff {
    private EntryDiff() {}

    /** Is shown changes one by one, in the order of their keys. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Takes one.
         *
         * @param before what was held under the key; null for nothing
         * @param after what is; null for nothing
         */
        void visit(ArtifactKey key, @Nullable Entry before, @Nullable Entry after);
    }

    /** Shows what has other bytes in one than in the other, or is in one alone. Blocks. */
    public static void between(Index before, Index after, Visitor visitor) {
        EntryCursor old = new EntryCursor(before, "");
        EntryCursor now = new EntryCursor(after, "");
        while (old.hasNext() || now.hasNext()) {
            int order = old.compareNext(now);
            EntryCursor.Held was = order <= 0 ? old.next() : null;
            EntryCursor.Held is = order >= 0 ? now.next() : null;
            if (was == null && is != null) {
                visitor.visit(is.key(), null, is.entry());
            } else if (was != null && is == null) {
                visitor.visit(was.key(), was.entry(), null);
            } else if (was != null
                    && is != null
                    && !was.entry().digest().equals(is.entry().digest())) {
                visitor.visit(is.key(), was.entry(), is.entry());
            }
        }
    }
}
