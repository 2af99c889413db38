package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.StaticExport;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.store.model.SnapshotId;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes a snapshot as files for any web server, and says what came of it. */
final class StaticFiles {
    private static final int SHOWN = 20;

    private StaticFiles() {}

    /** Writes it to a folder that is empty or not there yet. */
    static void write(
            PrintWriter out,
            MirrorConfig config,
            Optional<SnapshotId> snapshot,
            Path target,
            boolean copies,
            boolean json) {
        Map<String, Object> result = StaticExport.write(config, snapshot, target, copies);
        if (json) {
            out.println(Verbs.json(result));
            return;
        }
        out.println("Wrote " + result.get("files") + " files of snapshot '" + result.get("snapshot") + "' to "
                + result.get("to") + ", " + Console.size(result.get("copied-bytes")) + " of them copied");
        if (result.get("left-out") instanceof List<?> leftOut && !leftOut.isEmpty()) {
            out.println("Left out: " + leftOut.size());
            leftOut.stream().limit(SHOWN).forEach(text -> out.println("  " + text));
        }
        out.println("Try it: python3 -m http.server --directory " + result.get("to"));
    }
}
