package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
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

/** Seals a snapshot, and copies it out. */
@Command(
        name = "freeze",
        mixinStandardHelpOptions = true,
        description = {
            "Seals what the store holds now under a name: a snapshot, which never changes and lists exactly what can be"
                    + " downloaded from it. A running server goes on serving and filling.",
            "With --to, also writes a store of that snapshot alone: what is carried away."
        })
final class FreezeCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--name", paramLabel = "NAME", description = "The snapshot's name; the date and time by default.")
    private @Nullable String name;

    @Option(
            names = "--to",
            paramLabel = "DIR",
            description = "An empty or new folder for the copy. Within one file system it shares the files' blocks or"
                    + " names; to another disk they are copied.")
    private @Nullable Path to;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, String> arguments = new HashMap<>();
        if (name != null) {
            arguments.put("name", name);
        }
        if (to != null) {
            arguments.put("to", to.toAbsolutePath().normalize().toString());
        }
        Console console = Console.of(spec);
        MirrorConfig config = options.load(false);
        Path root = config.data().toAbsolutePath().normalize();
        Map<String, Object> result = console.run(config, Verbs.FREEZE, arguments);
        PrintWriter out = console.out();
        out.println("Frozen: snapshot '" + result.get("name") + "', " + result.get("entries") + " files, "
                + Console.size(result.get("blob-bytes")));
        if (Console.number(result.get("unproved")) > 0) {
            out.println("  " + result.get("unproved")
                    + " of them came without a digest to check them by; 'permafrost status' counts them");
        }
        if (result.get("sealed") instanceof List<?> sealed) {
            sealed.forEach(line -> out.println("  " + line));
        }
        if (to != null) {
            out.println("Copied to " + result.get("to") + " (" + result.get("method") + ")");
            out.println("Serve it there: permafrost serve --data " + result.get("to"));
        } else {
            out.println("Serve it: permafrost serve --data " + root + " --frozen=" + result.get("name"));
        }
        return 0;
    }
}
