package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.config.ConfigException;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.PrintWriter;
import java.util.List;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line. */
@Command(
        name = "permafrost",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "VERB",
        description = {
            "A mirror for pip that fills as it is used, and can be frozen and carried to where there is no internet.",
            ""
        },
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nVerbs:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed, and the message says why",
            "2:the command line or the configuration is wrong",
            "3:sync, wishes fetch: some files are not held that were wanted, and are named; verify: some are damaged or lost",
            "4:freeze: the snapshot would not be what was required, and nothing was sealed"
        },
        footer = {
            "",
            "In a minute:",
            "  permafrost serve",
            "  pip install --index-url http://127.0.0.1:8080/simple/ requests",
            "  permafrost freeze --to /media/disk/mirror",
            "and where the disk arrives:",
            "  permafrost serve --data /media/disk/mirror",
            "",
            "'permafrost VERB --help' says more about each.%n"
        })
public final class Main {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Main() {}

    /** Runs a verb and exits with its code. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs a verb; the exit code. Blocks until it is done. */
    static int run(String... args) {
        CommandLine line = args.length > 0 ? line(verbs(args[0])) : line();
        if (args.length == 0) {
            line.usage(line.getErr());
            return MISUSED;
        }
        return line.execute(args);
    }

    /** The verbs to know of: each takes time to describe, and a server is to start soon, as a repository is to be made. */
    private static List<Class<?>> verbs(String first) {
        return switch (first) {
            case "serve" -> List.of(ServeCommand.class);
            case "createrepo" -> List.of(CreaterepoCommand.class);
            default -> allVerbs();
        };
    }

    private static List<Class<?>> allVerbs() {
        return List.of(
                ServeCommand.class,
                FreezeCommand.class,
                SnapshotCommand.class,
                RollbackCommand.class,
                ExportCommand.class,
                ImportCommand.class,
                InventoryCommand.class,
                SyncCommand.class,
                StatusCommand.class,
                ExplainCommand.class,
                RepositoryCommand.class,
                VerifyCommand.class,
                GcCommand.class,
                PublishCommand.class,
                YankCommand.class,
                DeleteCommand.class,
                CreaterepoCommand.class,
                CaCommand.class,
                ClientCommand.class,
                TokenCommand.class,
                KeyCommand.class,
                WishesCommand.class);
    }

    /** The command line, its errors told in words. */
    static CommandLine line() {
        return line(allVerbs());
    }

    private static CommandLine line(List<Class<?>> verbs) {
        CommandLine line = new CommandLine(new Main());
        verbs.forEach(line::addSubcommand);
        line.setExecutionExceptionHandler((error, command, result) -> failed(command, error));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }

    private static int failed(CommandLine command, Exception error) {
        PrintWriter err = command.getErr();
        if (error instanceof ConfigException) {
            err.println(error.getMessage());
            return MISUSED;
        }
        if (error instanceof StoreException e) {
            err.println("permafrost: " + e.getMessage());
            return e.kind() == FailureKind.BAD_REQUEST ? MISUSED : FAILED;
        }
        // a verb that needs no log is not to wait for it
        LoggerFactory.getLogger(Main.class).error("a fault of ours", error);
        err.println("permafrost: a fault of ours, " + error + "; the log above says where");
        return FAILED;
    }

    /** What --version prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"permafrost " + number() + " (Java " + Runtime.version() + ")"};
        }

        static String number() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "from source" : version;
        }
    }
}
