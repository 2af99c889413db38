package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.config.MirrorConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches whole repositories ahead of need. */
@Command(
        name = "sync",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "FORMAT",
        subcommands = SyncCommand.Yum.class,
        description = "Fetches what repositories have, before anybody asks for it.")
final class SyncCommand implements Callable<Integer> {
    /** The exit code where some of what is wanted is not held. */
    static final int INCOMPLETE = 3;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        console.usage();
        return 2;
    }

    /** How fast, and how it is told of. */
    static final class Transfer {
        private static final Pattern RATE = Pattern.compile("([0-9]{1,9})([kKmMgG]?)");

        @Option(
                names = "--connections",
                paramLabel = "N",
                description = "Most files at once; 12 by default. No more than fetch.flights-max of one repository.")
        private @Nullable Integer connections;

        @Option(names = "--per-host", paramLabel = "N", description = "Most files at once from one host; 6 by default.")
        private @Nullable Integer perHost;

        @Option(
                names = "--limit-rate",
                paramLabel = "RATE",
                description = "Most bytes a second of all together, such as 500K or 20M; no limit by default.")
        private @Nullable String limitRate;

        @Option(
                names = "--plan-only",
                description =
                        "Says what there is to do, and does not do it. Metadata is brought up to date all the same.")
        private boolean planOnly;

        @Option(
                names = "--ignore-space",
                description =
                        "Begins though what is to be fetched is more than there is room for on the disk, and ends where it is full.")
        private boolean ignoresSpace;

        @Option(names = "--json", description = "Prints the plan and what came of it as JSON.")
        private boolean json;

        boolean isJson() {
            return json;
        }

        void into(Map<String, String> arguments, CommandLine command) {
            if (connections != null) {
                arguments.put("connections", connections.toString());
            }
            if (perHost != null) {
                arguments.put("per-host", perHost.toString());
            }
            if (limitRate != null) {
                arguments.put("bytes-per-second", Long.toString(rate(limitRate, command)));
            }
            if (planOnly) {
                arguments.put("plan-only", "");
            }
            if (ignoresSpace) {
                arguments.put("ignore-space", "");
            }
        }

        static long rate(String text, CommandLine command) {
            Matcher rate = RATE.matcher(text);
            if (!rate.matches()) {
                throw new ParameterException(
                        command, "--limit-rate is no rate: '" + text + "'; write bytes a second, such as 500K or 20M");
            }
            int shift = switch (rate.group(2).toLowerCase(Locale.ROOT)) {
                case "k" -> 10;
                case "m" -> 20;
                case "g" -> 30;
                default -> 0;
            };
            return Long.parseLong(rate.group(1)) << shift;
        }
    }

    /** Repositories of RPMs. */
    @Command(
            name = "yum",
            mixinStandardHelpOptions = true,
            description = {
                "Fetches repositories of RPMs: all of their metadata, and those of their packages that are wanted. What is held is not"
                        + " fetched again; what was broken off goes on where it was. A running server does it, else this process.",
                "A file that can't be had is named in the end, and the others are fetched; the exit code is 3 then.",
                "Upstream's metadata is kept as it is. 'freeze' has it list what is held."
            })
    static final class Yum implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Mixin
        private Transfer transfer = new Transfer();

        @Parameters(
                paramLabel = "REPOSITORY[/DIR]",
                description =
                        "A repository of the configuration, or a directory below it, as clients' baseurl has it: centos,"
                                + " centos/7/os/x86_64. Without DIR, every directory of which something is held, and every mount"
                                + " without variables; without any, all repositories of RPMs.")
        private List<String> repositories = new ArrayList<>();

        @Option(
                names = "--var",
                paramLabel = "NAME=VALUE[,VALUE]",
                description =
                        "A value of a variable of the mounts: --var releasever=8,9 --var basearch=x86_64 syncs every mount"
                                + " for each of them; may be given often.")
        private List<String> variables = new ArrayList<>();

        @Option(
                names = {"-n", "--newest-only"},
                description =
                        "Of each name and architecture the newest alone. Packages of modules are wanted whatever their age.")
        private boolean newestOnly;

        @Option(
                names = {"-a", "--arch"},
                split = ",",
                paramLabel = "ARCH[,ARCH]",
                description = "Packages of these architectures alone, and noarch.")
        private List<String> arches = new ArrayList<>();

        @Option(
                names = "--source",
                description = "With --arch, packages of sources as well; without, nothing but these.")
        private boolean source;

        @Option(
                names = "--include",
                paramLabel = "GLOB",
                description =
                        "Packages that fit one of these alone, by name or more: 'kernel*', 'bash-4.2*.x86_64'; may be given"
                                + " often.")
        private List<String> includes = new ArrayList<>();

        @Option(
                names = "--exclude",
                paramLabel = "GLOB",
                description = "No package that fits one of these; may be given often.")
        private List<String> excludes = new ArrayList<>();

        @Option(
                names = "--delete",
                description =
                        "Lets go of packages that are held and that upstream lists no more; snapshots keep theirs.")
        private boolean delete;

        @Option(
                names = "--delete-superseded",
                description =
                        "With --newest-only: lets go of packages that are held and that something newer takes the place of,"
                                + " once that is held; snapshots keep theirs.")
        private boolean deleteSuperseded;

        @Option(
                names = "--gpgcheck",
                description =
                        "Has each package checked: those that are not signed by one of the keys of --key, or else of the"
                                + " repository's package-gpg-keys, are not kept, and named.")
        private boolean gpgcheck;

        @Option(
                names = "--key",
                paramLabel = "FILE",
                description = "Public keys of those who sign the packages, armored or not; may be given often.")
        private List<Path> keys = new ArrayList<>();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Console console = Console.of(spec);
            CommandLine command = console.command();
            if (!gpgcheck && !keys.isEmpty()) {
                throw new ParameterException(command, "--key is of use with --gpgcheck alone; write that too");
            }
            Map<String, String> arguments = new HashMap<>();
            transfer.into(arguments, command);
            put(arguments, "repositories", repositories);
            put(arguments, "variables", variables);
            put(arguments, "include", includes);
            put(arguments, "exclude", excludes);
            put(
                    arguments,
                    "keys",
                    keys.stream()
                            .map(file -> file.toAbsolutePath().normalize().toString())
                            .toList());
            flag(arguments, "newest-only", newestOnly);
            flag(arguments, "source", source);
            flag(arguments, "delete", delete);
            flag(arguments, "delete-superseded", deleteSuperseded);
            flag(arguments, "gpgcheck", gpgcheck);
            if (!arches.isEmpty()) {
                arguments.put("arch", String.join(",", arches));
            }
            MirrorConfig config = options.load(false);
            Map<String, Object> result = sync(console, config, arguments);
            if (transfer.json) {
                console.out().println(Verbs.json(result));
            } else {
                SyncTold.tell(result, transfer.planOnly, console.out());
            }
            return SyncTold.isComplete(result) ? 0 : INCOMPLETE;
        }

        private static Map<String, Object> sync(Console console, MirrorConfig config, Map<String, String> arguments) {
            TransferLines lines =
                    new TransferLines(console.err(), CommandLine.Help.Ansi.AUTO.enabled(), System::nanoTime);
            try {
                return StoreVerb.run(config.data().toAbsolutePath().normalize(), config, Verbs.SYNC, arguments, lines);
            } finally {
                lines.end();
            }
        }

        private static void put(Map<String, String> arguments, String key, List<String> lines) {
            if (!lines.isEmpty()) {
                arguments.put(key, String.join("\n", lines));
            }
        }

        private static void flag(Map<String, String> arguments, String key, boolean isSet) {
            if (isSet) {
                arguments.put(key, "");
            }
        }
    }
}
