package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.ProgressSink;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Shows how far a transfer is whose progress is counted in bytes: on a terminal a line that is written over, elsewhere a line every ten
 * seconds, with the rate of late and the time that is left at that rate. What has no total is a remark, and a line of its own.
 */
final class TransferLines implements ProgressSink {
    private static final int BAR_CHARS = 24;
    private static final long SHOWN_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long TOLD_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** The rate is that of so long. */
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private long lastNanos;
    private boolean hasShown;
    private int shownChars;

    private record Sample(long nanos, long bytes) {}

    TransferLines(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    @Override
    public void progress(String text, long done, long total) {
        if (total <= 0) {
            end();
            err.println(text);
            err.flush();
            return;
        }
        long now = nanoTime.getAsLong();
        samples.addLast(new Sample(now, done));
        while (samples.size() > 2 && now - samples.getFirst().nanos() > WINDOW_NANOS) {
            samples.removeFirst();
        }
        long every = terminal ? SHOWN_EVERY_NANOS : TOLD_EVERY_NANOS;
        if (!hasShown && !terminal) {
            // nothing is known of the rate yet
            hasShown = true;
            lastNanos = now;
        } else if (!hasShown || now - lastNanos >= every) {
            hasShown = true;
            lastNanos = now;
            show(line(text, done, total));
        }
    }

    private String line(String text, long done, long total) {
        String bytes = Console.size(done) + " of " + Console.size(total);
        double rate = bytesPerSecond();
        String left = rate < 1 ? "" : ", " + duration((long) ((total - done) / rate)) + " left";
        String figures = text + ", " + bytes + ", " + Console.size((long) rate) + "/s" + left;
        if (!terminal) {
            return figures;
        }
        int full = (int) (BAR_CHARS * (double) Math.min(done, total) / total);
        return "[" + "#".repeat(full) + "-".repeat(BAR_CHARS - full) + "] " + figures;
    }

    private double bytesPerSecond() {
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long nanos = last.nanos() - first.nanos();
        return nanos <= 0 ? 0 : Math.max(0, (last.bytes() - first.bytes()) * 1e9 / nanos);
    }

    /** A time for people: {@code 42 s}, {@code 3:05 min}, {@code 2:10 h}. */
    static String duration(long seconds) {
        if (seconds < 100) {
            return seconds + " s";
        }
        return seconds < 6000
                ? String.format(Locale.ROOT, "%d:%02d min", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d h", seconds / 3600, seconds / 60 % 60);
    }

    private void show(String line) {
        if (!terminal) {
            err.println(line);
            err.flush();
            return;
        }
        err.print('\r' + line + " ".repeat(Math.max(0, shownChars - line.length())));
        err.flush();
        shownChars = line.length();
    }

    /** Clears the line. */
    void end() {
        if (shownChars > 0) {
            show("");
            err.print('\r');
            err.flush();
            shownChars = 0;
        }
    }
}
