package dev.permafrost.proxy.fetch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Descriptors of files that are asked for again and again, so that a hit needs no open, and the bytes of those that are small:
 * up to here sending them from memory costs less than having the kernel send a region. The cache owns one reference each.
 */
final class BlobHandles implements AutoCloseable {
    static final int MEMORY_FILE_BYTES_MAX = 64 << 10;

    private static final Logger log = LoggerFactory.getLogger(BlobHandles.class);
    /** Of all repositories together: direct memory is one for the whole process. */
    private static final long IN_MEMORY_BYTES_MAX = 32 << 20;

    private static final AtomicLong IN_MEMORY_BYTES = new AtomicLong();

    private final MirrorStore store;
    private final Executor loader;
    private final Cache<Digest, OpenBlob> open;
    private final LongAdder hits = new LongAdder();
    private final LongAdder opened = new LongAdder();
    private final LongAdder evictions = new LongAdder();

    /**
     * A cache.
     *
     * @param loader where small files are read into memory
     */
    BlobHandles(MirrorStore store, int openFilesMax, Executor loader) {
        this.store = store;
        this.loader = loader;
        this.open = Caffeine.newBuilder()
                .maximumSize(openFilesMax)
                .executor(Runnable::run)
                .removalListener((@Nullable Digest digest, @Nullable OpenBlob blob, RemovalCause cause) -> {
                    if (blob != null) {
                        blob.release();
                    }
                    if (cause.wasEvicted()) {
                        evictions.increment();
                    }
                })
                .build();
    }

    /** The open file of a digest, retained for the caller, if it is in the cache. Does not block. */
    @Nullable OpenBlob cached(Digest digest) {
        OpenBlob blob = open.getIfPresent(digest);
        if (blob == null || !blob.tryRetain()) {
            return null;
        }
        hits.increment();
        keepInMemory(blob);
        return blob;
    }

    /** The open file of an entry, retained for the caller. Blocks where it is not in the cache. */
    OpenBlob open(Entry entry) {
        OpenBlob known = cached(entry.digest());
        while (known == null) {
            OpenBlob blob = open.get(entry.digest(), digest -> opened(entry));
            known = blob.tryRetain() ? blob : null;
        }
        return known;
    }

    /** Lets go of a file that is no more, so that its space is free and nobody is given it any more. Does not block. */
    void drop(Digest digest) {
        open.invalidate(digest);
    }

    /** How it is doing: a hit is a file that was open already, a miss one that had to be opened. */
    CacheFigures figures() {
        return new CacheFigures(open::estimatedSize, () -> 0, hits::sum, opened::sum, evictions::sum);
    }

    private OpenBlob opened(Entry entry) {
        OpenBlob blob = store.open(entry);
        opened.increment();
        try {
            if (blob.sizeBytes() <= MEMORY_FILE_BYTES_MAX) {
                // who is sent it needs not come back here to have it read
                blob.warm(0, blob.sizeBytes(), ByteBuffer.allocate(Math.max(1, (int) blob.sizeBytes())));
            }
            return blob;
        } catch (IOException e) {
            blob.release();
            throw new StoreException(
                    FailureKind.DISK_FAILED, "reading blob " + entry.digest().hex() + ": " + e.getMessage(), e);
        }
    }

    /** Has the bytes of a small file read into memory when it is asked for again, and there is room. */
    private void keepInMemory(OpenBlob blob) {
        long size = blob.sizeBytes();
        if (size > MEMORY_FILE_BYTES_MAX || !blob.claimLoading()) {
            return;
        }
        if (IN_MEMORY_BYTES.addAndGet(size) > IN_MEMORY_BYTES_MAX || !blob.tryRetain()) {
            IN_MEMORY_BYTES.addAndGet(-size);
            return;
        }
        try {
            loader.execute(() -> load(blob));
        } catch (StoreException busy) {
            IN_MEMORY_BYTES.addAndGet(-size);
            blob.release();
        }
    }

    private static void load(OpenBlob blob) {
        long size = blob.sizeBytes();
        try {
            blob.load(() -> IN_MEMORY_BYTES.addAndGet(-size));
        } catch (StoreException e) {
            // whoever reads it from the disk will be told
            log.warn("{}", e.getMessage());
        } finally {
            blob.release();
        }
    }

    @Override
    public void close() {
        open.invalidateAll();
        open.cleanUp();
    }
}
