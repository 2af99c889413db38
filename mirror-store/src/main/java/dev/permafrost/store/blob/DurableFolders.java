package dev.permafrost.store.blob;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Creates folders and makes each durable in its parent, once in this process's life: that one is there proves nothing, since
 * a process that crashed may have created it without a sync.
 */
public final class DurableFolders {
    private final FileOps ops;
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    /** Creates them by these operations. */
    public DurableFolders(FileOps ops) {
        this.ops = ops;
    }

    /** That folder, created if need be with all above it, each entry durable. Blocks. */
    public void ensureTree(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        Path name = folder.getFileName();
        if (parent == null || name == null) {
            return;
        }
        if (!Files.isDirectory(parent)) {
            ensureTree(parent);
        }
        boolean there = Files.isDirectory(folder);
        try {
            ensure(parent, name.toString());
        } catch (AccessDeniedException e) {
            // A folder that someone with more rights made for us, in one that we may not even list.
            if (!there) {
                throw e;
            }
        }
    }

    /** The folder of that name in a parent that exists, created if need be, its entry durable. Blocks. */
    public Path ensure(Path parent, String name) throws IOException {
        Path folder = parent.resolve(name);
        if (!durable.contains(folder)) {
            ops.createDirectory(folder);
            ops.syncDirectory(parent);
            durable.add(folder);
        }
        return folder;
    }
}
