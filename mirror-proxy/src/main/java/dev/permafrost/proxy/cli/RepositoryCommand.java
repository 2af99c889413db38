package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.repo.RepositoryConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares what repositories of RPMs list, and finds what nobody needs of it. */
@Command(
        name = "repository",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "diff|duplicates",
        subcommands = {RepositoryCommand.Diff.class, RepositoryCommand.Duplicates.class},
        description = "Compares what repositories of RPMs list, and finds what nobody needs of it.")
final class RepositoryCommand implements Callable<Integer> {
    private static final Pattern GENERATION = Pattern.compile("@[0-9]+$");

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console.of(spec).usage();
        return 2;
    }

    private static void put(Map<String, String> arguments, String key, @Nullable Object value) {
        if (value != null) {
            arguments.put(key, value.toString());
        }
    }

    private static @Nullable Path absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().normalize();
    }

    /** Two lists. */
    @Command(
            name = "diff",
            mixinStandardHelpOptions = true,
            description = {
                "Tells which packages are new, gone, newer, older or rebuilt: between two generations of a repository, two repositories,"
                        + " or snapshots of them.",
                "One list alone is compared with the generation before it; with @N, the one that was newest N before is compared with"
                        + " the newest; with --from-snapshot or --from-data, that of there with that of here. Upstream is not asked. The exit code is 0, whether something has changed or not."
            })
    static final class Diff implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Parameters(
                index = "0",
                paramLabel = "A",
                description =
                        "REPOSITORY[/DIR][@N]: a directory of a repository, as clients' baseurl has it, such as centos/7/os/x86_64; behind"
                                + " an @, how many generations before the newest. DIR may be left out where there is one directory alone.")
        private String a = "";

        @Parameters(
                index = "1",
                arity = "0..1",
                paramLabel = "B",
                description = "What it is compared with, written so too.")
        private @Nullable String b;

        @Option(names = "--from-snapshot", paramLabel = "NAME", description = "The snapshot that A is in.")
        private @Nullable String fromSnapshot;

        @Option(
                names = "--from-data",
                paramLabel = "DIR",
                description =
                        "The folder of another store that A is in: its current snapshot, or the one of --from-snapshot.")
        private @Nullable Path fromData;

        @Option(names = "--to-snapshot", paramLabel = "NAME", description = "The snapshot that B is in.")
        private @Nullable String toSnapshot;

        @Option(names = "--to-data", paramLabel = "DIR", description = "The folder of another store that B is in.")
        private @Nullable Path toData;

        @Option(names = "--json", description = "Print one JSON object instead of text.")
        private boolean json;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Console console = Console.of(spec);
            Map<String, String> arguments = new HashMap<>();
            boolean isElsewhere = fromSnapshot != null || fromData != null || toSnapshot != null || toData != null;
            boolean isBefore =
                    b == null && !isElsewhere && !GENERATION.matcher(a).find();
            arguments.put("from", isBefore ? a + "@1" : a);
            arguments.put("to", b == null ? GENERATION.matcher(a).replaceFirst("") : b);
            put(arguments, "from-snapshot", fromSnapshot);
            put(arguments, "to-snapshot", toSnapshot);
            put(arguments, "from-data", absolute(fromData));
            put(arguments, "to-data", absolute(toData));
            Map<String, Object> told = console.run(options.load(false), Verbs.DIFF, arguments);
            if (json) {
                console.out().println(Verbs.json(told));
            } else {
                RepositoryTold.diff(console.out(), told);
            }
            return 0;
        }
    }

    /** What nobody needs. */
    @Command(
            name = "duplicates",
            mixinStandardHelpOptions = true,
            description = {
                "Tells which packages are listed more than once, and which have a newer one of the same name and architecture in the same"
                        + " directory, with the bytes that they take. Packages of modules are all needed, and make no other old.",
                "Nothing is changed, but by --delete."
            })
    static final class Duplicates implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Parameters(
                paramLabel = "REPOSITORY[/DIR]",
                description =
                        "A repository, or a directory below it; without DIR, every directory of which metadata is held.")
        private String repository = "";

        @Option(
                names = "--delete",
                description =
                        "Deletes those that have a newer one, of a repository whose packages are its own; snapshots"
                                + " keep theirs. Of copies of one nothing is deleted.")
        private boolean delete;

        @Option(names = "--json", description = "Print one JSON object instead of text.")
        private boolean json;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Console console = Console.of(spec);
            MirrorConfig config = options.load(false);
            Map<String, Object> told = console.run(
                    config, delete ? Verbs.DELETE_SUPERSEDED : Verbs.DUPLICATES, Map.of("repository", repository));
            if (json) {
                console.out().println(Verbs.json(told));
            } else if (delete) {
                RepositoryTold.deleted(console.out(), told);
            } else {
                RepositoryTold.duplicates(console.out(), told);
                RepositoryConfig asked = config.repositories().get(repository);
                if (asked != null && asked.isOwn()) {
                    console.out()
                            .println("To delete those that are superseded: permafrost repository duplicates "
                                    + repository + " --delete");
                }
            }
            return 0;
        }
    }
}
