package dev.permafrost.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file in the staging folder for whoever needs a path and writes as it likes, such as a library; gone once closed, or at the next start. */
public final class ScratchFile implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ScratchFile.class);

    private final Path path;
    private final FileOps ops;

    ScratchFile(Path path, FileOps ops) {
        this.path = path;
        this.ops = ops;
    }

    /** Where it is; empty at first. */
    public Path path() {
        return path;
    }

    /** Deletes it. Never throws. Blocks. */
    @Override
    public void close() {
        try {
            ops.delete(path);
        } catch (IOException e) {
            log.warn("deleting {}: {}; the next start removes it", path, e.toString());
        }
    }
}
