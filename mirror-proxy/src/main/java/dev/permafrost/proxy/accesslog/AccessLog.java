package dev.permafrost.proxy.accesslog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access log. Each thread that answers clients writes its lines into memory of its own, and one thread carries them to the
 * file, twenty times a second, and sooner where there are many. Where that does not keep up, lines are dropped and counted: no
 * client ever waits for its line. Lines of several threads are in their order to within 50 ms.
 */
public final class AccessLog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AccessLog.class);

    /** What a thread keeps at the most: over 1,000 lines, and more than the longest line there can be. */
    private static final int LANE_BYTES = 256 << 10;

    /** From here on lines are carried away at once. */
    private static final int WAKE_BYTES = LANE_BYTES / 4;

    private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();
    private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final List<Lane> lanes = new CopyOnWriteArrayList<>();
    private final ThreadLocal<Lane> lane = ThreadLocal.withInitial(() -> {
        Lane mine = new Lane();
        lanes.add(mine);
        return mine;
    });
    private final LongAdder dropped = new LongAdder();
    private final LogFile file;
    private final AccessLogConfig.Format format;
    private final Thread writer;
    /** Nothing waits, as far as the writer knows, and it sleeps. */
    private volatile boolean idle;

    private volatile boolean closing;
    /** What the writer gives to a lane in place of what that has filled. */
    private byte[] spare = new byte[LANE_BYTES];

    private long lookedNanos;
    private long failedNanos;
    private boolean failing;
    private long reportedNanos;
    private long reportedDropped;

    /** Lines of one thread that wait to be written. */
    private final class Lane {
        private final LineFormat lines = new LineFormat(format, ZoneId.systemDefault());
        // what follows is shared with the writer, which has the lock for as long as it takes to exchange the array
        private byte[] waiting = new byte[LANE_BYTES];
        private int bytes;
        private int count;

        void record(AccessEntry entry) {
            lines.write(entry);
            int before;
            synchronized (this) {
                before = bytes;
                if (lines.length() > waiting.length - before) {
                    dropped.increment();
                    return;
                }
                System.arraycopy(lines.line(), 0, waiting, before, lines.length());
                bytes += lines.length();
                count++;
            }
            if (before < WAKE_BYTES && before + lines.length() >= WAKE_BYTES) {
                LockSupport.unpark(writer);
            } else if (before == 0 && idle) {
                idle = false;
                LockSupport.unpark(writer);
            }
        }

        /** Carries its lines to the file; false where there are none. */
        boolean drain() {
            byte[] taken;
            int takenBytes;
            int takenCount;
            synchronized (this) {
                if (count == 0) {
                    return false;
                }
                taken = waiting;
                takenBytes = bytes;
                takenCount = count;
                waiting = spare;
                bytes = 0;
                count = 0;
            }
            append(ByteBuffer.wrap(taken, 0, takenBytes), takenCount);
            spare = taken;
            return true;
        }
    }

    private AccessLog(AccessLogConfig config, Path path) {
        this.file = new LogFile(config, path, System::nanoTime);
        this.format = config.format();
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

    /** Has an entry written soon, or drops it. Never blocks; for threads that live as long as the log, since each is given memory. */
    public void record(AccessEntry entry) {
        lane.get().record(entry);
    }

    /** How many entries were dropped since the start. */
    public long droppedTotal() {
        return dropped.sum();
    }

    private void run() {
        while (!closing) {
            if (drain()) {
                // lines come in bursts: a pause makes one write of many
                LockSupport.parkNanos(PAUSE_NANOS);
            } else {
                rest();
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

    /** Sleeps until there is something, a second at the most, and then until more has come. */
    private void rest() {
        idle = true;
        if (!drain() && !closing) {
            LockSupport.parkNanos(SECOND_NANOS);
        }
        idle = false;
        if (!closing) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Writes what there is; false where there was nothing. */
    private boolean drain() {
        boolean any = false;
        for (Lane each : lanes) {
            any |= each.drain();
        }
        return any;
    }

    private void append(ByteBuffer lines, int count) {
        long now = System.nanoTime();
        if (!failing || now - failedNanos >= SECOND_NANOS) {
            try {
                file.append(lines);
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
            dropped.add(count);
        }
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
