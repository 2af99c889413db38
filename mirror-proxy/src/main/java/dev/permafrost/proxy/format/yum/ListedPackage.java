package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A package as primary lists it.
 *
 * @param nevra what it is
 * @param checksum of the file; its digits are the {@code pkgid} that the other lists know it by
 * @param location where the file is
 * @param sizeBytes the file's length; -1 where it is not said
 * @param fileSeconds when the file was made, since 1970; -1 where it is not said
 * @param buildSeconds when the package was built, since 1970; -1 where it is not said
 * @param headerStart where in the file its header begins; -1 where it is not said
 * @param headerEnd where that ends; -1 where it is not said
 * @param sourceRpm what the file is called that it was built from; null for a source package, and where it is not said
 * @param elementOffset where in the decompressed document its element begins
 * @param elementBytes how long that is
 */
record ListedPackage(
        Nevra nevra,
        Digest checksum,
        Location location,
        long sizeBytes,
        long fileSeconds,
        long buildSeconds,
        long headerStart,
        long headerEnd,
        @Nullable String sourceRpm,
        long elementOffset,
        int elementBytes) {}
