package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Withdraws a version, or takes that back. */
@Command(
        name = "yank",
        mixinStandardHelpOptions = true,
        description = {
            "Withdraws a version of a project (PEP 592): installers take it only where it is pinned, and say why it was"
                    + " withdrawn.",
            "With --undo it is as if it had never been."
        })
final class YankCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--reason", paramLabel = "TEXT", description = "What installers say.")
    private String reason = "";

    @Option(names = "--undo", description = "Takes it back.")
    private boolean undo;

    @Parameters(index = "0", paramLabel = "REPOSITORY", description = "The repository; one without an upstream.")
    private String repository = "";

    @Parameters(index = "1", paramLabel = "NAME==VERSION", description = "The project and the version.")
    private String release = "";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, String> arguments = new HashMap<>();
        arguments.put("repository", repository);
        arguments.put("reason", reason);
        if (undo) {
            arguments.put("undo", "yes");
        }
        Console console = Console.of(spec);
        arguments.putAll(Release.of(release));
        Map<String, Object> told = console.run(options.load(false), Verbs.YANK, arguments);
        console.out().println(told.get("text"));
        return 0;
    }
}
