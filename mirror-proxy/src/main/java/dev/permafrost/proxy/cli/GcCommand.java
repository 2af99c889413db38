package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Deletes the files that nothing names. */
@Command(
        name = "gc",
        mixinStandardHelpOptions = true,
        description = {
            "Deletes the bytes that nothing names any more: no repository, and no snapshot. What was replaced, deleted or let go of takes"
                    + " its space until then.",
            "A running server goes on serving, filling and freezing meanwhile. Killed, it leaves a store that is whole, and the next run"
                    + " does the rest."
        })
final class GcCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--dry-run", description = "Tells what would be deleted, and deletes nothing.")
    private boolean dryRun;

    @Option(
            names = "--keep",
            paramLabel = "TIME",
            description = "Leaves files that are younger, such as 24h, which is the default, or 0.")
    private String keep = "24h";

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        Map<String, String> arguments = new HashMap<>();
        arguments.put(
                "keep-seconds",
                Long.toString(
                        Amounts.duration("--keep", keep, console.command()).toSeconds()));
        if (dryRun) {
            arguments.put("dry-run", "");
        }
        Map<String, Object> result = console.run(options.root(), Verbs.GC, arguments);
        if (json) {
            console.out().println(Verbs.json(result));
        } else {
            print(console.out(), result);
        }
        return 0;
    }

    private void print(PrintWriter out, Map<String, Object> result) {
        out.println((dryRun ? "Would be deleted: " : "Deleted: ") + result.get("deleted")
                + " files that nothing names, " + Console.size(result.get("deleted-bytes")));
        if (Console.number(result.get("young")) > 0) {
            out.println("Left since they are younger than " + keep + ": " + result.get("young") + " files, "
                    + Console.size(result.get("young-bytes")));
        }
        out.println("Named by the repositories and " + result.get("snapshots") + " snapshots: " + result.get("named")
                + " files");
        if (Console.number(result.get("missing")) > 0) {
            out.println(result.get("missing")
                    + " files are named and not there; 'permafrost verify' tells which, and what to do");
        }
        if (result.get("stopped") != null) {
            out.println("It ended early, since " + result.get("stopped") + "; run it again later");
        }
    }
}
