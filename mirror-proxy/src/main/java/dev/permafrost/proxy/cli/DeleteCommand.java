package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
    private OwnRelease release = new OwnRelease();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return release.change(spec, Verbs.DELETE, Map.of());
    }
}
