package dev.permafrost.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.admin.ProgressSink;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.admin.WishesFetchVerb;
import dev.permafrost.proxy.admin.WishesVerb;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.wishes.KeptWishes;
import dev.permafrost.proxy.wishes.SignedWishes;
import dev.permafrost.proxy.wishes.Wish;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.SmallFile;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What clients asked for where nothing is fetched, and did not get. */
@Command(
        name = "wishes",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        subcommands = {
            WishesCommand.Show.class,
            WishesCommand.Add.class,
            WishesCommand.Export.class,
            WishesCommand.Clear.class,
            WishesCommand.Fetch.class
        },
        description = {
            "What clients of an offline or frozen server asked for and did not get: shown, carried to a site with a line, fetched"
                    + " there.",
            "A frozen server keeps them in the folder that 'state' names, an offline one in its store."
        })
final class WishesCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console.of(spec).usage();
        return 2;
    }

    /** Asks the server that has the list, or else whoever may read its file: this process. */
    private static Map<String, Object> ask(MirrorConfig config, Map<String, String> arguments) {
        Optional<Map<String, Object>> answer = RunningServer.ask(config, WishesVerb.NAME, arguments);
        if (answer.isPresent()) {
            return answer.get();
        }
        Path state = config.state();
        Path folder = (state == null ? config.data() : state).toAbsolutePath().normalize();
        if (!Files.isDirectory(folder)) {
            throw new StoreException(
                    FailureKind.STORE_MISSING,
                    "no wishes are kept in " + folder
                            + ", which isn't there; name the server's folders: --data DIR, and --set state=DIR"
                            + " where it serves a frozen store");
        }
        try (KeptWishes kept = KeptWishes.open(folder, Clock.systemUTC())) {
            return WishesVerb.of(kept).run(arguments, ProgressSink.NONE);
        } catch (StoreException e) {
            throw e.kind() == FailureKind.STORE_READ_ONLY
                    ? new StoreException(
                            e.kind(),
                            folder
                                    + " can't be written, so no wishes are kept there; a frozen server keeps them in 'state': --set"
                                    + " state=DIR",
                            e)
                    : e;
        }
    }

    /** Shows them. */
    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Shows what clients asked for in vain, what most of them did first.")
    static final class Show implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Option(names = "--json", description = "Print one JSON object instead of text.")
        private boolean json;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Map<String, Object> result = ask(options.load(false), Map.of());
            PrintWriter out = Console.of(spec).out();
            if (json) {
                out.println(Verbs.json(result));
                return 0;
            }
            List<Wish> wishes = WishesVerb.wishes(result);
            if (wishes.isEmpty()) {
                out.println("Nothing was asked for in vain.");
            } else {
                out.println("Clients  Times  Last                  What");
                wishes.forEach(wish -> out.println(
                        String.format("%7d  %5d  %-20s  %s", wish.clients(), wish.times(), wish.last(), wish.title())));
            }
            if (Boolean.FALSE.equals(result.get("kept"))) {
                out.println(
                        "They are lost when the server stops: it has no folder to keep them in. --set state=DIR gives it one.");
            }
            return 0;
        }
    }

    /** Adds some. */
    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Adds what no client can ask for by itself, such as a version that no page lists.")
    static final class Add implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Parameters(index = "0", paramLabel = "REPOSITORY", description = "As both sites call it.")
        private String repository = "";

        @Parameters(
                index = "1..*",
                arity = "1..*",
                paramLabel = "WISH",
                description =
                        "A project or a version of it (numpy, numpy==1.26.4), a package (bash, 'bash-5.1*.x86_64'), the name"
                                + " of a file, or a path.")
        private List<String> wishes = List.of();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Map<String, Object> result =
                    ask(options.load(false), Map.of("add", String.join("\n", wishes), "repository", repository));
            Console.of(spec).out().println("Wished for by now: " + result.get("count"));
            return 0;
        }
    }

    /** Writes them to be carried. */
    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = {
                "Writes them to a small file, signed by the key of this site, for 'wishes fetch' where there is a line.",
                "'permafrost key new' makes that key."
            })
    static final class Export implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Mixin
        private KeyOptions keys = new KeyOptions();

        @Option(
                names = "--to",
                paramLabel = "FILE",
                required = true,
                description = "Where to write it; a list of wishes that is there is replaced.")
        private @Nullable Path file;

        @Option(names = "--json", description = "Print one JSON object instead of text.")
        private boolean json;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            if (file == null) {
                throw new IllegalStateException("picocli demands it");
            }
            Path to = file.toAbsolutePath().normalize();
            requireReplaceable(to);
            List<Wish> wishes = WishesVerb.wishes(ask(options.load(false), Map.of()));
            SmallFile.write(to, SignedWishes.write(wishes, keys.keyring(options)), false);
            PrintWriter out = Console.of(spec).out();
            if (json) {
                Map<String, Object> result = new LinkedHashMap<>();
                result.put("file", to.toString());
                result.put("count", wishes.size());
                out.println(Verbs.json(result));
            } else {
                out.println("Wrote " + wishes.size() + " wishes to " + to);
                out.println("Where there is a line: permafrost wishes fetch " + to.getFileName());
            }
            return 0;
        }

        /** What is no list of wishes is somebody's. */
        private static void requireReplaceable(Path to) {
            if (!Files.exists(to)) {
                return;
            }
            byte[] begin = SignedWishes.BEGIN.getBytes(UTF_8);
            try (InputStream in = Files.newInputStream(to)) {
                if (Arrays.equals(in.readNBytes(begin.length), begin)) {
                    return;
                }
            } catch (IOException e) {
                throw Failures.of("reading", to, e);
            }
            throw new StoreException(
                    FailureKind.BAD_REQUEST, to + " is there, and is no list of wishes; name another file with --to");
        }
    }

    /** Forgets them. */
    @Command(
            name = "clear",
            mixinStandardHelpOptions = true,
            description = "Forgets them, such as after they have been carried away.")
    static final class Clear implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            Map<String, Object> before = ask(options.load(false), Map.of("clear", ""));
            Console.of(spec).out().println("Forgot " + before.get("count") + " wishes");
            return 0;
        }
    }

    /** Fetches them where there is a line. */
    @Command(
            name = "fetch",
            mixinStandardHelpOptions = true,
            description = {
                "Fetches what a list asks for that another site has exported, as if its clients asked here: of a project the newest"
                        + " version, of a package the newest that the lists have.",
                "The list has to be signed by a key that is trusted: permafrost key trust NAME FILE. What can't be had is named in"
                        + " the end, and the rest is fetched; the exit code is 3 then."
            })
    static final class Fetch implements Callable<Integer> {
        @Mixin
        private StoreOptions options = new StoreOptions();

        @Mixin
        private KeyOptions keys = new KeyOptions();

        @Mixin
        private SyncCommand.Transfer transfer = new SyncCommand.Transfer();

        @Parameters(paramLabel = "FILE", description = "What 'wishes export' wrote there.")
        private @Nullable Path file;

        @Option(names = "--untrusted", description = "Takes the list whoever signed it, if anybody did.")
        private boolean untrusted;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            if (file == null) {
                throw new IllegalStateException("picocli demands it");
            }
            Console console = Console.of(spec);
            Map<String, String> arguments = new HashMap<>();
            transfer.into(arguments, console.command());
            arguments.put("file", file.toAbsolutePath().normalize().toString());
            if (untrusted) {
                arguments.put("untrusted", "");
            } else {
                arguments.put("keys", keys.keyring(options).folder().toString());
            }
            Map<String, Object> result = fetch(console, options.load(false), arguments);
            if (transfer.isJson()) {
                console.out().println(Verbs.json(result));
            } else {
                WishesTold.tell(result, arguments.containsKey("plan-only"), console.out());
            }
            return SyncTold.isComplete(result) ? 0 : SyncCommand.INCOMPLETE;
        }

        private static Map<String, Object> fetch(Console console, MirrorConfig config, Map<String, String> arguments) {
            TransferLines lines =
                    new TransferLines(console.err(), CommandLine.Help.Ansi.AUTO.enabled(), System::nanoTime);
            try {
                return StoreVerb.run(
                        config.data().toAbsolutePath().normalize(), config, WishesFetchVerb.NAME, arguments, lines);
            } finally {
                lines.end();
            }
        }
    }
}
