package dev.permafrost.store;

import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.index.Partial;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.StoreException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way to an entry. Ends by exactly one of {@link #commit}, {@link #suspend} and {@link #discard}. All but the
 * getters block; one thread at a time.
 */
public final class Incoming {
    private final MirrorStore store;
    private final Suspensions suspensions;
    private final ArtifactKey key;
    private final StagedBlob staged;
    private final @Nullable Partial resumedFrom;
    private boolean noted;
    private boolean ended;

    Incoming(
            MirrorStore store,
            Suspensions suspensions,
            ArtifactKey key,
            StagedBlob staged,
            @Nullable Partial resumedFrom) {
        this.store = store;
        this.suspensions = suspensions;
        this.key = key;
        this.staged = staged;
        this.resumedFrom = resumedFrom;
    }

    /** The entry they are for. */
    public ArtifactKey key() {
        return key;
    }

    /** Where to write them, and where growing bytes are read. */
    public StagedBlob staged() {
        return staged;
    }

    /** The download that this one goes on with. */
    public Optional<Partial> resumedFrom() {
        return Optional.ofNullable(resumedFrom);
    }

    /**
     * Proves the bytes and makes them the entry's, durably: when this returns they survive a power cut.
     *
     * @param origin the URL they came from
     * @throws StoreException if they are the wrong bytes (nothing is kept) or the disk refuses
     */
    public Entry commit(Expectation expectation, String origin) {
        return commit(expectation, origin, MirrorStore.NOTHING_BESIDE);
    }

    /**
     * The same, and an {@linkplain MirrorStore#amend amendment} with it: both are there, or neither.
     *
     * @param beside the amendment, once the bytes are proved
     */
    public Entry commit(Expectation expectation, String origin, Function<CommittedBlob, Amendment> beside) {
        end();
        return store.commit(this, suspensions, expectation, origin, beside);
    }

    /** Keeps what has arrived, to go on with later if upstream still has the same bytes under that validator. */
    public void suspend(String url, String validator) {
        end();
        suspensions.suspend(this, url, validator);
    }

    /**
     * Notes how far it is, so that it can be gone on with as after {@link #suspend} if this process is killed: what a power cut leaves
     * of its bytes nobody knows, so that those who go on need to be able to prove them.
     */
    public void note(String url, String validator) {
        if (ended) {
            throw new IllegalStateException("this download has ended: " + key);
        }
        suspensions.note(this, url, validator);
        noted = true;
    }

    /** Whether there is a row by which it can be gone on with. */
    boolean hasRow() {
        return noted || resumedFrom != null;
    }

    /** Forgets what has arrived; does nothing once it has ended in one of the three ways, even if that failed. */
    public void discard() {
        if (!ended) {
            ended = true;
            suspensions.discard(this);
        }
    }

    private void end() {
        if (ended) {
            throw new IllegalStateException("this download has ended: " + key);
        }
        ended = true;
    }
}
