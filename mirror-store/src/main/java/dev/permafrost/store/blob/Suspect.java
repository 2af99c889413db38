package dev.permafrost.store.blob;

import dev.permafrost.store.model.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A blob that is being read to see whether it is damaged. Until this is closed, whoever commits the same bytes puts them in the place of
 * those that are there, instead of finding them held: so that what is taken away as damaged is never what somebody has just brought.
 */
public final class Suspect implements AutoCloseable {
    private final FileBlobStore store;
    private final Digest digest;
    private final FileFacts facts;

    Suspect(FileBlobStore store, Digest digest, FileFacts facts) {
        this.store = store;
        this.digest = digest;
        this.facts = facts;
    }

    /** What the file was when this began. */
    public FileFacts facts() {
        return facts;
    }

    /**
     * Takes its file away, if it is still the one that this began with. Blocks.
     *
     * @param to where it is moved to, within the same file system; null to delete it
     * @return whether it was
     */
    public boolean takeAway(@Nullable Path to) {
        boolean[] taken = {false};
        Path file = store.path(digest);
        try {
            store.deletions().alone(digest, () -> {
                FileFacts now = store.facts(digest).orElse(null);
                if (now != null && Objects.equals(now.key(), facts.key())) {
                    if (to == null) {
                        store.ops().delete(file);
                    } else {
                        store.ops().rename(file, to);
                    }
                    taken[0] = true;
                }
            });
        } catch (IOException e) {
            throw Failures.of("taking away", file, e);
        }
        return taken[0];
    }

    /** Has the blob trusted again. */
    @Override
    public void close() {
        store.deletions().trust(digest);
    }
}
