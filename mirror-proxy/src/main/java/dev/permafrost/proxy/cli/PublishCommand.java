package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Takes wheels and sdists, or RPMs, in from a folder. */
@Command(
        name = "publish",
        mixinStandardHelpOptions = true,
        description = {
            "Takes the wheels and sdists, or the RPMs, of a folder, and of the folders in it, into a repository that has no upstream:"
                    + " what pypiserver served, what somebody brought on a stick.",
            "Each is checked as an upload is. What is there already with the same bytes is passed over, and what has not changed"
                    + " since it was looked at is not read again; what is refused is named, and ends it with status 1.",
            "A server follows a folder by itself: repositories.NAME.publish in the configuration."
        })
final class PublishCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Parameters(index = "0", paramLabel = "REPOSITORY", description = "The repository; one without an upstream.")
    private String repository = "";

    @Parameters(index = "1", paramLabel = "DIR", description = "The folder.")
    private Path folder = Path.of("");

    @Option(
            names = "--link",
            description = {
                "Has the store hold the files themselves, by hard links, where they lie on its file system: no second copy. It takes"
                        + " away everybody's right to write to them; replace files, never write to them."
            })
    private boolean link;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Map<String, String> arguments = new HashMap<>();
        arguments.put("repository", repository);
        arguments.put("folder", folder.toAbsolutePath().normalize().toString());
        if (link) {
            arguments.put("link", "");
        }
        Console console = Console.of(spec);
        Map<String, Object> told = console.run(options.load(false), Verbs.PUBLISH, arguments);
        List<?> refused = told.get("refused") instanceof List<?> texts ? texts : List.of();
        console.out()
                .println("Published: " + told.get("taken") + " files are in " + repository + ", "
                        + told.get("unchanged") + " of them as they were");
        refused.forEach(text -> console.out().println("  refused " + text));
        return refused.isEmpty() ? 0 : 1;
    }
}
