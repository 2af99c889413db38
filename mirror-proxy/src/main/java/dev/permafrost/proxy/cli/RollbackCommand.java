package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.SnapshotVerbs;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Goes back to an older snapshot, or forward to a newer one. */
@Command(
        name = "rollback",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a snapshot the current one, whether it is older or newer: the one that 'serve --frozen' and /-/snapshots/current/ serve."
                    + " No snapshot is changed, and the live index neither.",
            "A server that was started with --frozen goes on with the one that it has open; start it again.",
            "yum and dnf refuse metadata that is older than what they have of the same URL: run 'dnf clean metadata' on the clients, or"
                    + " give them the snapshot's own URL, /-/snapshots/NAME/."
        })
final class RollbackCommand implements Callable<Integer> {
    @Mixin
    private SnapshotCommand.Common common = new SnapshotCommand.Common();

    @Parameters(paramLabel = "NAME", description = "The snapshot.")
    private String name = "";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        return common.run(spec, SnapshotVerbs.ROLLBACK, Map.of("name", name), RollbackCommand::tell);
    }

    private static void tell(PrintWriter out, Map<String, Object> result) {
        String before = String.valueOf(result.get("before"));
        out.println("Current: snapshot '" + result.get("name") + "'"
                + (before.isEmpty() ? "" : ", before it was '" + before + "'"));
        if (Boolean.TRUE.equals(result.get("is-older"))) {
            out.println(
                    "  It is older: on clients with yum or dnf, run 'dnf clean metadata', since these refuse older metadata.");
        }
    }
}
