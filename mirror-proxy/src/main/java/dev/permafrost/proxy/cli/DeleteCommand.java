package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes a version of a project. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        description =
                "Deletes a version of a project and its files for good, from a repository that has no upstream. Yanking is"
                        + " kinder to those who have pinned it. Snapshots keep what they hold.")
final class DeleteCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

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
        Console console = Console.of(spec);
        arguments.putAll(Release.of(release));
        Map<String, Object> told = console.run(options.load(false), Verbs.DELETE, arguments);
        console.out().println(told.get("text"));
        return 0;
    }
}
