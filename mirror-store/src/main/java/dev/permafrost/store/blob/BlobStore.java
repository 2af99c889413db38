package dev.permafrost.store.blob;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Blobs by their SHA-256. Kept narrow, so that an object store can stand behind it one day. Everything blocks.
 *
 * <p>All of it throws {@link StoreException} when the disk fails.
 */
public interface BlobStore {
    /** Starts a new blob; SHA-256 is computed in any case, the other algorithms as asked. */
    StagedBlob stage(Set<Algorithm> algorithms);

    /**
     * Goes on with a suspended blob from that many bytes, which are read and hashed again; what is beyond is cut off.
     *
     * @throws StoreException of kind STORE_MISSING if there is none of that name, or it is shorter
     */
    StagedBlob resume(String suspended, long offsetBytes, Set<Algorithm> algorithms);

    /** Number of bytes of a blob, empty where it is not held. */
    OptionalLong size(Digest digest);

    /**
     * Opens a blob for reading; the caller releases it.
     *
     * @throws StoreException of kind STORE_CORRUPT if it is not there
     */
    OpenBlob open(Digest digest);

    /** Names every blob, in no order. */
    void list(Consumer<Digest> visitor);

    /** Deletes a blob; does nothing if it is not held. */
    void delete(Digest digest);

    /** Deletes what was staged and neither committed nor discarded, but for the suspended names that are kept. */
    int sweep(Predicate<String> keep);
}
