package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.HostedPackages.Added;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.model.Digest;
import java.util.function.Predicate;

/** Files of one kind that a repository is the origin of. Blocks. */
interface HostedFiles {
    /** Whether a file may take the place of the one that is there, by its SHA-256. */
    interface Replaces extends Predicate<Digest> {}

    /** Begins to take in the file that is to be at that path. */
    Incoming begin(String path);

    /**
     * Adds a file whose bytes are all there.
     *
     * @param by who adds it, for the record
     * @throws RefusedUploadException if it is not what it is to be, or if there is another at its path
     */
    Added add(Incoming incoming, Replaces replaces, String by) throws RefusedUploadException;
}
