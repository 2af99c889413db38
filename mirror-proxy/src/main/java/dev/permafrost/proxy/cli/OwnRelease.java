package dev.permafrost.proxy.cli;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** Arguments of commands that change a version of a project of a repository without an upstream. */
final class OwnRelease {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Parameters(index = "0", paramLabel = "REPOSITORY", description = "The repository; one without an upstream.")
    private String repository = "";

    @Parameters(index = "1", paramLabel = "NAME==VERSION", description = "The project and the version.")
    private String release = "";

    /** Has a verb change it, and says what came of it. */
    int change(@Nullable CommandSpec spec, String verb, Map<String, String> more) {
        Map<String, String> arguments = new HashMap<>(more);
        arguments.put("repository", repository);
        Console console = Console.of(spec);
        arguments.putAll(Release.of(release));
        Map<String, Object> told = console.run(options.load(false), verb, arguments);
        console.out().println(told.get("text"));
        return 0;
    }
}
