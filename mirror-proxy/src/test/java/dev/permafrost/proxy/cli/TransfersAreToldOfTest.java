package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever waits for a transfer sees how far it is, how fast it goes and how long it takes: on a terminal in one line, elsewhere now and then. */
class TransfersAreToldOfTest {
    private static final long MIB = 1 << 20;

    private final StringWriter err = new StringWriter();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5));

    private TransferLines lines(boolean terminal) {
        return new TransferLines(new PrintWriter(err, true), terminal, now::get);
    }

    private void pass(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void elsewhereALineComesEveryTenSeconds() {
        TransferLines lines = lines(false);
        lines.progress("to fetch: 100 files", 0, 0);
        for (int i = 0; i <= 80; i++) {
            lines.progress(i + " of 100 files", i * MIB / 4, 100 * MIB / 4);
            pass(250);
        }
        lines.end();
        assertThat(err.toString().lines())
                .containsExactly(
                        "to fetch: 100 files",
                        "40 of 100 files, 10.0 MiB of 25.0 MiB, 1.0 MiB/s, 15 s left",
                        "80 of 100 files, 20.0 MiB of 25.0 MiB, 1.0 MiB/s, 5 s left");
    }

    @Test
    void onATerminalOneLineIsWrittenOverAndCleared() {
        TransferLines lines = lines(true);
        lines.progress("0 of 2 files", 0, 10 * MIB);
        pass(1000);
        lines.progress("1 of 2 files", 5 * MIB, 10 * MIB);
        assertThat(err.toString())
                .doesNotContain("\n")
                .endsWith("\r[############------------] 1 of 2 files, 5.0 MiB of 10.0 MiB, 5.0 MiB/s, 1 s left");
        lines.end();
        assertThat(err.toString()).endsWith(" \r");
    }

    @Test
    void theRateIsThatOfLate() {
        TransferLines lines = lines(true);
        for (int i = 0; i <= 60; i++) {
            // a slow start
            lines.progress("x", i < 30 ? i * MIB : (30 + (i - 30) * 10L) * MIB, 1000 * MIB);
            pass(1000);
        }
        assertThat(err.toString()).endsWith("330.0 MiB of 1000.0 MiB, 10.0 MiB/s, 67 s left");
    }

    @Test
    void timesAreWrittenForPeople() {
        assertThat(TransferLines.duration(42)).isEqualTo("42 s");
        assertThat(TransferLines.duration(185)).isEqualTo("3:05 min");
        assertThat(TransferLines.duration(7800)).isEqualTo("2:10 h");
    }
}
