package dev.permafrost.bench.workload;

import dev.permafrost.bench.report.Json;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was measured at scale, beside what is wanted of it. */
final class ScaleFindings {
    private final PrintStream out;
    private final MarkdownTable table = new MarkdownTable("at scale", "figure", "wanted", "verdict");
    private final Map<String, Object> figures = new LinkedHashMap<>();
    private boolean holds = true;

    ScaleFindings(PrintStream out) {
        this.out = out;
    }

    /** A figure of which nothing is wanted. */
    void told(String what, String figure) {
        table.row(what, figure, "", "");
        out.println(what + ": " + figure);
    }

    /** A figure of which no more is wanted than the most. */
    void judged(String what, String format, double figure, double most, String unit) {
        boolean ok = figure <= most;
        holds &= ok;
        String shown = format.formatted(figure) + unit;
        table.row(
                what,
                shown,
                "≤ " + (most == Math.rint(most) ? "%.0f" : "%.1f").formatted(most) + unit,
                ok ? "ok" : "SHORT");
        figures.put(what, figure);
        out.println(what + ": " + shown + (ok ? "" : ", SHORT"));
    }

    /** Whether something is as it should be. */
    void right(String what, boolean ok, String found) {
        holds &= ok;
        table.row(what, found, "all", ok ? "ok" : "WRONG");
        out.println(what + ": " + found + (ok ? "" : ", WRONG"));
    }

    /** Prints all of it, and writes the figures to a file where that is wanted; whether all is as it should be. */
    boolean report(String file) throws IOException {
        out.println();
        out.print(table.render());
        out.println();
        out.println(Machine.describe()
                + "; pages are in no cache of the server, the system's own page cache is as it happens to be.");
        if (!file.isEmpty()) {
            Files.writeString(
                    Path.of(file),
                    Json.write(Map.of("scenario", "scale", "machine", Machine.describe(), "figures", figures)) + "\n");
        }
        return holds;
    }
}
