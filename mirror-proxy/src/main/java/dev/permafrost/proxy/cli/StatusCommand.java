package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tells what a store holds. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Tells what the store holds, how it was verified, and which snapshots there are.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        MirrorConfig config = options.load(false);
        Map<String, Object> status = RunningServer.ask(config, Verbs.STATUS, Map.of())
                .orElseGet(() -> console.run(config.data().toAbsolutePath().normalize(), Verbs.STATUS, Map.of()));
        PrintWriter out = console.out();
        if (json) {
            out.println(Verbs.json(status));
        } else {
            print(out, status);
        }
        return 0;
    }

    private static void print(PrintWriter out, Map<String, Object> status) {
        out.println("Store      " + status.get("data") + " (" + status.get("serving") + ")");
        out.println("Holds      " + status.get("entries") + " files, " + status.get("blobs") + " distinct, "
                + Console.size(status.get("blob-bytes")));
        if (status.get("verified") instanceof Map<?, ?> verified) {
            out.println("Verified   by signature " + verified.get("signature") + ", by digest " + verified.get("digest")
                    + ", by length only " + verified.get("length") + ", not at all " + verified.get("none"));
        }
        out.println("Disk       " + Console.size(status.get("free-bytes")) + " free");
        out.println("Fetching   " + status.get("fetching") + " now, " + status.get("suspended") + " broken off");
        if (status.get("snapshots") instanceof List<?> snapshots) {
            out.println("Snapshots  " + snapshots.size());
            snapshots.forEach(snapshot -> print(out, snapshot, status.get("current")));
        }
        if (status.get("wishes") instanceof List<?> wishes && !wishes.isEmpty()) {
            out.println("Asked for in vain:");
            wishes.forEach(wish -> out.println("  " + wish));
            long more = Console.number(status.get("wishes-count")) - wishes.size();
            if (more > 0) {
                out.println("  and " + more + " more; see: permafrost wishes list");
            }
        }
    }

    private static void print(PrintWriter out, Object snapshot, @Nullable Object current) {
        if (snapshot instanceof Map<?, ?> s) {
            out.println("  " + (String.valueOf(s.get("name")).equals(current) ? "* " : "  ") + s.get("name") + "  "
                    + s.get("created-at") + "  " + s.get("entries") + " files, " + Console.size(s.get("blob-bytes")));
        }
    }
}
