package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.StaticExport;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.store.model.SnapshotId;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a snapshot as files for any web server. */
@Command(
        name = "static",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = {
            "Writes a snapshot as files that nginx, or python3 -m http.server, serves to pip, yum and dnf: indexes in HTML and JSON,"
                    + " packages where their links lead, repodata.",
            "Files are linked to the store's where both are on one file system: don't change them, or take --copy."
        })
final class StaticExportCommand implements Callable<Integer> {
    private static final int SHOWN = 20;

    @Mixin
    private StoreOptions options = new StoreOptions();

    @Parameters(paramLabel = "DIR", description = "Where to write them; a folder that is empty or not there yet.")
    private @Nullable Path target;

    @Option(names = "--snapshot", paramLabel = "NAME", description = "Which snapshot; the newest if none is named.")
    private @Nullable String snapshot;

    @Option(names = "--copy", description = "Copies files even where they can be linked.")
    private boolean copies;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (target == null) {
            throw new IllegalStateException("picocli demands it");
        }
        Map<String, Object> result = StaticExport.write(
                options.load(true),
                snapshot == null ? Optional.empty() : Optional.of(new SnapshotId(snapshot)),
                target,
                copies);
        PrintWriter out = Console.of(spec).out();
        if (json) {
            out.println(Verbs.json(result));
            return 0;
        }
        out.println("Wrote " + result.get("files") + " files of snapshot '" + result.get("snapshot") + "' to "
                + result.get("to") + ", " + Console.size(result.get("copied-bytes")) + " of them copied");
        if (result.get("left-out") instanceof List<?> leftOut && !leftOut.isEmpty()) {
            out.println("Left out: " + leftOut.size());
            leftOut.stream().limit(SHOWN).forEach(text -> out.println("  " + text));
        }
        out.println("Try it: python3 -m http.server --directory " + result.get("to"));
        return 0;
    }
}
