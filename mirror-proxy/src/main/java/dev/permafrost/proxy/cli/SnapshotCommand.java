package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.SnapshotVerbs;
import dev.permafrost.proxy.admin.Verbs;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists snapshots, tells of them, compares them, keeps them and deletes them. */
@Command(
        name = "snapshot",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "list|show|diff|drop|pin|unpin",
        subcommands = {
            SnapshotCommand.ListAll.class,
            SnapshotCommand.Show.class,
            SnapshotCommand.Diff.class,
            SnapshotCommand.Drop.class,
            SnapshotCommand.Pin.class,
            SnapshotCommand.Unpin.class
        },
        description = "Lists snapshots, tells of them, compares them, keeps them and deletes them. 'freeze' makes one.")
final class SnapshotCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console.of(spec).usage();
        return 2;
    }

    /** What all of them take. */
    static final class Common {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Option(names = "--json", description = "Print one JSON object instead of text.")
        private boolean json;

        int run(
                @Nullable CommandSpec spec,
                String verb,
                Map<String, String> arguments,
                BiConsumer<PrintWriter, Map<String, Object>> tell) {
            Console console = Console.of(spec);
            Map<String, Object> result = console.run(options.root(), verb, arguments);
            if (json) {
                console.out().println(Verbs.json(result));
            } else {
                tell.accept(console.out(), result);
            }
            return 0;
        }
    }

    /** All of them. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = {
                "Lists snapshots, oldest first; a star marks the current one.",
                "'own' is what its index alone takes on the disk, 'shared' what it shares with the live index and other snapshots."
            })
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            return common.run(spec, SnapshotVerbs.LIST, Map.of(), SnapshotTold::list);
        }
    }

    /** One of them. */
    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Tells what a snapshot holds of each repository, and what nothing but it holds.")
    static final class Show implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(paramLabel = "NAME", description = "The snapshot.")
        private String name = "";

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            return common.run(spec, SnapshotVerbs.SHOW, Map.of("name", name), SnapshotTold::show);
        }
    }

    /** Two of them. */
    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = {
                "Tells which files are in one snapshot and not in the other, or are others, or were yanked.",
                "Without B, a snapshot is compared with what is live."
            })
    static final class Diff implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(index = "0", paramLabel = "A", description = "A snapshot.")
        private String a = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "B", description = "What it is compared with.")
        private @Nullable String b;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Map<String, String> arguments = new HashMap<>(Map.of("from", a));
            if (b != null) {
                arguments.put("to", b);
            }
            return common.run(spec, SnapshotVerbs.DIFF, arguments, SnapshotTold::diff);
        }
    }

    /** One less. */
    @Command(
            name = "drop",
            mixinStandardHelpOptions = true,
            description = {
                "Deletes a snapshot, for good. Files that nothing else names stay on the disk until they are collected.",
                "The current one, one that is pinned and one that is being read are not deleted."
            })
    static final class Drop implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(paramLabel = "NAME", description = "The snapshot.")
        private String name = "";

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            return common.run(
                    spec,
                    SnapshotVerbs.DROP,
                    Map.of("name", name),
                    (out, result) -> out.println("Dropped: snapshot '" + result.get("name") + "', "
                            + Console.size(result.get("freed-bytes")) + " of index"));
        }
    }

    /** Keeps one. */
    @Command(
            name = "pin",
            mixinStandardHelpOptions = true,
            description = "Keeps a snapshot from being dropped until it is unpinned.")
    static final class Pin implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(paramLabel = "NAME", description = "The snapshot.")
        private String name = "";

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            return common.run(
                    spec,
                    SnapshotVerbs.PIN,
                    Map.of("name", name),
                    (out, result) -> out.println("Pinned: snapshot '" + result.get("name") + "'"));
        }
    }

    /** Keeps it no more. */
    @Command(
            name = "unpin",
            mixinStandardHelpOptions = true,
            description = "Lets a snapshot be dropped that was pinned.")
    static final class Unpin implements Callable<Integer> {
        @Mixin
        private Common common = new Common();

        @Parameters(paramLabel = "NAME", description = "The snapshot.")
        private String name = "";

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            return common.run(
                    spec,
                    SnapshotVerbs.UNPIN,
                    Map.of("name", name),
                    (out, result) -> out.println("Unpinned: snapshot '" + result.get("name") + "'"));
        }
    }
}
