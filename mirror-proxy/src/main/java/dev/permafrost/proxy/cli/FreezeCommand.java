package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
            "Before it has its name, it is proved: whether all that it lists is there, what was left out of it and why, and what clients"
                    + " asked for and did not get. The proof lies beside its manifest, as proof.json.",
            "With --to, also writes a store of that snapshot alone: what is carried away."
        })
final class FreezeCommand implements Callable<Integer> {
    /** The exit code where the snapshot would not be what was required. */
    private static final int REFUSED = 4;

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

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description = "This repository alone; may be given often. All of them by default.")
    private List<String> repositories = new ArrayList<>();

    @Option(names = "--verify", description = "Read every file, and compare it with its digest.")
    private boolean verify;

    @Option(
            names = "--require-complete",
            description =
                    "Seal nothing unless all that is listed is there and nothing is wanting; the exit code is 4 then.")
    private boolean requireComplete;

    @Option(
            names = "--require-verified",
            description = "Seal nothing unless every file was read and is what it should be; the exit code is 4 then.")
    private boolean requireVerified;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

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
        if (!repositories.isEmpty()) {
            arguments.put("repositories", String.join("\n", repositories));
        }
        flag(arguments, "verify", verify);
        flag(arguments, "require-complete", requireComplete);
        flag(arguments, "require-verified", requireVerified);
        Console console = Console.of(spec);
        MirrorConfig config = options.load(false);
        Path root = config.data().toAbsolutePath().normalize();
        Map<String, Object> result = console.run(config, Verbs.FREEZE, arguments);
        Object refused = result.get("refused");
        if (json) {
            console.out().println(Verbs.json(result));
        } else {
            tell(console.out(), root, result);
        }
        if (refused != null) {
            console.err().println("permafrost: nothing was sealed: " + refused);
            return REFUSED;
        }
        return 0;
    }

    private static void flag(Map<String, String> arguments, String key, boolean isSet) {
        if (isSet) {
            arguments.put(key, "");
        }
    }

    private void tell(PrintWriter out, Path root, Map<String, Object> result) {
        boolean isSealed = result.get("refused") == null;
        out.println((isSealed ? "Frozen: snapshot '" : "Not frozen: snapshot '") + result.get("name") + "', "
                + result.get("entries") + " files, " + Console.size(result.get("blob-bytes")));
        if (Console.number(result.get("unproved")) > 0) {
            out.println("  " + result.get("unproved")
                    + " of them came without a digest to check them by; 'permafrost status' counts them");
        }
        if (result.get("sealed") instanceof List<?> sealed) {
            sealed.forEach(line -> out.println("  " + line));
        }
        if (result.get("proof") instanceof Map<?, ?> proof) {
            SnapshotTold.proof(out, proof);
        }
        if (!isSealed) {
            return;
        }
        if (to != null) {
            out.println("Copied to " + result.get("to") + " (" + result.get("method") + ")");
            out.println("Serve it there: permafrost serve --data " + result.get("to"));
        } else {
            out.println("Serve it: permafrost serve --data " + root + " --frozen=" + result.get("name"));
        }
    }
}
