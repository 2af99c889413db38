package dev.permafrost.store.blob;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.RefCounted;
import java.io.IOException;
import java.nio.channels.FileChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A committed blob, open for reading; many may read it at once by position. Its channel must not be used by a thread that
 * may be interrupted: an interrupt closes it for all.
 */
public final class OpenBlob extends RefCounted {
    private static final Logger log = LoggerFactory.getLogger(OpenBlob.class);

    private final Digest digest;
    private final FileChannel channel;
    private final long sizeBytes;

    OpenBlob(Digest digest, FileChannel channel, long sizeBytes) {
        this.digest = digest;
        this.channel = channel;
        this.sizeBytes = sizeBytes;
    }

    /** SHA-256 of the bytes. */
    public Digest digest() {
        return digest;
    }

    /** Number of bytes. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** The open file; read it by position only. */
    public FileChannel channel() {
        return channel;
    }

    @Override
    protected void free() {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("closing blob {}: {}", digest.hex(), e.toString());
        }
    }

    @Override
    public String toString() {
        return "OpenBlob[" + digest + ", " + sizeBytes + " bytes]";
    }
}
