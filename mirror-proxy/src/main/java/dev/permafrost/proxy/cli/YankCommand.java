package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
    private OwnRelease release = new OwnRelease();

    @Option(names = "--reason", paramLabel = "TEXT", description = "What installers say.")
    private String reason = "";

    @Option(names = "--undo", description = "Takes it back.")
    private boolean undo;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return release.change(spec, Verbs.YANK, undo ? Map.of("undo", "yes") : Map.of("reason", reason));
    }
}
