package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Reads all files again. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Reads every file again that a repository or a snapshot names, and compares it with its SHA-256: disks lose bits without"
                    + " saying so. Tells what is damaged or lost, what names it, and what can be done.",
            "A running server goes on meanwhile. A run that was broken off is gone on with. The exit code is 3 where anything is wrong."
        })
final class VerifyCommand implements Callable<Integer> {
    private static final int SHOWN_MAX = 50;

    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(
            names = "--limit-rate",
            paramLabel = "RATE",
            description = "Most bytes a second that are read, such as 20M; no limit by default.")
    private @Nullable String limitRate;

    @Option(names = "--threads", paramLabel = "N", description = "How many files are read at once; a processor's each.")
    private @Nullable Integer threads;

    @Option(
            names = "--repair",
            description =
                    "Moves damaged files to the store's folder quarantine, so that they can come anew: a connected server"
                            + " fetches them when they are asked for.")
    private boolean repair;

    @Option(names = "--anew", description = "Begins at the beginning, though a run before was broken off.")
    private boolean anew;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        Map<String, String> arguments = new HashMap<>();
        if (limitRate != null) {
            arguments.put("bytes-per-second", Long.toString(SyncCommand.Transfer.rate(limitRate, console.command())));
        }
        if (threads != null) {
            arguments.put("threads", threads.toString());
        }
        if (repair) {
            arguments.put("repair", "");
        }
        if (anew) {
            arguments.put("anew", "");
        }
        Map<String, Object> result = console.run(options.root(), Verbs.VERIFY, arguments);
        if (json) {
            console.out().println(Verbs.json(result));
        } else {
            print(console.out(), result);
        }
        return Console.number(result.get("troubled")) == 0 ? 0 : SyncCommand.INCOMPLETE;
    }

    private static void print(PrintWriter out, Map<String, Object> result) {
        out.println("Read: " + result.get("files") + " files, " + Console.size(result.get("bytes")));
        if (Console.number(result.get("resumed-from")) > 0) {
            out.println("  " + result.get("resumed-from") + " of them by a run that was broken off");
        }
        if (Console.number(result.get("orphans")) > 0) {
            out.println("Nothing names " + result.get("orphans") + " files, " + Console.size(result.get("orphan-bytes"))
                    + "; 'permafrost gc' deletes them");
        }
        if (Console.number(result.get("troubled")) == 0) {
            out.println("All are what they are to be");
            return;
        }
        out.println("Not what they are to be: " + result.get("troubled") + " files");
        if (result.get("troubles") instanceof List<?> troubles) {
            troubles.stream().limit(SHOWN_MAX).forEach(trouble -> print(out, trouble));
            if (troubles.size() > SHOWN_MAX) {
                out.println("  and " + (troubles.size() - SHOWN_MAX) + " more; --json tells of all");
            }
        }
    }

    private static void print(PrintWriter out, Object trouble) {
        if (trouble instanceof Map<?, ?> t) {
            out.println("  " + t.get("sha256") + "  " + t.get("fault") + ": " + t.get("why"));
            lines(out, "entry", t.get("entries"));
            lines(out, "from", t.get("origins"));
            lines(out, "snapshot", t.get("snapshots"));
            out.println("    " + t.get("remedy"));
        }
    }

    private static void lines(PrintWriter out, String what, @Nullable Object texts) {
        if (texts instanceof List<?> all) {
            all.forEach(text -> out.println("    " + what + " " + text));
        }
    }
}
