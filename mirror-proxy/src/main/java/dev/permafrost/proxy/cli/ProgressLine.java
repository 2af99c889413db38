package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.ProgressSink;
import java.io.PrintWriter;
import picocli.CommandLine;

/** Shows how far a verb is: one line that is written over on a terminal, nothing elsewhere. */
final class ProgressLine implements ProgressSink {
    private static final int BAR_CHARS = 30;
    private static final long INTERVAL_NANOS = 100_000_000L;

    private final PrintWriter err;
    private final boolean terminal;
    private long lastNanos = System.nanoTime() - INTERVAL_NANOS;
    private int shownChars;

    ProgressLine(PrintWriter err) {
        this.err = err;
        this.terminal = CommandLine.Help.Ansi.AUTO.enabled();
    }

    @Override
    public void progress(String text, long done, long total) {
        long now = System.nanoTime();
        if (!terminal || (now - lastNanos < INTERVAL_NANOS && done != total)) {
            return;
        }
        lastNanos = now;
        show(total <= 0 ? text + "…" : bar(text, done, total));
    }

    /** Clears the line. */
    void end() {
        if (shownChars > 0) {
            show("");
            err.print('\r');
            err.flush();
        }
    }

    private void show(String line) {
        err.print('\r' + line + " ".repeat(Math.max(0, shownChars - line.length())));
        err.flush();
        shownChars = line.length();
    }

    private static String bar(String text, long done, long total) {
        int full = (int) (BAR_CHARS * Math.min(done, total) / total);
        return text + " [" + "#".repeat(full) + "-".repeat(BAR_CHARS - full) + "] " + done + "/" + total;
    }
}
