package dev.permafrost.store.blob;

import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Bytes on their way in: written once, hashed while written, readable by verifiers and by the readers of a growing file, and
 * nameless until {@link #commit} has proved them. One thread writes; any may read.
 */
public interface StagedBlob {
    /**
     * Appends the buffer's remaining bytes. Blocks.
     *
     * @throws StoreException if the disk refuses; what was staged before is then good for {@link #suspend} or
     *     {@link #discard}, and for nothing else
     */
    void write(ByteBuffer bytes);

    /**
     * Takes the bytes of a file, all of them, in place of {@link #write}: in the cheapest way that works, up to a given one.
     * They are hashed as they are now; whether the file goes on changing is the caller's to find out. Blocks.
     *
     * @return the way that worked
     * @throws IOException if the file can't be read
     * @throws StoreException if our disk refuses
     */
    Taking take(Path file, Taking most) throws IOException;

    /** How many bytes can be read by {@link #inspect} at this moment. */
    long writtenBytes();

    /** A new read-only channel on what has been written; the caller closes it. It stays readable after a commit. Blocks. */
    FileChannel inspect();

    /**
     * Proves the bytes, makes them durable under their digest and ends the staging. Blocks.
     *
     * @throws StoreException DIGEST_MISMATCH or LENGTH_MISMATCH if they are the wrong bytes; then nothing is kept
     */
    CommittedBlob commit(Expectation expectation);

    /**
     * Ends the staging but keeps the bytes on disk, durable, to go on with later under the returned name. Blocks.
     *
     * @return the name for {@link BlobStore#resume}
     */
    String suspend();

    /** The name that {@link #suspend} would return, by which {@link BlobStore#resume} finds what a process that was killed has left. */
    String name();

    /** Ends the staging and forgets the bytes; does nothing once ended. Never throws. Blocks. */
    void discard();
}
