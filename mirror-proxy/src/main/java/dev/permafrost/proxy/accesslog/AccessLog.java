package dev.permafrost.proxy.accesslog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access log. Entries are queued without a lock and without a system call, and one thread writes them, twenty times a
 * second at the most. When the queue is full, or the disk, entries are dropped and counted: no client ever waits for its line.
 */
public final class AccessLog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AccessLog.class);
    /**
     * What 60,000 requests/s bring in 136 ms: the writer's pause of 50 ms, and as long again for a processor that is busy or a
     * disk that is slow. Entries of a hostile client's take some 12 KiB, and so all of it 96 MiB while a disk hangs; others take
     * 2 MiB.
     */
    private static final int QUEUE_MAX = 8 << 10;

    /** More than the longest line there can be. */
    private static final int BUFFER_BYTES = 256 << 10;

    private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();
    private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final MpscArrayQueue<AccessEntry> queue = new MpscArrayQueue<>(QUEUE_MAX);
    private final LongAdder dropped = new LongAdder();
    private final LogFile file;
    private final LineFormat format;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final Thread writer;
    private volatile boolean closing;
    private int buffered;
    private long lookedNanos;
    private long failedNanos;
    private boolean failing;
    private long reportedNanos;
    private long reportedDropped;

    private AccessLog(AccessLogConfig config, Path path) {
        this.file = new LogFile(config, path, System::nanoTime);
        this.format = new LineFormat(config.format(), ZoneId.systemDefault());
        this.reportedNanos = System.nanoTime() - MINUTE_NANOS;
        this.lookedNanos = System.nanoTime();
        this.writer = new Thread(this::run, "permafrost-access-log");
        writer.setDaemon(true);
        writer.start();
    }

    /** The log that is configured; null where there is to be none. */
    public static @Nullable AccessLog of(AccessLogConfig config) {
        Path path = config.file();
        return path == null ? null : new AccessLog(config, path);
    }

    /** Has an entry written soon, or drops it. Never blocks; for any thread. */
    public void record(AccessEntry entry) {
        if (!queue.offer(entry)) {
            dropped.increment();
        }
    }

    /** How many entries were dropped since the start. */
    public long droppedTotal() {
        return dropped.sum();
    }

    private void run() {
        while (!closing) {
            if (!drain()) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            housekeep();
        }
        drain();
        try {
            file.close();
        } catch (IOException e) {
            log.warn("closing the access log: {}", e.getMessage());
        }
    }

    /** Writes what there is; false where there was nothing. */
    private boolean drain() {
        AccessEntry entry = queue.poll();
        if (entry == null) {
            return false;
        }
        while (entry != null) {
            byte[] line = format.of(entry);
            if (line.length > buffer.remaining()) {
                flush();
            }
            buffer.put(line);
            buffered++;
            entry = queue.poll();
        }
        flush();
        // lines come in bursts: a pause makes one write of many
        LockSupport.parkNanos(PAUSE_NANOS);
        return true;
    }

    private void flush() {
        buffer.flip();
        long now = System.nanoTime();
        if (!failing || now - failedNanos >= SECOND_NANOS) {
            try {
                file.append(buffer);
                failing = false;
            } catch (IOException e) {
                if (!failing) {
                    log.error("the access log can't be written, and its lines are dropped: {}", e.getMessage());
                }
                failing = true;
                failedNanos = now;
            }
        }
        if (failing) {
            dropped.add(buffered);
        }
        buffered = 0;
        buffer.clear();
    }

    private void housekeep() {
        long now = System.nanoTime();
        if (now - lookedNanos >= SECOND_NANOS) {
            lookedNanos = now;
            try {
                file.lookWhetherMoved();
            } catch (IOException e) {
                log.debug("looking at the access log: {}", e.getMessage());
            }
        }
        long sum = dropped.sum();
        if (sum != reportedDropped && now - reportedNanos >= MINUTE_NANOS) {
            log.warn(
                    "{} lines of the access log were dropped: it, or its disk, does not keep up",
                    sum - reportedDropped);
            reportedDropped = sum;
            reportedNanos = now;
        }
    }

    /** Writes what is queued, for two seconds at the most. Blocks. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(writer);
        try {
            writer.join(CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
