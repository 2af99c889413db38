package dev.permafrost.store.snapshot;

import dev.permafrost.store.model.SnapshotId;
import java.time.Instant;

/**
 * What a snapshot says of itself.
 *
 * @param id its name
 * @param createdAt when it was sealed, to the millisecond
 * @param entries how many entries it holds
 * @param blobs how many distinct blobs they name
 * @param blobBytes the size of those blobs together
 * @param unproved how many entries were kept without a digest or a signature to check them by
 * @param blobListSha256 SHA-256 of its {@code blobs.lst}, in hexadecimal
 */
public record SnapshotManifest(
        SnapshotId id,
        Instant createdAt,
        long entries,
        long blobs,
        long blobBytes,
        long unproved,
        String blobListSha256) {}
