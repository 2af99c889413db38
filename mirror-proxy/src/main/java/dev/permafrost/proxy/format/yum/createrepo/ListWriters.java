package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.format.yum.rpm.PackageList;
import dev.permafrost.proxy.format.yum.rpm.PackageXml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Writes the three lists, each by a thread of its own, since compressing is most of the work where packages are not read. Packages come in
 * batches: while one is compressed, the next is collected, and no third waits. A failure comes to light with a later batch, or at the end.
 */
final class ListWriters implements AutoCloseable {
    private static final int BATCH_PACKAGES_MAX = 64;
    private static final long BATCH_BYTES_MAX = 1 << 20;
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);

    private final Map<PackageList, MetadataFile> files;
    private final ExecutorService threads = Executors.newFixedThreadPool(PackageList.values().length, run -> {
        Thread thread = new Thread(run, "createrepo-list");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Future<?>> writing = new ArrayList<>();
    private List<PackageXml> batch = new ArrayList<>();
    private long batchBytes;

    /** Writes into those files, which it closes. */
    ListWriters(Map<PackageList, MetadataFile> files) {
        this.files = new EnumMap<>(files);
    }

    /** Takes a package. Blocks while what came before is not written yet. */
    void add(PackageXml xml) throws IOException {
        batch.add(xml);
        for (PackageList list : PackageList.values()) {
            batchBytes += list.of(xml).length;
        }
        if (batch.size() == BATCH_PACKAGES_MAX || batchBytes > BATCH_BYTES_MAX) {
            boolean isLarge = batchBytes > 2 * BATCH_BYTES_MAX;
            write();
            if (isLarge) {
                // what the memory of it was admitted for ends with this call
                await();
            }
        }
    }

    private void write() throws IOException {
        await();
        List<PackageXml> whole = batch;
        batch = new ArrayList<>();
        batchBytes = 0;
        files.forEach((list, file) -> writing.add(threads.submit(() -> {
            for (PackageXml xml : whole) {
                file.write(list.of(xml));
            }
            return null;
        })));
    }

    /** Writes what is left and what comes after it, and ends the files. Blocks. */
    Map<PackageList, MetadataFile.Written> finish() throws IOException {
        write();
        await();
        Map<PackageList, Future<MetadataFile.Written>> ending = new EnumMap<>(PackageList.class);
        files.forEach((list, file) -> {
            Callable<MetadataFile.Written> end = () -> {
                file.write(list.tail());
                return file.finish();
            };
            ending.put(list, threads.submit(end));
        });
        Map<PackageList, MetadataFile.Written> written = new EnumMap<>(PackageList.class);
        for (Map.Entry<PackageList, Future<MetadataFile.Written>> one : ending.entrySet()) {
            written.put(one.getKey(), result(one.getValue()));
        }
        return written;
    }

    private void await() throws IOException {
        for (Future<?> one : writing) {
            result(one);
        }
        writing.clear();
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException known) {
                throw known;
            }
            throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Closes the files, whatever was written of them, when nothing is written any more. */
    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new UncheckedIOException(new IOException("lists are still written after " + END_TIMEOUT));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (MetadataFile file : files.values()) {
            file.close();
        }
    }
}
