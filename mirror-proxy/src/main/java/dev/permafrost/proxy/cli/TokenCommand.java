package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.access.Tokens;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tokens, which programs log in with. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        subcommands = TokenCommand.New.class,
        description = "Tokens, by which programs log in: the user name is __token__, the password the token.")
final class TokenCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console.of(spec).usage();
        return 2;
    }

    /** Makes a token. */
    @Command(
            name = "new",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a token, prints it this once, and adds its digest to a file that repositories.NAME.auth.tokens names."
                        + " A running server takes it up by itself.",
                "To revoke it, remove its line from the file."
            })
    static final class New implements Callable<Integer> {
        @Parameters(
                paramLabel = "NAME",
                description =
                        "Whose token it is: the name that auth.read and auth.write list, and the access log shows.")
        private String name = "";

        @Option(
                names = "--file",
                paramLabel = "FILE",
                required = true,
                description = "The file of tokens; made if it isn't there.")
        private @Nullable Path file;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            if (file == null) {
                throw new IllegalStateException("picocli demands it");
            }
            Console console = Console.of(spec);
            console.out().println(Tokens.issue(file, name));
            PrintWriter notes = console.err();
            notes.println("This is the token of " + name + ", shown this once; " + file + " has its digest only.");
            notes.println("Log in with the user name __token__ and the token as the password.");
            return 0;
        }
    }
}
